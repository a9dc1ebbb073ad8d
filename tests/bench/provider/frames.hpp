#pragma once

#include "tests/bench/provider/order.hpp"

#include <cstdint>
#include <string>

namespace sluice::bench {

/// The wire bytes of one stream: chat.completion.chunk events, each as an HTTP chunk of its own.
class frames {
 public:
    frames() = default;
    explicit frames(const order& asked);

    /// The response's head and the frame that names the role.
    void append_begin(std::string& out) const;
    /// The token `sequence` with its stamp; about 200 bytes.
    void append_token(std::string& out, std::uint64_t sequence, std::int64_t now_ns) const;
    /// The finish, the usage where it was asked for, the terminator and the last chunk.
    void append_end(std::string& out) const;

 private:
    std::string before_;  // what stands in every frame up to its choices
    std::uint64_t tokens_ = 0;
    bool usage_ = false;
};

}  // namespace sluice::bench
