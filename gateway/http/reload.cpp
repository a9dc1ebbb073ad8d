#include "gateway/http/reload.hpp"

#include <algorithm>
#include <exception>
#include <optional>
#include <string_view>
#include <utility>

namespace sluice::gateway {

namespace {

using addresses = std::vector<listen_address>;

template <class Value>
bool is_same(const Value& a, const Value& b) {
    return a == b;
}

bool is_same(const addresses& a, const addresses& b) {
    return std::ranges::equal(a, b, [](const auto& one, const auto& other) {
        return one.host == other.host && one.port == other.port;
    });
}

template <class Value>
void keep(
    std::vector<std::string>& names, std::string_view name, Value& next, const Value& running
) {
    if (is_same(next, running)) return;
    next = running;
    names.emplace_back(name);
}

std::string joined(const std::vector<std::string>& names) {
    std::string text;
    for (const auto& name : names)
        text += (text.empty() ? "" : ", ") + name;
    return text;
}

/// A file that was cut short must not open the doors: what it no longer says, somebody has to have
/// meant.
std::optional<std::string> refuse_to_open(const configuration& next, const configuration& running) {
    const bool meant = next.auth_written && next.auth == auth_mode::none;
    if (!running.keys.empty() && next.keys.empty() && !meant) {
        return "the file has no keys any more: write 'auth: none' if that is meant, or start anew";
    }
    const auto empty = default_configuration();
    const bool says_nothing = next.models.size() == empty.models.size() &&
                              next.models.front().name == empty.models.front().name &&
                              !next.has_real_provider();
    if (running.has_real_provider() && says_nothing)
        return "the file names nothing but the mock any more; if that is meant, start anew";
    return std::nullopt;
}

boost::system::result<reloaded, configuration_errors> make_next(
    const snapshot& running, const configuration_loader& load
) {
    auto read = load();
    if (!read) return std::move(read).error();
    // The rules of what may listen where hold for what is written, as at the next start, and for
    // what comes of it: new rules for keys do not go with all addresses of old.
    if (auto refusal = refuse_to_serve(*read)) return configuration_errors{{std::move(*refusal)}};
    auto kept = keep_fixed(*read, *running.settings);
    if (auto refusal = refuse_to_serve(*read)) {
        return configuration_errors{
            {*refusal + "; until the next start, these stay: " + joined(kept)}};
    }
    if (auto refusal = refuse_to_open(*read, *running.settings))
        return configuration_errors{{std::move(*refusal)}};
    auto settings = std::make_shared<const configuration>(std::move(*read));
    auto made = snapshot::make(std::move(settings), &running);
    if (!made) return configuration_errors{{std::move(made).error()}};
    return reloaded{std::move(*made), std::move(kept)};
}

}  // namespace

std::vector<std::string> keep_fixed(configuration& next, const configuration& running) {
    std::vector<std::string> names;
    keep(names, "server.listen", next.server.listen, running.server.listen);
    keep(names, "server.admin", next.server.admin, running.server.admin);
    keep(names, "server.workers", next.server.workers, running.server.workers);
    // Another certificate is welcome; clients were told by which scheme to come.
    if (next.server.tls.has_value() != running.server.tls.has_value()) {
        next.server.tls = running.server.tls;
        names.emplace_back("server.tls");
    }
    keep(names, "ledger.path", next.ledger, running.ledger);
    keep(names, "log.format", next.log.format, running.log.format);
    keep(names, "--record", next.record, running.record);
    return names;
}

boost::system::result<reloaded, configuration_errors> load_next(
    const snapshot& running, const configuration_loader& load
) {
    // What serves goes on serving, whatever a file makes a parser do.
    try {
        return make_next(running, load);
    } catch (const std::exception& error) {
        return configuration_errors{{error.what()}};
    }
}

void add_reload_metrics(metric_families& to, const reload_figures& figures) {
    auto& reloads =
        counter_family(to, "sluice_config_reload_total", "Reloads of the configuration.");
    add_sample(reloads, {{"result", "ok"}}, figures.ok.load());
    add_sample(reloads, {{"result", "failed"}}, figures.failed.load());
    add_sample(
        gauge_family(
            to,
            "sluice_config_last_reload_timestamp_seconds",
            "When the configuration that is served was loaded."
        ),
        {},
        figures.loaded.load()
    );
}

}  // namespace sluice::gateway
