#include "gateway/config/values.hpp"

#include "gateway/config/references.hpp"
#include "gateway/config/rules.hpp"
#include "gateway/config/scalars.hpp"

#include <algorithm>

namespace sluice::gateway {

namespace {

constexpr std::string_view reference_pattern = "\\$\\{";

constexpr std::string_view kind_name(node::type kind) {
    return kind == node::type::list  ? "a list"
           : kind == node::type::map ? "a map"
                                     : "a single value";
}

std::string between(const std::string& min, const std::string& max) {
    return " between " + min + " and " + max;
}

std::string format_number(double value) {
    return json(value).dump();
}

/// Reads one of the scalars that have a range. `parse` answers nothing for what is not of the type.
template <class Parse, class Number>
auto read_ranged(
    const node& value,
    Parse parse,
    const std::string& wanted,
    std::pair<Number, Number> range,
    const std::string& bounds,
    problems& problems
) -> decltype(parse(std::string_view())) {
    const auto text = read_text(value, wanted, problems);
    if (!text) return std::nullopt;
    const auto parsed = parse(*text);
    if (!parsed) {
        report_value(value, wanted, problems);
        return std::nullopt;
    }
    if (*parsed < range.first || *parsed > range.second) {
        report_value(value, bounds, problems);
        return std::nullopt;
    }
    return parsed;
}

}  // namespace

std::string subject(const node& value) {
    return value.key.empty() ? "the entry" : in_quotes(value.key);
}

bool is_kind(const node& value, node::type kind, std::string_view wanted, problems& problems) {
    if (value.kind == kind) return true;
    if (value.kind == node::type::empty) {
        const position at = value.key.empty() ? value.at : value.key_at;
        problems.add(at, subject(value) + " is empty: it must be " + std::string(wanted));
    } else if (value.kind != node::type::refused) {
        problems.add(
            value.at,
            subject(value) + " must be " + std::string(wanted) + ", not " +
                std::string(kind_name(value.kind))
        );
    }
    return false;
}

void report_unknown_key(
    const node& child,
    const std::vector<std::string_view>& known,
    std::string_view where,
    problems& problems
) {
    if (problems.full()) return problems.add(child.key_at, {});
    std::string hint = did_you_mean(child.key, known);
    if (hint.empty()) {
        for (const std::string_view key : known) {
            hint += (hint.empty() ? " (known: " : ", ") + std::string(key);
        }
        hint += ")";
    }
    problems.add(child.key_at, "unknown key " + in_quotes(child.key) + std::string(where) + hint);
}

std::optional<std::string> read_text(
    const node& value, std::string_view wanted, problems& problems
) {
    if (!is_kind(value, node::type::scalar, wanted, problems)) return std::nullopt;
    expansion expanded = expand_references(value.text);
    if (!expanded.complaint.empty()) {
        problems.add(value.at, std::move(expanded.complaint));
    } else if (expanded.text.empty()) {
        problems.add(value.at, subject(value) + " is empty: it must be " + std::string(wanted));
    } else if (has_control_characters(expanded.text)) {
        problems.add(value.at, subject(value) + " must not hold line ends or control characters");
    } else {
        return std::move(expanded.text);
    }
    return std::nullopt;
}

bool is_bare(const node& value) {
    return value.plain || has_references(value.text);
}

void report_value(const node& value, const std::string& wanted, problems& problems) {
    problems.add(
        value.at, subject(value) + " must be " + wanted + ", not " + in_quotes(value.text)
    );
}

void report_open_secret(const node& value, problems& problems) {
    if (!problems.file_is_public() || !has_literals(value.text)) return;
    problems.add(
        value.at,
        subject(value) +
            " is a secret, and everybody can read this file: chmod o-r it, or write ${NAME}"
    );
}

json or_reference(json schema) {
    json reference = {{"type", "string"}, {"pattern", reference_pattern}};
    return {{"anyOf", json::array({std::move(schema), std::move(reference)})}};
}

// ---- durations and sizes ----

std::optional<milliseconds> duration_value::read(const node& value, problems& problems) const {
    return read_ranged(
        value,
        parse_duration,
        "a duration with a unit (ms, s, m or h) such as 75s",
        std::pair(min, max),
        "a duration" + between(format_duration(min), format_duration(max)),
        problems
    );
}

json duration_value::schema() const {
    return {{"type", "string"}, {"pattern", "^(0|[1-9][0-9]*)(ms|s|m|h)$|\\$\\{"}};
}

json duration_value::write(milliseconds value) const {
    return format_duration(value);
}

std::optional<std::optional<milliseconds>> optional_duration_value::read(
    const node& value, problems& problems
) const {
    if (value.kind == node::type::scalar && value.text == word)
        return {std::optional<milliseconds>()};
    const std::string wanted =
        "a duration with a unit (ms, s, m or h) such as 75s, or " + in_quotes(word);
    const auto read = read_ranged(
        value,
        parse_duration,
        wanted,
        std::pair(duration.min, duration.max),
        "a duration" + between(format_duration(duration.min), format_duration(duration.max)),
        problems
    );
    if (!read) return std::nullopt;
    return {read};
}

json optional_duration_value::schema() const {
    return {{"anyOf", json::array({duration.schema(), {{"const", word}}})}};
}

json optional_duration_value::write(const std::optional<milliseconds>& value) const {
    return value ? duration.write(*value) : json(word);
}

std::optional<std::size_t> size_value::read(const node& value, problems& problems) const {
    return read_ranged(
        value,
        parse_size,
        "a size with a unit (B, KiB, MiB or GiB) such as 32KiB",
        std::pair(min, max),
        "a size" + between(format_size(min), format_size(max)),
        problems
    );
}

json size_value::schema() const {
    return {{"type", "string"}, {"pattern", "^(0|[1-9][0-9]*)(B|KiB|MiB|GiB)$|\\$\\{"}};
}

json size_value::write(std::size_t value) const {
    return format_size(value);
}

// ---- numbers and flags ----

std::optional<std::uint64_t> integer_value::read(const node& value, problems& problems) const {
    const auto parse = [&](std::string_view text) {
        return is_bare(value) ? parse_integer(text) : std::nullopt;
    };
    const std::string wanted =
        "a whole number" + between(std::to_string(min), std::to_string(max)) + ", without quotes";
    return read_ranged(value, parse, wanted, std::pair(min, max), wanted, problems);
}

json integer_value::schema() const {
    return or_reference({{"type", "integer"}, {"minimum", min}, {"maximum", max}});
}

std::optional<double> number_value::read(const node& value, problems& problems) const {
    const auto parse = [&](std::string_view text) {
        return is_bare(value) ? parse_number(text) : std::nullopt;
    };
    const std::string wanted =
        "a number" + between(format_number(min), format_number(max)) + ", without quotes";
    return read_ranged(value, parse, wanted, std::pair(min, max), wanted, problems);
}

json number_value::schema() const {
    return or_reference({{"type", "number"}, {"minimum", min}, {"maximum", max}});
}

std::optional<double> percent_value::read(const node& value, problems& problems) const {
    const auto parse = [&](std::string_view text) {
        if (text.ends_with('%')) return parse_percent(text);
        return is_bare(value) ? parse_number(text) : std::nullopt;
    };
    const std::string wanted = "a percentage" + between(format_percent(min), format_percent(max)) +
                               " or a number" + between(format_number(min), format_number(max)) +
                               ", without quotes";
    return read_ranged(value, parse, wanted, std::pair(min, max), wanted, problems);
}

json percent_value::schema() const {
    const json number = {{"type", "number"}, {"minimum", min}, {"maximum", max}};
    const json text = {{"type", "string"}, {"pattern", "^(0|[1-9][0-9]*)(\\.[0-9]+)?%$|\\$\\{"}};
    return {{"anyOf", json::array({number, text})}};
}

json percent_value::write(double value) const {
    return format_percent(value);
}

std::optional<bool> flag_value::read(const node& value, problems& problems) const {
    const std::string wanted = "true or false, without quotes";
    const auto text = read_text(value, wanted, problems);
    if (!text) return std::nullopt;
    const auto flag = is_bare(value) ? parse_flag(*text) : std::nullopt;
    if (!flag) report_value(value, wanted, problems);
    return flag;
}

json flag_value::schema() const {
    return or_reference({{"type", "boolean"}});
}

// ---- text ----

std::optional<std::string> text_value::read(const node& value, problems& problems) const {
    if (usage == use::name && has_references(value.text)) {
        problems.add(value.at, subject(value) + " is a name: references are not resolved in it");
        return std::nullopt;
    }
    auto text = read_text(value, "text", problems);
    if (!text) return std::nullopt;
    if (const complaint wrong = check(*text)) {
        problems.add(value.at, subject(value) + " " + *wrong);
        return std::nullopt;
    }
    if (usage == use::secret) report_open_secret(value, problems);  // it still counts as written
    return text;
}

json text_value::schema() const {
    json schema = {{"type", "string"}, {"minLength", 1}};
    if (pattern.empty()) return schema;
    const bool only = usage == use::name;
    schema["pattern"] =
        std::string(pattern) + (only ? std::string() : "|" + std::string(reference_pattern));
    return schema;
}

json text_value::write(const std::string& value) const {
    if (value.empty()) return nullptr;
    return usage == use::secret || usage == use::masked ? "***" : value;
}

std::optional<std::size_t> read_choice(
    const node& value, const std::vector<std::string_view>& words, problems& problems
) {
    std::string wanted = "one of";
    for (const std::string_view word : words) {
        wanted += (word == words.front() ? " " : ", ") + std::string(word);
    }
    const auto text = read_text(value, wanted, problems);
    if (!text) return std::nullopt;
    const auto found = std::find(words.begin(), words.end(), *text);
    if (found == words.end()) {
        problems.add(
            value.at,
            subject(value) + " must be " + wanted + ", not " + in_quotes(value.text) +
                did_you_mean(value.text, words)
        );
        return std::nullopt;
    }
    return static_cast<std::size_t>(found - words.begin());
}

bool is_list(const node& value, std::size_t items_min, std::size_t items_max, problems& problems) {
    if (!is_kind(value, node::type::list, "a list", problems)) return false;
    const std::size_t size = value.children.size();
    if (size >= items_min && size <= items_max) return true;
    const std::string wanted = items_min == items_max ? "exactly " + std::to_string(items_min)
                               : size < items_min     ? "at least " + std::to_string(items_min)
                                                      : "at most " + std::to_string(items_max);
    problems.add(
        value.at,
        subject(value) + " must have " + wanted + (wanted.ends_with(" 1") ? " entry" : " entries") +
            ", not " + std::to_string(size)
    );
    return false;
}

}  // namespace sluice::gateway
