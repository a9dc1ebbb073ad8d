#pragma once

#include <array>
#include <deque>
#include <functional>
#include <string>
#include <unordered_map>

namespace sluice::gateway {

/// Which stream answers the request that a client named itself (`Idempotency-Key`, `?request=`), so
/// that asking again joins it and generates nothing.
///
/// An entry stands from its claim until it is released, with its stream. Pure; one thread.
class idempotency_table {
 public:
    using digest = std::array<unsigned char, 32>;  ///< of all that makes the request

    /// What somebody is to do who has named a request.
    struct verdict {
        enum class action {
            begin,     ///< it is new: begin a stream, then `bind` it or `release` the name
            join,      ///< `stream_id` answers it
            mismatch,  ///< the name stands for another request
        };
        action what = action::begin;
        std::string stream_id;
    };
    using listener = std::function<void(const verdict&)>;

    /// Calls back at once, or when it is decided what becomes of an earlier claim.
    void claim(const std::string& name, const digest& request, listener decided);
    void bind(const std::string& name, const std::string& stream_id);
    /// Forgets the name, if it still stands for that stream; "": for none. The next one who waits
    /// is to begin.
    void release(const std::string& name, const std::string& stream_id);

    std::size_t size() const { return entries_.size(); }

 private:
    struct entry {
        digest request;
        std::string stream_id;         ///< empty: somebody is about to begin it
        std::deque<listener> waiting;  ///< for the same request
    };

    std::unordered_map<std::string, entry> entries_;
};

}  // namespace sluice::gateway
