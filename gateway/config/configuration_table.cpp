#include "gateway/config/tables.hpp"
#include "gateway/config/values.hpp"

#include <map>
#include <set>

namespace sluice::gateway {

namespace {

field<configuration> auth_field() {
    const choice_value<auth_mode> mode{{{"keys", auth_mode::keys}, {"none", auth_mode::none}}};
    field<configuration> made{
        "auth",
        "Whether clients need a key; without it, they do as soon as one is configured.",
        false,
        {},
        {},
        {}};
    made.read = [mode](const node& value, configuration& into, problems& problems) {
        into.auth_written = true;
        if (const auto read = mode.read(value, problems)) into.auth = *read;
    };
    made.schema = [mode](const configuration&) { return mode.schema(); };
    made.write = [mode](const configuration& from) { return mode.write(from.auth); };
    return made;
}

using names = std::map<std::string_view, position>;

/// Reports the items of a list whose `key` has the same text as an earlier one's.
names find_duplicates(
    const node* list, std::string_view key, std::string_view what, problems& problems
) {
    names seen;
    if (list == nullptr) return seen;
    for (const node& item : list->children) {
        const node* const name = item.find(key);
        if (name == nullptr || name->text.empty()) continue;
        const auto [first, added] = seen.emplace(name->text, name->at);
        if (added) continue;
        problems.add(
            name->at,
            "duplicate " + std::string(what) + " (first on line " +
                std::to_string(first->second.line) + ")"
        );
    }
    return seen;
}

/// Reports the `provider` of each item of a list that there is none of.
void check_providers(
    const node* list, const std::set<std::string_view>& known, problems& problems
) {
    if (list == nullptr || problems.full()) return;
    for (const node& item : list->children) {
        const node* const provider = item.find("provider");
        if (provider == nullptr || provider->text.empty()) continue;
        if (known.contains(provider->text)) continue;
        problems.add(
            provider->at,
            "unknown provider " + in_quotes(provider->text) +
                did_you_mean(provider->text, {known.begin(), known.end()})
        );
    }
}

void check_models(const node& root, problems& problems) {
    const node* const providers = root.find("providers");
    const node* const models = root.find("models");
    std::set<std::string_view> known;
    if (providers != nullptr) {
        for (const node& provider : providers->children)
            known.emplace(provider.key);
    }
    const bool no_models =
        models == nullptr || (models->kind == node::type::list && models->children.empty());
    if (!known.empty() && no_models) {
        problems.add(
            providers->key_at,
            "no model leads to these providers: add 'models' with at least one name and target"
        );
    }
    if (known.empty()) known.emplace("mock");
    check_providers(root.find("prices"), known, problems);
    if (models == nullptr) return;
    for (const node& route : models->children)
        check_providers(route.find("targets"), known, problems);
}

void check_default_model(const node& root, const names& models, problems& problems) {
    const node* const server = root.find("server");
    const node* const written = server != nullptr ? server->find("default_model") : nullptr;
    if (written == nullptr || written->text.empty()) return;
    const std::string_view wanted = written->text;
    std::vector<std::string_view> candidates;
    for (const auto& [name, at] : models) {
        const bool wildcard = name.ends_with('*');
        if (wildcard ? wanted.starts_with(name.substr(0, name.size() - 1)) : wanted == name) return;
        candidates.push_back(name);
    }
    if (models.empty() && wanted == "mock") return;
    problems.add(
        written->at, "no model is called " + in_quotes(wanted) + did_you_mean(wanted, candidates)
    );
}

const section<configuration>& ledger_table() {
    static const section<configuration> table{
        {},
        {make_field<configuration>(
            "path",
            "The file, an SQLite database; it is made where there is none.",
            &configuration::ledger,
            text_value{},
            true
        )}};
    return table;
}

}  // namespace

void check_references(const node& root, configuration& into, problems& problems) {
    const names models = find_duplicates(root.find("models"), "name", "model name", problems);
    find_duplicates(root.find("keys"), "id", "key id", problems);
    find_duplicates(root.find("keys"), "sha256", "'sha256'", problems);
    check_models(root, problems);
    check_default_model(root, models, problems);
    check_key_models(root, problems);
    check_cost_bounds(root, problems);
    const node* const keys = root.find("keys");
    const bool has_keys = keys != nullptr && !keys->children.empty();
    if (!into.auth_written) into.auth = has_keys ? auth_mode::keys : auth_mode::none;
    if (into.auth_written && into.auth == auth_mode::keys && !has_keys) {
        problems.add(root.find("auth")->at, "'auth' is keys, but 'keys' has none");
    }
}

const section<configuration>& configuration_table() {
    const list_value<object_value<model_route>, model_route> models{{&model_table()}, 0, 10'000};
    const list_value<object_value<client_key>, client_key> keys{{&key_table()}, 0, 10'000};
    static const section<configuration> table{
        {},
        {make_field<configuration>(
             "server",
             "The side that faces clients.",
             &configuration::server,
             object_value<server_settings>{&server_table()}
         ),
         auth_field(),
         providers_field(),
         make_field<configuration>(
             "models", "What clients may ask for, and who answers.", &configuration::models, models
         ),
         make_field<configuration>(
             "keys", "The keys that clients may use.", &configuration::keys, keys
         ),
         prices_field(),
         make_group<configuration>(
             "ledger",
             "A record of what each request used; without it, none is kept.",
             ledger_table()
         ),
         make_field<configuration>(
             "streams",
             "Bounds and lifetimes of streams.",
             &configuration::streams,
             object_value<stream_settings>{&stream_table()}
         ),
         make_field<configuration>(
             "log", "What is logged.", &configuration::log, object_value<log_settings>{&log_table()}
         ),
         make_field<configuration>(
             "telemetry",
             "What is measured and traced.",
             &configuration::telemetry,
             object_value<telemetry_settings>{&telemetry_table()}
         )},
        {},
        check_references};
    return table;
}

}  // namespace sluice::gateway
