#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sluice::gateway {

/// A stream's name: the number of the worker that owns it, a dash, and 128 random bits in
/// base64url. Knowing it is the right to read, so logs show only its hash.
std::string make_stream_id(unsigned worker);

/// The worker in an id, or nothing if the text is no id. Says nothing about whether the stream
/// exists.
std::optional<unsigned> worker_of(std::string_view id);

/// Eight hex digits that stand for an id in logs.
std::string short_hash(std::string_view id);

/// A text with the hash of every id in the id's place, whatever stands around it.
std::string without_stream_ids(std::string_view text);

/// A position in a stream as clients send it: `{id}/N`, or a bare `N`.
struct stream_position {
    std::string id;  ///< empty for a bare number
    std::uint64_t sequence = 0;
};

/// Reads a position; nothing if malformed. Numbers have at most 18 digits.
std::optional<stream_position> parse_position(std::string_view text);

}  // namespace sluice::gateway
