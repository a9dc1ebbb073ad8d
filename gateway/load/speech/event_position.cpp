#include "gateway/load/speech/event_position.hpp"

#include <algorithm>
#include <charconv>
#include <optional>

namespace sluice::gateway::load {

namespace {

constexpr std::size_t id_bytes_max = 256;  // Sluice's have 40; what is longer is not worth keeping

/// An id goes back in a header: what could end one is no id.
bool is_sendable(std::string_view id) {
    return !id.empty() && id.size() <= id_bytes_max &&
           std::ranges::all_of(id, [](char c) { return c > ' ' && c < 0x7f; });
}

/// What stands behind the last slash.
std::optional<std::uint64_t> number_of(std::string_view id) {
    const std::size_t slash = id.rfind('/');
    if (slash == std::string_view::npos) return std::nullopt;
    std::uint64_t number = 0;
    const char* const end = id.data() + id.size();
    const auto read = std::from_chars(id.data() + slash + 1, end, number);
    if (read.ec != std::errc{} || read.ptr != end) return std::nullopt;
    return number;
}

}  // namespace

void event_position::see(std::string_view id) {
    if (!is_sendable(id)) return;
    const auto number = number_of(id);
    const bool counts = number && (last_id_.empty() || number_of(last_id_));
    last_id_ = id;
    if (!counts) return;
    // A stream may be joined anywhere; from there on, its numbers are dense.
    if (next_ != 0 && *number > next_) lost_ += *number - next_;
    if (*number < next_) {
        ++doubled_;
    } else {
        next_ = *number + 1;
    }
}

}  // namespace sluice::gateway::load
