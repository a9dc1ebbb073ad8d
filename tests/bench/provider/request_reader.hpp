#pragma once

#include "gateway/load/wire/chunk_reader.hpp"

#include <cstddef>
#include <string>
#include <string_view>

namespace sluice::bench {

/// Reads the HTTP/1.1 requests of one connection, one after another. Incremental. A head may hold
/// 16 KiB, a body 1 MiB.
class request_reader {
 public:
    enum class outcome {
        more,     ///< feed more
        request,  ///< `body()` is that of a whole POST
        refused,  ///< `refusal()` says how to answer; nothing more is read
    };

    void feed(std::string_view bytes) { buffer_.append(bytes); }
    /// Goes on to the next request. What is behind it stays for later.
    outcome next();

    const std::string& body() const { return body_; }
    /// The client wants to use the connection again.
    bool keeps_connection() const { return keep_; }
    /// A status line's number and words.
    std::string_view refusal() const { return refusal_; }
    /// Bytes that wait for `next`.
    std::size_t waiting() const { return buffer_.size(); }

 private:
    enum class part { head, length, chunks };

    bool read_head(std::string_view head);
    bool read_field(std::string_view line);
    outcome read_length();
    outcome read_chunks();
    outcome refuse(std::string_view status);

    std::string buffer_;
    std::string body_;
    part part_ = part::head;
    std::size_t length_ = 0;
    bool chunked_ = false;
    bool keep_ = true;
    gateway::load::chunk_reader chunks_;
    std::string_view refusal_;
};

}  // namespace sluice::bench
