#include "gateway/http/model_list.hpp"

#include "gateway/http/wakeup.hpp"
#include "upstream/alarm.hpp"
#include "upstream/providers/model_listing.hpp"
#include "upstream/transfer.hpp"

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>
#include <utility>
#include <vector>

namespace sluice::gateway {

namespace {

namespace asio = boost::asio;
using clock = std::chrono::steady_clock;

constexpr std::chrono::seconds provider_time{5};
constexpr std::chrono::seconds cached_for{60};
constexpr std::size_t list_bytes_max = 4 << 20;

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
    if (body) ids = upstream::listed_models_in(provider.settings, *body);
    // A provider that does not answer is left alone for as long.
    memory[provider.settings.name] = listed_models{clock::now(), ids};
    co_return ids;
}

/// A listed model as a client names it here: where the target's `*` stands, the route's name has
/// it.
std::optional<std::string> name_here(
    const model_route& route, const target& asked, std::string_view listed
) {
    const auto& target = asked.model;
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

asio::awaitable<std::vector<listed_model>> list_models(request_scope& scope) {
    std::vector<listed_model> models;
    const auto& catalog = scope.serving->catalog;
    const auto allowed = [&](const std::string& model) {
        return !scope.key || scope.key->allows(model);
    };
    for (const auto& route : catalog.routes()) {
        if (!route.name.ends_with('*')) {
            if (allowed(route.name)) models.push_back({route.name, route.targets.front().provider});
            continue;
        }
        std::unordered_set<std::string> known;  // several targets may list the same
        for (const auto& target : route.targets) {
            const auto provider = catalog.provider_named(target.provider);
            if (!provider || provider->is_mock()) continue;
            const auto listed = co_await provider_models(scope.worker, *provider);
            for (const auto& id : listed) {
                auto name = name_here(route, target, id);
                if (name && allowed(*name) && known.insert(*name).second)
                    models.push_back({std::move(*name), target.provider});
            }
        }
    }
    co_return models;
}

}  // namespace sluice::gateway
