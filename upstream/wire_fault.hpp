#pragma once

#include <cstdint>

namespace sluice::upstream {

/// What is to be done to an answer on its way to the client, so that clients and what stands
/// between can be tried. Only the mock model asks for it; the gateway does it.
///
/// Events are counted from 1, and only those with content; bytes from the body's first, without
/// the chunk framing.
struct wire_fault {
    enum class kind {
        none,
        cut,            ///< the connection is reset behind event `at`
        cut_bytes,      ///< it is reset behind byte `at`
        cut_character,  ///< it is reset within a UTF-8 character of an event from `at` on
        malformed,      ///< event `at` is no JSON
        huge,           ///< event `at` is followed by a comment of `size` bytes
        lose,           ///< event `at` does not go out
        repeat,         ///< event `at` goes out twice
        alter,          ///< one character of event `at` is another
        swap,           ///< event `at` goes out behind the next one
        unended,        ///< the end's events are left out; the body ends as if all were well
        early_end,      ///< the stream ends behind event `at` as one that is whole
        trickle,        ///< at most `at` bytes a second go out
    };
    kind what = kind::none;
    std::uint64_t at = 0;
    std::uint64_t size = 0;

    explicit operator bool() const { return what != kind::none; }
    bool operator==(const wire_fault&) const = default;
};

}  // namespace sluice::upstream
