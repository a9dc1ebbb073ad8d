#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sluice::sse {

/// The fields of one event to be written. Empty fields are left out.
struct event {
    std::string_view id = {};
    std::string_view type = {};
    std::string_view data = {};
    std::optional<std::uint64_t> retry_ms = {};
};

/// Appends one event, ended by a blank line.
///
/// No payload can forge a frame: `data` is cut at every LF, CR and CRLF into one `data:` line each,
/// and CR, LF and NUL are taken out of `id` and `type`. Lines end in LF and values follow one
/// space, which is what home-made clients expect. The order is id, retry, event, data.
void append_event(std::string& out, const event& event);

/// Appends a comment, one `: ` line per line of text, without a blank line after it.
void append_comment(std::string& out, std::string_view text);

}  // namespace sluice::sse
