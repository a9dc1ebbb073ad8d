#include "gateway/http/model_list.hpp"

#include "gateway/dialects/json_text.hpp"
#include "gateway/http/wakeup.hpp"
#include "upstream/alarm.hpp"
#include "upstream/providers/model_listing.hpp"
#include "upstream/transfer.hpp"

#include <nlohmann/json.hpp>

#include <chrono>
#include <memory>
#include <optional>
#include <vector>

namespace sluice::gateway {

namespace {

namespace asio = boost::asio;
using json = nlohmann::ordered_json;
using clock = std::chrono::steady_clock;

constexpr std::chrono::seconds provider_time{5};
constexpr std::chrono::seconds cached_for{60};
constexpr std::size_t list_bytes_max = 4 << 20;
constexpr std::size_t listed_max = 10'000;

json entry(std::string_view model, std::string_view owner) {
    return {{"id", model}, {"object", "model"}, {"created", 0}, {"owned_by", owner}};
}

/// Collects one provider's answer; wakes the coroutine that waits for it.
class collector final : public upstream::transfer_listener {
 public:
    explicit collector(asio::io_context& context) : wake_(context), alarm_(context) {}

    asio::awaitable<std::optional<std::string>> run(
        upstream::transfer_engine& engine, upstream::transfer_request request
    ) {
        transfer_ = engine.start(std::move(request), *this);
        alarm_.set(clock::now() + provider_time, [this] { wake_.notify(); });
        co_await wake_.wait();
        const bool whole = transfer_->ended() &&
                           transfer_->error() == upstream::transfer_error::none &&
                           transfer_->status() == 200;
        transfer_.reset();
        if (!whole) co_return std::nullopt;
        co_return std::move(body_);
    }

    void on_transfer() override {
        body_ += transfer_->body();
        transfer_->consume();
        if (transfer_->ended() || body_.size() > list_bytes_max) wake_.notify();
    }

 private:
    wakeup wake_;
    upstream::alarm alarm_;
    std::string body_;
    std::unique_ptr<upstream::transfer> transfer_;
};

std::vector<std::string> ids_in(const std::string& body) {
    std::vector<std::string> ids;
    const auto list = json::parse(body, nullptr, false);
    if (!list.is_object() || !list.contains("data") || !list["data"].is_array()) return ids;
    for (const auto& one : list["data"]) {
        if (ids.size() == listed_max) break;
        if (one.is_object() && one.contains("id") && one["id"].is_string())
            ids.push_back(one["id"]);
    }
    return ids;
}

/// What the provider lists, from this worker's memory if that is young enough.
asio::awaitable<std::vector<std::string>> provider_models(
    worker& worker, const upstream::provider& provider
) {
    auto& memory = worker.listed();
    const auto known = memory.find(provider.settings.name);
    if (known != memory.end() && clock::now() - known->second.at < cached_for) {
        co_return known->second.ids;
    }
    auto request = upstream::list_models_request(provider.settings);
    if (!request) co_return std::vector<std::string>{};
    collector answer{worker.context()};
    const auto body = co_await answer.run(worker.upstreams().transfers(), std::move(*request));
    std::vector<std::string> ids;
    if (body) ids = ids_in(*body);
    // A provider that does not answer is left alone for as long.
    memory[provider.settings.name] = listed_models{clock::now(), ids};
    co_return ids;
}

/// A listed model as a client names it here: where the target's `*` stands, the route's name has
/// it.
std::optional<std::string> name_here(const model_route& route, std::string_view listed) {
    const auto& target = route.target.model;
    const auto star = target.find('*');
    if (star == std::string::npos) return std::nullopt;
    const std::string_view before = std::string_view{target}.substr(0, star);
    const std::string_view after = std::string_view{target}.substr(star + 1);
    if (listed.size() < before.size() + after.size() || !listed.starts_with(before) ||
        !listed.ends_with(after)) {
        return std::nullopt;
    }
    listed.remove_prefix(before.size());
    listed.remove_suffix(after.size());
    return route.name.substr(0, route.name.size() - 1).append(listed);
}

}  // namespace

std::string describe_model(std::string_view model, std::string_view owner) {
    return dump_json(entry(model, owner));
}

asio::awaitable<std::string> list_models(worker& worker) {
    json data = json::array();
    const auto& catalog = worker.state().catalog;
    for (const auto& route : catalog.routes()) {
        const auto provider = catalog.provider_of(route);
        if (!provider) continue;
        if (!route.name.ends_with('*')) {
            data.push_back(entry(route.name, provider->settings.name));
            continue;
        }
        if (provider->is_mock()) continue;
        const auto listed = co_await provider_models(worker, *provider);
        for (const auto& id : listed) {
            if (const auto name = name_here(route, id))
                data.push_back(entry(*name, provider->settings.name));
        }
    }
    json list;
    list["object"] = "list";
    list["data"] = std::move(data);
    co_return dump_json(list);
}

}  // namespace sluice::gateway
