#include "gateway/doctor/event_reading.hpp"

#include "gateway/doctor/members.hpp"

#include <nlohmann/json.hpp>

#include <charconv>

namespace sluice::gateway::doctor {

namespace {

using json = nlohmann::json;

/// What the mock writes ahead of each token where it is asked to: `N@NANOSECONDS `.
std::optional<double> stamped_ms(std::string_view text) {
    const auto at = text.find('@');
    if (at == 0 || at == std::string_view::npos) return std::nullopt;
    std::int64_t ns = 0;
    const auto [end, error] = std::from_chars(text.data() + at + 1, text.data() + text.size(), ns);
    if (error != std::errc{} || end == text.data() + text.size() || *end != ' ')
        return std::nullopt;
    return static_cast<double>(ns) / 1e6;
}

}  // namespace

void event_reading::take_compressed(std::string_view bytes, double came_ms) {
    if (!is_full()) pieces_.push_back({came_ms, std::nullopt, bytes.size()});
}

void event_reading::take(std::string_view bytes, double came_ms) {
    if (is_full()) return;
    parser_.feed(bytes);
    while (const auto event = parser_.next()) {
        if (!event->dispatched) continue;
        piece seen{came_ms, std::nullopt, event->raw.size()};
        bool counts = true;
        if (kind_ == kind_of_stream::feed)
            take_feed(*event, seen);
        else
            counts = take_native(*event, seen);
        if (counts && pieces_.size() < pieces_max) pieces_.push_back(seen);
    }
}

void event_reading::take_feed(const sse::frame& event, piece& into) {
    const json data = json::parse(event.data, nullptr, false);
    const auto* time = member(data, "time");
    if (time != nullptr && time->is_number()) into.made_ms = time->get<double>();
    if (version_.empty()) version_ = text_member(data, "version");
}

/// Only tokens are paced: a `start` comes at once, and a `done` right behind the last of them.
bool event_reading::take_native(const sse::frame& event, piece& into) {
    take_id(event.last_event_id);
    if (event.type == "done") done_ = true;
    if (event.type != "message") return false;
    const json data = json::parse(event.data, nullptr, false);
    const auto* text = member(data, "text");
    if (text == nullptr || !text->is_string()) return false;
    into.made_ms = stamped_ms(text->get_ref<const std::string&>());
    unstamped_ = unstamped_ || !into.made_ms;
    return true;
}

void event_reading::take_id(std::string_view id) {
    const auto slash = id.rfind('/');
    if (slash == std::string_view::npos) return;
    std::uint64_t number = 0;
    const auto [end, error] = std::from_chars(id.data() + slash + 1, id.data() + id.size(), number);
    if (error != std::errc{} || end != id.data() + id.size()) return;
    stream_id_ = id.substr(0, slash);
    if (!first_) first_ = number;
    last_ = number;
}

}  // namespace sluice::gateway::doctor
