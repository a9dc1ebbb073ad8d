#include "gateway/config/provider_fields.hpp"

#include "gateway/config/headers_value.hpp"
#include "gateway/config/references.hpp"
#include "gateway/config/values.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>

namespace sluice::gateway {

namespace {

using namespace std::chrono_literals;
using protocol = upstream::provider_settings::protocol;
using upstream::api;

constexpr text_value secret{check_anything, {}, text_value::use::secret};

/// A place within the provider's settings.
template <class Member>
auto in_settings(Member upstream::provider_settings::*member) {
    return [member](auto& entry) -> auto& {
        return entry.settings.*member;
    };
}

}  // namespace

/// `client` is the word only where it is written out: a key that reads so is a key.
provider_field api_key_field() {
    provider_field made{
        "api_key",
        "The key that the provider asks for, best as a reference such as ${OPENAI_API_KEY}; "
        "'client' "
        "passes each client's own key on.",
        false,
        {},
        {},
        {}};
    made.read = [](const node& value, provider_entry& into, problems& problems) {
        into.settings.client_key = value.kind == node::type::scalar && value.text == "client";
        if (into.settings.client_key) return;
        if (auto key = secret.read(value, problems)) into.settings.api_key = std::move(*key);
    };
    made.schema = [](const provider_entry&) { return secret.schema(); };
    made.write = [](const provider_entry& from) {
        return from.settings.client_key ? json("client") : secret.write(from.settings.api_key);
    };
    return made;
}

provider_field kind_field(std::string_view word, protocol kind) {
    return make_field<provider_entry>(
        "kind",
        "The protocol that the provider speaks.",
        in_settings(&upstream::provider_settings::kind),
        choice_value<protocol>{{{word, kind}}},
        true
    );
}

provider_field base_url_field(bool required) {
    return make_field<provider_entry>(
        "base_url",
        "Where the provider is; the kind appends the rest of the path.",
        in_settings(&upstream::provider_settings::base_url),
        text_value{check_base_url, "^https?://[^?#@\\s]+$"},
        required
    );
}

provider_field ask_usage_field() {
    return make_field<provider_entry>(
        "ask_usage",
        "Ask for token counts in streams; false for servers that refuse the field.",
        in_settings(&upstream::provider_settings::ask_usage),
        flag_value{}
    );
}

provider_field apis_field() {
    const choice_value<api> word{
        {{"chat", api::openai_chat},
         {"responses", api::openai_responses},
         {"completions", api::openai_completions},
         {"embeddings", api::openai_embeddings}}};
    return make_field<provider_entry>(
        "apis",
        "What the server speaks. Clients of these are relayed as they are; others are translated "
        "to the first of chat and responses.",
        in_settings(&upstream::provider_settings::apis),
        list_value<choice_value<api>, api>{word, 1, 4}
    );
}

std::vector<api> usual_apis(std::string_view base_url) {
    std::vector<api> apis{api::openai_chat};
    if (base_url == openai_base_url) apis.push_back(api::openai_responses);
    apis.push_back(api::openai_completions);
    apis.push_back(api::openai_embeddings);
    return apis;
}

provider_field setting_field(
    std::string_view key,
    std::string_view doc,
    std::string upstream::provider_settings::*member,
    bool required
) {
    return make_field<provider_entry>(key, doc, in_settings(member), text_value{}, required);
}

provider_field secret_field(
    std::string_view key,
    std::string_view doc,
    std::string upstream::provider_settings::*member,
    bool required
) {
    return make_field<provider_entry>(key, doc, in_settings(member), secret, required);
}

provider_field url_field(
    std::string_view key, std::string_view doc, std::string upstream::provider_settings::*member
) {
    return make_field<provider_entry>(
        key, doc, in_settings(member), text_value{check_base_url, "^https?://[^?#@\\s]+$"}
    );
}

std::vector<provider_field> header_fields() {
    using settings = upstream::provider_settings;
    const text_value name{check_forwarded_header, "^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,128}$"};
    return {
        make_field<provider_entry>(
            "headers",
            "Headers that every request to the provider carries.",
            in_settings(&settings::headers),
            headers_value{}
        ),
        make_field<provider_entry>(
            "forward_headers",
            "Headers of the client that are passed on, besides the standard ones.",
            in_settings(&settings::forward_headers),
            list_value<text_value, std::string>{name, 0, 100}
        ),
    };
}

std::vector<provider_field> connection_fields() {
    using settings = upstream::provider_settings;
    return {
        make_field<provider_entry>(
            "http2",
            "Use HTTP/2, where slow clients cannot slow the provider down.",
            in_settings(&settings::http2),
            flag_value{}
        ),
        make_field<provider_entry>(
            "connect_timeout",
            "How long connecting may take.",
            in_settings(&settings::connect_timeout),
            duration_value{1ms, 10min}
        ),
        make_field<provider_entry>(
            "proxy",
            "A proxy on the way to the provider; the environment's is not used.",
            in_settings(&settings::proxy),
            text_value{check_proxy, "^(https?|socks5h?)://[^?#@\\s]+$"}
        ),
        make_field<provider_entry>(
            "ca_file",
            "Certificate authorities to trust instead of the system's, PEM.",
            in_settings(&settings::ca_file),
            text_value{}
        ),
    };
}

}  // namespace sluice::gateway
