#include "gateway/http/live_sections.hpp"

#include "gateway/dialects/json_text.hpp"
#include "gateway/http/key_list.hpp"
#include "gateway/http/stream_list.hpp"
#include "gateway/http/targets_list.hpp"
#include "gateway/telemetry/live_figures.hpp"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <chrono>
#include <utility>

namespace sluice::gateway {

namespace {

namespace asio = boost::asio;
using json = nlohmann::ordered_json;

constexpr std::size_t streams_max = 100;
constexpr std::size_t told_targets_max = 200;

std::string event_of(std::string_view type, std::string message, json body) {
    json event{{"type", type}, {"message", std::move(message)}};
    for (auto member = body.begin(); member != body.end(); ++member)
        event[member.key()] = std::move(member.value());
    return dump_json(event);
}

/// By the names that are configured: clients may name very many models behind a pattern.
std::string targets_event(const catalog& models, brief_text::clock::time_point now) {
    auto targets = by_configured_name(known_targets(models, now), models.routes());
    const auto well = std::ranges::count(targets, target_state::closed, &target_figures::state);
    auto message = std::to_string(well) + " of " +
                   counted(static_cast<std::int64_t>(targets.size()), "target") +
                   (well == 1 ? " is well" : " are well");
    auto body = targets_object(std::move(targets), known_routes(models), told_targets_max);
    return event_of("targets", std::move(message), std::move(body));
}

std::string keys_event(json body) {
    auto message = counted(body.at("total").get<std::int64_t>(), "key");
    return event_of("keys", std::move(message), std::move(body));
}

std::string streams_event(const listed_streams& streams) {
    auto message = counted(static_cast<std::int64_t>(streams.total), "stream") +
                   (streams.total == 1 ? " runs" : " run");
    return event_of("streams", std::move(message), streams_object(streams));
}

/// One that asks the other workers, for as long as it does.
class gatherer {
 public:
    explicit gatherer(live_feeds& feeds) : feeds_(feeds) { feeds_.gathering = true; }
    ~gatherer() {
        feeds_.gathering = false;
        feeds_.gathered.cancel();
    }
    gatherer(const gatherer&) = delete;
    gatherer& operator=(const gatherer&) = delete;

 private:
    live_feeds& feeds_;
};

/// Streams, and keys with how many streams each has, made anew unless they are good.
asio::awaitable<void> gather(
    worker& on, std::shared_ptr<const snapshot> serving, live_sections wanted
) {
    auto& feeds = on.feeds();
    boost::system::error_code ignored;
    while (feeds.gathering)
        co_await feeds.gathered.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
    const auto begun = brief_text::clock::now();
    const bool keys = wanted.keys && !feeds.keys.good(begun);
    const bool streams = wanted.streams && !feeds.streams.good(begun);
    if (!keys && !streams) co_return;
    const gatherer busy{feeds};
    const stream_wish wish{false, streams ? streams_max : 0};
    auto listed = co_await list_streams(on, wish);
    if (streams) feeds.streams.put(streams_event(listed), brief_text::clock::now());
    if (!keys) co_return;
    auto told = co_await keys_now(on, std::move(serving), std::move(listed.running_by_key));
    feeds.keys.put(keys_event(std::move(told)), brief_text::clock::now());
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
    auto& feeds = on.feeds();
    const auto now = brief_text::clock::now();
    if (wanted.targets && !feeds.targets.good(now))
        feeds.targets.put(targets_event(serving->catalog, now), now);
    if (wanted.keys || wanted.streams) co_await gather(on, std::move(serving), wanted);
    std::vector<std::string> events;
    if (wanted.targets) events.push_back(feeds.targets.text());
    if (wanted.keys) events.push_back(feeds.keys.text());
    if (wanted.streams) events.push_back(feeds.streams.text());
    co_return events;
}

}  // namespace sluice::gateway
