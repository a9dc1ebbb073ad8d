#pragma once

#include "sse/parser.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::sse::testing {

/// A frame without its raw bytes, which alone may depend on the cuts (the LF of a cut CRLF).
struct block {
    std::string type;
    std::string data;
    std::string last_event_id;
    bool dispatched = false;

    bool operator==(const block&) const = default;
};

/// All that a parser made of a stream.
struct outcome {
    std::vector<block> blocks;
    std::string raw;         // of all frames
    std::string incomplete;  // what was left at the end of the file
    std::optional<std::uint64_t> retry_ms;
    bool failed = false;
};

/// Feeds from a heap block of just that size, so that a sanitizer sees any read beyond it.
inline void feed_exactly(parser& parser, std::string_view bytes) {
    const std::unique_ptr<char[]> copy(new char[bytes.size()]);
    std::copy(bytes.begin(), bytes.end(), copy.get());
    parser.feed({copy.get(), bytes.size()});
}

inline void drain(parser& parser, outcome& result) {
    while (const auto frame = parser.next()) {
        result.raw += frame->raw;
        result.blocks.push_back(
            {std::string(frame->type),
             std::string(frame->data),
             std::string(frame->last_event_id),
             frame->dispatched}
        );
    }
}

inline outcome parse(
    const std::vector<std::string_view>& pieces, std::size_t frame_bytes_max = 1U << 20
) {
    parser parser(frame_bytes_max);
    outcome result;
    for (const std::string_view piece : pieces) {
        feed_exactly(parser, piece);
        drain(parser, result);
    }
    result.incomplete = parser.incomplete();
    result.retry_ms = parser.retry_ms();
    result.failed = parser.failed();
    return result;
}

/// Whether frames and rest make up the stream. The LF of a CRLF whose CR ended the last block is
/// neither part of a frame nor the beginning of one.
inline bool covers(const outcome& result, std::string_view wire) {
    if (!wire.starts_with(result.raw)) return false;
    wire.remove_prefix(result.raw.size());
    if (wire == result.incomplete) return true;
    return result.raw.ends_with('\r') && wire == "\n" + result.incomplete;
}

}  // namespace sluice::sse::testing
