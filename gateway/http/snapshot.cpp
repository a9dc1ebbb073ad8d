#include "gateway/http/snapshot.hpp"

#include "gateway/streams/random_bytes.hpp"

#include <utility>

namespace sluice::gateway {

namespace {

std::string made_up_secret() {
    const auto bytes = random_bytes<32>();
    return {bytes.begin(), bytes.end()};
}

/// What signs, in this order of preference.
const std::string& secret_of(const configuration& settings, const std::string& own) {
    return settings.streams.url_secret.empty() ? own : settings.streams.url_secret;
}

}  // namespace

snapshot::snapshot(std::shared_ptr<const configuration> configured, const snapshot* before)
    : settings(std::move(configured)),
      catalog(*settings, before ? &before->catalog : nullptr),
      keys(settings->keys),
      own_secret(before ? before->own_secret : made_up_secret()),
      urls(secret_of(*settings, own_secret)),
      sessions(secret_of(*settings, own_secret)) {}

boost::system::result<std::shared_ptr<const snapshot>, std::string> snapshot::make(
    std::shared_ptr<const configuration> settings, const snapshot* before
) {
    auto made = std::make_shared<snapshot>(std::move(settings), before);
    if (const auto& tls = made->settings->server.tls) {
        auto context = make_tls_context(*tls);
        if (!context) return std::move(context).error();
        made->tls = std::move(*context);
    }
    return made;
}

}  // namespace sluice::gateway
