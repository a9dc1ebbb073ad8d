#include "gateway/config/mock_values.hpp"
#include "upstream/mock/options.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <string_view>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

namespace sluice::gateway {

namespace {

using upstream::tool_call;
using upstream::mock::rule;
using upstream::mock::script;

constexpr std::size_t rules_max = 1000;  // each request looks through all of them
constexpr std::size_t calls_max = upstream::mock::tool_calls_max;
constexpr std::size_t file_bytes_max = 1U << 20;  // as of the configuration itself
constexpr std::size_t turn_max = 1'000'000;

/// What is wrong with one of the request's settings, without the header's name before it.
std::string complaint_about(const std::string& key, const std::string& value) {
    const auto wrong = upstream::mock::check_settings({{key, value}});
    if (!wrong) return {};
    return wrong->message.substr(std::min(wrong->param.size() + 1, wrong->message.size()));
}

/// A scalar without quotes is what it looks like in JSON, else text.
json json_of_scalar(const node& value) {
    if (!value.plain) return value.text;
    json parsed = json::parse(value.text, nullptr, false);
    if (parsed.is_boolean() || parsed.is_number() || parsed.is_null()) return parsed;
    return value.text;
}

/// As deep as documents are allowed to be.
json json_of(const node& value) {
    json made;
    if (value.kind == node::type::scalar) made = json_of_scalar(value);
    if (value.kind == node::type::list) {
        made = json::array();
        for (const node& child : value.children)
            made.push_back(json_of(child));
    }
    if (value.kind == node::type::map) {
        made = json::object();
        for (const node& child : value.children)
            made[child.key] = json_of(child);
    }
    return made;
}

/// Arguments as YAML, or as the text that the model writes, which need not be JSON.
struct arguments_value {
    std::optional<std::string> read(const node& value, problems& problems) const {
        if (value.kind == node::type::map)
            return json_of(value).dump(-1, ' ', false, json::error_handler_t::replace);
        if (!is_kind(value, node::type::scalar, "a map, or text", problems)) return std::nullopt;
        return value.text;
    }
    json schema() const {
        return {{"anyOf", json::array({{{"type", "object"}}, {{"type", "string"}}})}};
    }
    json write(const std::string& value) const { return value; }
};

struct function_name_value {
    raw_text_value text = {};

    std::optional<std::string> read(const node& value, problems& problems) const {
        auto name = text.read(value, problems);
        if (!name) return std::nullopt;
        const std::string wrong = complaint_about("tool-call", *name);
        if (wrong.empty()) return name;
        problems.add(value.at, subject(value) + " " + wrong);
        return std::nullopt;
    }
    json schema() const { return {{"type", "string"}, {"pattern", "^[A-Za-z0-9_.:/-]{1,128}$"}}; }
    json write(const std::string& value) const { return text.write(value); }
};

const section<tool_call>& call_table() {
    static const section<tool_call> table{
        {"", "", "{}", {}},
        {make_field<tool_call>(
             "name", "The function to call.", &tool_call::name, function_name_value{}, true
         ),
         make_field<tool_call>(
             "arguments",
             "A map, or the text that the model writes.",
             &tool_call::arguments,
             arguments_value{}
         )},
        " for a tool call"};
    return table;
}

/// Both spellings are one setting.
std::string suffix_of(std::string key) {
    std::ranges::replace(key, '_', '-');
    return key;
}

/// What `X-Mock-*` headers say, by the rest of their names.
struct settings_value {
    using map = std::map<std::string, std::string>;

