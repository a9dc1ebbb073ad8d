#include "gateway/config/provider_fields.hpp"
#include "gateway/config/replay_fields.hpp"
#include "gateway/config/tables.hpp"
#include "gateway/config/values.hpp"
#include "upstream/providers/make_codec.hpp"
#include "upstream/providers/openai_host.hpp"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace sluice::gateway {

namespace {

using protocol = upstream::provider_settings::protocol;
using upstream::api;
using settings = upstream::provider_settings;
using provider_section = section<provider_entry>;

constexpr std::string_view label_pattern = "^[A-Za-z0-9._-]{1,64}$";

struct provider_kind {
    std::string word;
    provider_section table;
};

provider_kind kind_of(std::string_view word, protocol kind, std::string_view base_url) {
    provider_kind made{std::string(word), {}};
    auto& table = made.table;
    table.where = " for kind '" + made.word + "'";
    table.defaults.settings.kind = kind;
    table.defaults.settings.base_url = base_url;
    table.fields = {kind_field(word, kind)};
    return made;
}

void add(provider_section& table, std::vector<provider_field> fields) {
    for (auto& field : fields)
        table.fields.push_back(std::move(field));
}

void add_common(provider_section& table) {
    add(table, header_fields());
    add(table, connection_fields());
    add(table, {prefill_field(), breaker_field()});
}

void choose_apis(const node& value, provider_entry& entry, problems& /*problems*/) {
    if (value.find("apis") == nullptr) entry.settings.apis = usual_apis(entry.settings.base_url);
}

provider_kind openai_kind(
    std::string_view word, std::string_view base_url, const upstream::openai_host* host
) {
    auto made = kind_of(word, protocol::openai, base_url);
    made.table.defaults.settings.host = host;
    add(made.table, {base_url_field(base_url.empty()), api_key_field()});
    add_common(made.table);
    add(made.table, {ask_usage_field(), apis_field()});
    add(made.table,
        {setting_field(
            "organization", "The organization that requests are billed to.", &settings::organization
        )});
    made.table.check = choose_apis;
    return made;
}

provider_kind azure_kind() {
    auto made = kind_of("azure", protocol::azure, {});
    add(made.table, {base_url_field(true), api_key_field()});
    add_common(made.table);
    add(made.table, {ask_usage_field(), apis_field()});
    add(made.table,
        {setting_field(
            "api_version",
            "The version of the service's interface, such as 2024-10-21.",
            &settings::api_version,
            true
        )});
    made.table.check = [](const node& value, provider_entry& entry, problems&) {
        if (value.find("apis") == nullptr) entry.settings.apis = {api::openai_chat};
    };
    return made;
}

/// What a protocol has besides what all have.
std::vector<provider_field> fields_of(protocol kind) {
    switch (kind) {
        case protocol::anthropic:
            return {setting_field(
                "version",
                "The interface's version, for requests that name none.",
                &settings::version
            )};
        case protocol::gemini:
            return {secret_field(
                "bearer_token",
                "An OAuth token in place of a key, as Vertex AI asks for.",
                &settings::bearer_token
            )};
        case protocol::watsonx:
            return {
                setting_field("project_id", "The project that pays.", &settings::project_id),
                setting_field(
                    "space_id", "The deployment space, in place of a project.", &settings::space_id
                ),
                url_field("iam_url", "Where the key is exchanged for a token.", &settings::iam_url),
                setting_field("version", "The interface's version, a date.", &settings::version)};
        case protocol::bedrock:
            return {
                setting_field("region", "The region, such as us-east-1.", &settings::region, true),
                setting_field(
                    "access_key_id", "Of the key that signs requests.", &settings::access_key_id
                ),
                secret_field(
                    "secret_access_key",
                    "The key that signs requests; without one, 'api_key' is sent.",
                    &settings::secret_access_key
                ),
                secret_field(
                    "session_token", "Of temporary credentials.", &settings::session_token
                )};
        default:
            return {};
    }
}

void check_watsonx(const node& value, provider_entry& entry, problems& problems) {
    if (entry.settings.project_id.empty() || entry.settings.space_id.empty()) return;
    problems.add(value.at, "'project_id' and 'space_id' exclude each other");
}

void check_bedrock(const node& value, provider_entry& entry, problems& problems) {
    auto& chosen = entry.settings;
    if (chosen.base_url.empty() && !chosen.region.empty())
        chosen.base_url = "https://bedrock-runtime." + chosen.region + ".amazonaws.com";
    if (chosen.access_key_id.empty() == chosen.secret_access_key.empty()) return;
    problems.add(value.at, "'access_key_id' and 'secret_access_key' go together");
}

provider_kind protocol_kind(const upstream::protocol_row& row) {
    auto made = kind_of(row.word, row.kind, row.base_url);
    auto& defaults = made.table.defaults.settings;
    add(made.table, {base_url_field(false), api_key_field()});
    add(made.table, fields_of(row.kind));
    add_common(made.table);
    if (row.kind == protocol::anthropic) defaults.version = "2023-06-01";
    if (row.kind == protocol::watsonx) {
        defaults.iam_url = "https://iam.cloud.ibm.com/identity/token";
        made.table.check = check_watsonx;
    }
    if (row.kind == protocol::bedrock) made.table.check = check_bedrock;
    return made;
}

provider_kind mock_kind() {
    auto made = kind_of("mock", protocol::mock, {});
    add(made.table, mock_fields());
    add(made.table, {breaker_field()});
    made.table.check = check_mock;
    return made;
}

provider_kind replay_kind() {
    auto made = kind_of("replay", protocol::replay, {});
    add(made.table, replay_fields());
    add(made.table, {breaker_field()});
    made.table.check = check_replay;
    return made;
}

std::vector<provider_kind> make_kinds() {
    std::vector<provider_kind> kinds;
    for (const auto& row : upstream::protocols()) {
        if (row.kind == protocol::openai)
            kinds.push_back(openai_kind(row.word, row.base_url, nullptr));
        else if (row.kind == protocol::azure)
            kinds.push_back(azure_kind());
        else
            kinds.push_back(protocol_kind(row));
    }
    kinds.push_back(mock_kind());
    kinds.push_back(replay_kind());
    for (const auto& host : upstream::openai_hosts()) {
        const bool known = std::ranges::any_of(kinds, [&](const provider_kind& kind) {
            return kind.word == host.name;
        });
        if (!known) kinds.push_back(openai_kind(host.name, host.base_url, &host));
    }
    return kinds;
}

const std::vector<provider_kind>& provider_kinds() {
    static const std::vector<provider_kind> kinds = make_kinds();
    return kinds;
}

std::optional<provider_entry> read_provider(const node& value, problems& problems) {
    if (!is_kind(value, node::type::map, "a map of keys and values", problems)) return std::nullopt;
    std::vector<std::string_view> words;
    std::string list;
    for (const provider_kind& known : provider_kinds()) {
        words.push_back(known.word);
        list.append(list.empty() ? "" : ", ").append(known.word);
    }
    const node* const written = value.find("kind");
    if (written == nullptr) {
        problems.add(value.at, "missing key 'kind' (one of " + list + ")");
        return std::nullopt;
    }
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
        const auto& named = known.table.defaults.settings;
        const bool same = named.kind == entry.settings.kind && named.host == entry.settings.host;
        if (same) return write_section(known.table, entry);
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
