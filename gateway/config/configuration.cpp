#include "gateway/config/configuration.hpp"

#include "gateway/config/file_mode.hpp"
#include "gateway/config/listen.hpp"
#include "gateway/config/problems.hpp"
#include "gateway/config/provider_fields.hpp"
#include "gateway/config/rules.hpp"
#include "upstream/utf8.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <unistd.h>

namespace sluice::gateway {

namespace {

using protocol = upstream::provider_settings::protocol;
using refusal = std::optional<std::string>;

enum class content { open, secret };

refusal check_readable(
    const std::string& what, const std::string& path, content content = content::open
) {
    const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (descriptor < 0)
        return what + " " + in_quotes(path) + " cannot be read: " + std::strerror(errno);
    const bool exposed = content == content::secret && everybody_can_read(descriptor);
    ::close(descriptor);
    if (exposed) return what + " " + in_quotes(path) + " can be read by everybody: chmod o-r it";
    return std::nullopt;
}

refusal check_files(const configuration& configuration) {
    if (const auto& tls = configuration.server.tls) {
        if (auto wrong = check_readable("the certificate", tls->certificate)) return wrong;
        auto wrong = check_readable("the private key", tls->private_key, content::secret);
        if (wrong) return wrong;
    }
    for (const provider_entry& provider : configuration.providers) {
        const std::string& path = provider.settings.ca_file;
        if (path.empty()) continue;
        auto wrong =
            check_readable("the 'ca_file' of provider " + in_quotes(provider.settings.name), path);
        if (wrong) return wrong;
    }
    return std::nullopt;
}

/// A gateway that spends an operator's money must not stand open by oversight.
refusal check_exposure(const configuration& configuration) {
    const bool open_on_purpose =
        configuration.auth_written && configuration.auth == auth_mode::none;
    const bool guarded = configuration.auth == auth_mode::keys && !configuration.keys.empty();
    if (!configuration.has_real_provider() || guarded || open_on_purpose) return std::nullopt;
    for (const listen_address& address : configuration.server.listen) {
        if (is_loopback(address)) continue;
        return "listening on " + to_string(address) +
               " would let everybody who can reach it use your providers: configure 'keys', or "
               "write 'auth: none' if that is meant";
    }
    for (const listen_address& address : configuration.server.admin) {
        if (is_loopback(address)) continue;
        return "listening on " + to_string(address) +
               " for operators would let everybody who can reach it see and stop all streams: "
               "configure 'keys', or write 'auth: none' if that is meant";
    }
    return std::nullopt;
}

/// `--listen` comes after the file was read.
refusal check_admin(const server_settings& server) {
    for (const listen_address& own : server.admin) {
        if (!is_taken(own, server.listen)) continue;
        return "'admin' has " + to_string(own) +
               ", where clients are to be served: operators need "
               "an address of their own";
    }
    return std::nullopt;
}

/// The key becomes a header's value.
refusal check_key(const std::string& variable, const std::string& key) {
    const std::string what = "--upstream-key-env: environment variable " + in_quotes(variable);
    if (key.empty()) return what + " is not set or empty";
    if (!upstream::is_utf8(key) || has_control_characters(key)) {
        return what + " must not hold line ends or control characters";
    }
    return std::nullopt;
}

}  // namespace

bool configuration::has_real_provider() const {
    return std::any_of(providers.begin(), providers.end(), [](const provider_entry& provider) {
        return provider.settings.kind != protocol::mock;
    });
}

bool client_key::allows(std::string_view model) const {
    if (models.empty()) return true;
    return std::ranges::any_of(models, [&](std::string_view allowed) {
        if (!allowed.ends_with('*')) return allowed == model;
        return model.starts_with(allowed.substr(0, allowed.size() - 1));
    });
}

configuration default_configuration() {
    configuration made;
    provider_entry mock;
    mock.settings.name = "mock";
    mock.settings.kind = protocol::mock;
    made.providers.push_back(std::move(mock));
    made.models.push_back({"mock", {target{"mock", "mock"}}, {}, {}});
    return made;
}

std::optional<std::string> add_upstream(
    configuration& configuration, const std::string& url, const std::string& key_environment
) {
    provider_entry added;
    added.settings.name = "upstream";
    added.settings.base_url = url;
    if (url.empty()) return "--upstream needs a URL";
    if (const complaint wrong = check_base_url(added.settings.base_url))
        return "--upstream " + *wrong;
    added.settings.apis = usual_apis(added.settings.base_url);
    if (!key_environment.empty()) {
        const char* const key = std::getenv(key_environment.c_str());
        added.settings.api_key = key == nullptr ? "" : key;
        if (auto wrong = check_key(key_environment, added.settings.api_key)) return wrong;
    }
    for (const provider_entry& provider : configuration.providers) {
        if (provider.settings.name != added.settings.name) continue;
        return "--upstream: the configuration has a provider called 'upstream' already";
    }
    for (const model_route& route : configuration.models) {
        if (route.name == "*")
            return "--upstream: the configuration has a route called '*' already";
    }
    configuration.providers.push_back(std::move(added));
    configuration.models.push_back({"*", {target{"upstream", "*"}}, {}, {}});
    return std::nullopt;
}

std::optional<std::string> refuse_to_serve(const configuration& configuration) {
    if (configuration.server.listen.empty()) return "there is no address to listen on";
    if (auto wrong = check_admin(configuration.server)) return wrong;
    if (auto wrong = check_exposure(configuration)) return wrong;
    return check_files(configuration);
}

}  // namespace sluice::gateway