    std::optional<map> read(const node& value, problems& problems) const {
        if (!is_kind(value, node::type::map, "a map of settings", problems)) return std::nullopt;
        map read;
        for (const node& child : value.children) {
            if (!is_kind(child, node::type::scalar, "a single value", problems)) continue;
            const std::string wrong = complaint_about(child.key, child.text);
            if (!wrong.empty()) problems.add(child.at, in_quotes(child.key) + " " + wrong);
            const auto same = std::ranges::find_if(read, [&](const auto& other) {
                return suffix_of(other.first) == suffix_of(child.key);
            });
            if (same != read.end())
                problems.add(
                    child.at,
                    in_quotes(child.key) + " says again what " + in_quotes(same->first) + " says"
                );
            read[child.key] = child.text;
        }
        return read;
    }
    json schema() const {
        const json value = {{"type", json::array({"string", "number", "boolean"})}};
        return {{"type", "object"}, {"additionalProperties", value}};
    }
    json write(const map& settings) const {
        json out;
        for (const auto& [key, value] : settings)
            out[key] = value;
        return out;
    }
};

field<rule> match_field() {
    field<rule> made{
        "match", "A regular expression that is found in the last user message.", false, {}, {}, {}};
    const raw_text_value text;
    made.read = [text](const node& value, rule& into, problems& problems) {
        const auto read = text.read(value, problems);
        if (!read) return;
        if (const auto wrong = upstream::mock::set_match(into, *read))
            problems.add(value.at, "'match' must be a regular expression: " + *wrong);
    };
    made.schema = [text](const rule&) { return text.schema(); };
    made.write = [text](const rule& from) { return text.write(from.match_text); };
    return made;
}

std::vector<field<rule>> condition_fields() {
    const raw_text_value text;
    return {
        make_field<rule>(
            "contains", "Words of the last user message, in whatever case.", &rule::contains, text
        ),
        match_field(),
        make_field<rule>("system", "Words of the system's text.", &rule::system_contains, text),
        make_field<rule>("model", "The model that is asked for.", &rule::model, text),
        make_field<rule>(
            "turn",
            "So many user messages, the last one included.",
            &rule::turn,
            integer_value{1, turn_max}
        ),
    };
}

std::vector<field<rule>> effect_fields() {
    return {
        make_field<rule>(
            "reply",
            "The answer; $1 is what the first group of 'match' found, ${prompt} the message.",
            &rule::reply,
            raw_text_value{true}
        ),
        make_field<rule>(
            "reasoning", "Thoughts ahead of the answer.", &rule::reasoning, raw_text_value{}
        ),
        make_field<rule>(
            "tool_calls",
            "Functions to call; 'reply' is what is said once their results are there.",
            &rule::tool_calls,
            list_value<object_value<tool_call>, tool_call>{{&call_table()}, 1, calls_max}
        ),
        make_field<rule>(
            "error", "What goes wrong, in the words of X-Mock-Error.", &rule::error, fault_value{}
        ),
        make_field<rule>(
            "settings",
            "What X-Mock-* headers would say, by the rest of their names.",
            &rule::settings,
            settings_value{}
        ),
    };
}

void check_rule(const node& map, rule& /*rule*/, problems& problems) {
    const auto effects = effect_fields();
    const bool any = std::ranges::any_of(effects, [&](const field<rule>& effect) {
        return map.find(effect.key) != nullptr;
    });
    if (any) return;
    problems.add(
        map.at, "the rule needs one of 'reply', 'reasoning', 'tool_calls', 'error' and 'settings'"
    );
}

const section<rule>& rule_table() {
    static const section<rule> table = [] {
        section<rule> made{{}, condition_fields(), " for a rule", check_rule};
        for (auto& effect : effect_fields())
            made.fields.push_back(effect);
        return made;
    }();
    return table;
}

list_value<object_value<rule>, rule> rules_value() {
    return {{&rule_table()}, 0, rules_max};
}

/// Regular files only: a pipe would make the start wait for ever. Nothing: `problems` says why.
std::optional<std::string> read_file(
    const node& value, const std::string& path, problems& problems
) {
    const auto fail = [&](const std::string& why) {
        problems.add(value.at, "'script': file " + in_quotes(path) + " " + why);
        return std::nullopt;
    };
    const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (descriptor < 0) return fail(std::string("cannot be read: ") + std::strerror(errno));
    struct stat status {};
    std::string text;
    bool good = ::fstat(descriptor, &status) == 0 && S_ISREG(status.st_mode);
    std::array<char, 4096> buffer{};
    while (good && text.size() <= file_bytes_max) {
        const ssize_t count = ::read(descriptor, buffer.data(), buffer.size());
        if (count < 0 && errno == EINTR) continue;
        good = count >= 0;
        if (count <= 0) break;
        text.append(buffer.data(), static_cast<std::size_t>(count));
    }
    ::close(descriptor);
    if (!good) return fail("is not a regular file that can be read");
    if (text.size() > file_bytes_max) return fail("is larger than 1 MiB");
    return text;
}

std::optional<std::vector<rule>> read_script_file(
    const node& value, const std::string& path, problems& problems
) {
    const auto text = read_file(value, path, problems);
    if (!text) return std::nullopt;
    gateway::problems found(path);
    const auto document = read_document(*text, found);
    std::optional<std::vector<rule>> rules;
    if (document) rules = rules_value().read(*document, found);
    for (const std::string& message : found.messages())
        problems.add(value.at, "'script': " + message);
    return rules;
}

}  // namespace

std::optional<script> script_value::read(const node& value, problems& problems) const {
    std::optional<std::vector<rule>> rules;
    if (value.kind == node::type::list) {
        rules = rules_value().read(value, problems);
    } else if (const auto path = read_text(value, "a list of rules, or a path", problems)) {
        rules = read_script_file(value, *path, problems);
    }
    if (!rules) return std::nullopt;
    return script{*std::move(rules)};
}

json script_value::schema() const {
    const json path = {{"type", "string"}, {"minLength", 1}};
    return {{"oneOf", json::array({path, rules_value().schema()})}};
}

json script_value::write(const script& value) const {
    return rules_value().write(value.rules);
}

}  // namespace sluice::gateway
