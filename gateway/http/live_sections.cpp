#include "gateway/http/live_sections.hpp"

#include "gateway/dialects/json_text.hpp"
#include "gateway/http/key_list.hpp"
#include "gateway/http/stream_list.hpp"
#include "gateway/http/targets_list.hpp"
#include "gateway/telemetry/live_figures.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

namespace sluice::gateway {

namespace {

namespace asio = boost::asio;
using json = nlohmann::ordered_json;

constexpr std::size_t streams_max = 100;

std::string event_of(std::string_view type, std::string message, const json& body) {
    json event{{"type", type}, {"message", std::move(message)}};
    event.update(body);
    return dump_json(event);
}

std::string targets_event(const catalog& models) {
    const auto body = targets_now(models, std::chrono::steady_clock::now());
    const auto& targets = body.at("targets");
    const auto well = std::ranges::count_if(targets, [](const json& target) {
        return target.at("state") == "closed";
    });
    auto message = std::to_string(well) + " of " +
                   counted(static_cast<std::int64_t>(targets.size()), "target") +
                   (well == 1 ? " is well" : " are well");
    return event_of("targets", std::move(message), body);
}

std::string keys_event(const json& body) {
    return event_of("keys", counted(body.at("total").get<std::int64_t>(), "key"), body);
}

std::string streams_event(const listed_streams& streams) {
    auto message = counted(static_cast<std::int64_t>(streams.total), "stream") +
                   (streams.total == 1 ? " runs" : " run");
    return event_of("streams", std::move(message), streams_object(streams));
}

}  // namespace

boost::system::result<live_sections, std::string> read_sections(std::string_view text) {
    live_sections wanted;
    while (!text.empty()) {
        const auto name = text.substr(0, text.find(','));
        text.remove_prefix(std::min(name.size() + 1, text.size()));
        if (name == "targets")
            wanted.targets = true;
        else if (name == "keys")
            wanted.keys = true;
        else if (name == "streams")
            wanted.streams = true;
        else
            return std::string{name};
    }
    return wanted;
}

asio::awaitable<std::vector<std::string>> section_events(
    worker& on, std::shared_ptr<const snapshot> serving, live_sections wanted
) {
    std::vector<std::string> events;
    if (wanted.targets) events.push_back(targets_event(serving->catalog));
    if (!wanted.keys && !wanted.streams) co_return events;
    const stream_wish wish{false, wanted.streams ? streams_max : 0};
    auto streams = co_await list_streams(on, wish);
    if (wanted.keys) {
        const auto keys = co_await keys_now(on, serving, std::move(streams.running_by_key));
        events.push_back(keys_event(keys));
    }
    if (wanted.streams) events.push_back(streams_event(streams));
    co_return events;
}

}  // namespace sluice::gateway
