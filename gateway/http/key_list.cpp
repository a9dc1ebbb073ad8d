#include "gateway/http/key_list.hpp"

#include "gateway/admission/accounts.hpp"
#include "gateway/admission/rate_limits.hpp"
#include "gateway/config/dates.hpp"
#include "gateway/dialects/json_text.hpp"
#include "gateway/http/stream_list.hpp"
#include "gateway/http/wakeup.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <utility>

namespace sluice::gateway {

namespace {

namespace asio = boost::asio;
using json = nlohmann::ordered_json;

constexpr std::size_t keys_max = 1000;
/// What money is counted in.
constexpr double units_of_currency = 1e9;

json amount_of(demand::kind of, std::int64_t amount) {
    if (!is_cost(of)) return amount;
    return static_cast<double>(amount) / units_of_currency;
}

json describe(const demand& bound, const standing& stands) {
    const auto reset = std::chrono::ceil<std::chrono::milliseconds>(stands.reset);
    return {
        {"name", name_of(bound.of)},
        {"limit", amount_of(bound.of, bound.limit)},
        {"used", amount_of(bound.of, bound.limit - stands.remaining)},
        {"remaining", amount_of(bound.of, stands.remaining)},
        {"reset_seconds", static_cast<double>(reset.count()) / 1000}};
}

json describe(const key_figures& figures) {
    const auto& key = *figures.key;
    json object{
        {"id", key.id},
        {"role", key.role == key_role::operator_ ? "operator" : "user"},
        {"expires", nullptr},
        {"streams", figures.streams},
        {"limits", json::array()}};
    if (key.expires) object["expires"] = format_instant(*key.expires);
    for (std::size_t i = 0; i < figures.bounds.size(); ++i)
        object["limits"].push_back(describe(figures.bounds[i], figures.standings[i]));
    return object;
}

std::vector<demand> bounds_of(const client_key& key) {
    std::vector<demand> bounds;
    each_bound(key.limits, [&](demand::kind of, std::int64_t limit) {
        bounds.push_back({account_of(key), of, limit});
    });
    return bounds;
}

/// Deals out what the store told of all bounds together.
void add_standings(std::vector<key_figures>& keys, const std::vector<standing>& all) {
    auto next = all.begin();
    for (auto& one : keys) {
        const auto end = next + static_cast<std::ptrdiff_t>(one.bounds.size());
        one.standings.assign(next, end);
        next = end;
    }
}

}  // namespace

json keys_object(const std::vector<key_figures>& keys, std::size_t total) {
    json body{{"keys", json::array()}, {"total", total}};
    for (const auto& one : keys)
        body["keys"].push_back(describe(one));
    return body;
}

asio::awaitable<json> keys_now(
    worker& on,
    std::shared_ptr<const snapshot> serving,
    std::unordered_map<std::string, std::size_t> running
) {
    const auto& configured = serving->settings->keys;
    std::vector<key_figures> keys;
    std::vector<demand> all;
    for (std::size_t i = 0; i < std::min(configured.size(), keys_max); ++i) {
        const auto& key = configured[i];
        const auto found = running.find(key.id);
        keys.push_back({&key, found == running.end() ? 0 : found->second, bounds_of(key), {}});
        all.insert(all.end(), keys.back().bounds.begin(), keys.back().bounds.end());
    }
    wakeup answered{on.context()};
    on.store().look(all, [&](const std::vector<standing>& seen) {
        add_standings(keys, seen);
        answered.notify();
    });
    co_await answered.wait();
    co_return keys_object(keys, configured.size());
}

asio::awaitable<bool> answer_key_list(request_scope& scope) {
    const stream_wish counts_alone{false, 0};
    auto streams = co_await list_streams(scope.worker, counts_alone);
    const auto keys =
        co_await keys_now(scope.worker, scope.serving, std::move(streams.running_by_key));
    http_response response;
    response.headers = {{"Cache-Control", "no-store"}};
    response.body = dump_json(keys);
    scope.record.outcome = "completed";
    co_return co_await respond(scope, std::move(response));
}

}  // namespace sluice::gateway
