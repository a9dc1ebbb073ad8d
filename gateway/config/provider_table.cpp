#include "gateway/config/tables.hpp"
#include "gateway/config/values.hpp"

#include <algorithm>
#include <array>

namespace sluice::gateway {

namespace {

using namespace std::chrono_literals;
using protocol = upstream::provider_settings::protocol;
using provider_field = field<provider_entry>;
using provider_section = section<provider_entry>;

constexpr text_value secret{check_anything, {}, text_value::use::secret};
constexpr std::string_view label_pattern = "^[A-Za-z0-9._-]{1,64}$";

/// A place within the provider's settings.
template <class Member>
auto in_settings(Member upstream::provider_settings::*member) {
    return [member](auto& entry) -> auto& {
        return entry.settings.*member;
    };
}

template <class Member>
auto in_mock(Member upstream::mock_settings::*member) {
    return [member](auto& entry) -> auto& {
        return entry.mock.*member;
    };
}

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

struct headers_value {
    std::optional<upstream::header_list> read(const node& value, problems& problems) const {
        if (!is_kind(value, node::type::map, "a map of names and values", problems)) {
            return std::nullopt;
        }
        upstream::header_list headers;
        for (const node& child : value.children) {
            std::string name = child.key;
            complaint wrong = check_header_name(name);
            if (!wrong && has(headers, name)) wrong = "stands here twice: case does not count";
            if (wrong) problems.add(child.key_at, in_quotes(name) + " " + *wrong);
            auto text = secret.read(child, problems);
            if (!wrong && text) headers.emplace_back(std::move(name), std::move(*text));
        }
        return headers;
    }
    json schema() const {
        return {
            {"type", "object"},
            {"propertyNames", {{"pattern", "^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,128}$"}}},
            {"additionalProperties", secret.schema()}};
    }
    json write(const upstream::header_list& headers) const {
        json out;
        for (const auto& [name, value] : headers)
            out[name] = "***";
        return out;
    }

    static bool has(const upstream::header_list& headers, const std::string& name) {
        return std::any_of(headers.begin(), headers.end(), [&](const auto& header) {
            return lower_case(header.first) == lower_case(name);
        });
    }
};

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

std::vector<provider_field> request_fields() {
    using settings = upstream::provider_settings;
    const text_value name{check_forwarded_header, "^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,128}$"};
    return {
        api_key_field(),
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
        make_field<provider_entry>(
            "ask_usage",
            "Ask for token counts in streams; false for servers that refuse the field.",
            in_settings(&settings::ask_usage),
            flag_value{}
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

provider_section http_table(protocol kind, std::string_view word, bool base_url_required) {
    provider_section table;
    table.defaults.settings.kind = kind;
    table.fields = {kind_field(word, kind), base_url_field(base_url_required)};
    for (auto& field : request_fields())
        table.fields.push_back(std::move(field));
    for (auto& field : connection_fields())
        table.fields.push_back(std::move(field));
    return table;
}

provider_section openai_table() {
    provider_section table = http_table(protocol::openai, "openai", false);
    table.where = " for kind 'openai'";
    table.defaults.settings.base_url = "https://api.openai.com/v1";
    table.fields.push_back(make_field<provider_entry>(
        "organization",
        "The organization that requests are billed to.",
        in_settings(&upstream::provider_settings::organization),
        text_value{}
    ));
    return table;
}

provider_section azure_table() {
    provider_section table = http_table(protocol::azure, "azure", true);
    table.where = " for kind 'azure'";
    table.fields.push_back(make_field<provider_entry>(
        "api_version",
        "The version of the service's interface, such as 2024-10-21.",
        in_settings(&upstream::provider_settings::api_version),
        text_value{},
        true
    ));
    return table;
}

provider_section mock_table() {
    using settings = upstream::mock_settings;
    provider_section table;
    table.where = " for kind 'mock'";
    table.defaults.settings.kind = protocol::mock;
    table.fields = {
        kind_field("mock", protocol::mock),
        make_field<provider_entry>(
            "ttft", "Time to the first token.", in_mock(&settings::ttft), duration_value{0ms, 1h}
        ),
        make_field<provider_entry>(
            "rate",
            "Tokens per second; 0 is as fast as possible.",
            in_mock(&settings::rate),
            number_value{0, 1'000'000}
        ),
        make_field<provider_entry>(
            "seed",
            "The same seed and prompt give the same text.",
            in_mock(&settings::seed),
            integer_value{0, UINT64_MAX}
        ),
        make_field<provider_entry>(
            "tokens",
            "Exactly so many tokens; about 60 without it.",
            in_mock(&settings::tokens),
            integer_value{0, 1'000'000}
        )};
    return table;
}

struct provider_kind {
    std::string_view word;
    protocol kind;
    provider_section table;
};

const std::array<provider_kind, 3>& provider_kinds() {
    static const std::array<provider_kind, 3> kinds{
        {{"openai", protocol::openai, openai_table()},
         {"azure", protocol::azure, azure_table()},
         {"mock", protocol::mock, mock_table()}}};
    return kinds;
}

std::optional<provider_entry> read_provider(const node& value, problems& problems) {
    if (!is_kind(value, node::type::map, "a map of keys and values", problems)) return std::nullopt;
    const node* const written = value.find("kind");
    if (written == nullptr) {
        problems.add(value.at, "missing key 'kind' (one of openai, azure, mock)");
        return std::nullopt;
    }
    std::vector<std::string_view> words;
    for (const provider_kind& known : provider_kinds())
        words.push_back(known.word);
    const auto chosen = read_choice(*written, words, problems);
    if (!chosen) return std::nullopt;
    const provider_section& table = provider_kinds().at(*chosen).table;
    return object_value<provider_entry>{&table}.read(value, problems);
}

void read_providers(const node& value, configuration& into, problems& problems) {
    if (!is_kind(value, node::type::map, "a map of names and providers", problems)) return;
    for (const node& child : value.children) {
        std::string name = child.key;
        const complaint wrong =
            name.empty() ? complaint("must be the provider's name") : check_label(name);
        if (wrong) problems.add(child.key_at, in_quotes(name) + " " + *wrong);
        auto entry = read_provider(child, problems);
        if (!entry) continue;
        entry->settings.name = std::move(name);
        into.providers.push_back(std::move(*entry));
    }
}

json write_provider(const provider_entry& entry) {
    for (const provider_kind& known : provider_kinds()) {
        if (known.kind == entry.settings.kind) return write_section(known.table, entry);
    }
    return nullptr;
}

}  // namespace

field<configuration> providers_field() {
    field<configuration> made{
        "providers", "Who makes the tokens, by name.", false, read_providers, {}, {}};
    made.schema = [](const configuration&) {
        json kinds = json::array();
        for (const provider_kind& known : provider_kinds())
            kinds.push_back(schema_of(known.table));
        return json{
            {"type", "object"},
            {"propertyNames", {{"pattern", label_pattern}}},
            {"additionalProperties", {{"oneOf", std::move(kinds)}}}};
    };
    made.write = [](const configuration& from) {
        json out;
        for (const provider_entry& entry : from.providers) {
            out[entry.settings.name] = write_provider(entry);
        }
        return out;
    };
    return made;
}

}  // namespace sluice::gateway
