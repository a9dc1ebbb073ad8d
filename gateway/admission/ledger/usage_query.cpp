#include "gateway/admission/ledger/usage_query.hpp"

#include "gateway/admission/ledger/usage_time.hpp"
#include "upstream/generation.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <sqlite3.h>
#include <string_view>
#include <utility>
#include <variant>

namespace sluice::gateway {

namespace {

using boost::system::result;

struct group_column {
    std::string_view name;
    std::string_view expression;
};
constexpr std::array<group_column, 7> group_columns{{
    {"key", "key"},
    {"model", "model"},
    {"target", "target"},
    {"day", "strftime('%Y-%m-%d', started / 1000, 'unixepoch')"},
    {"month", "strftime('%Y-%m', started / 1000, 'unixepoch')"},
    {"outcome", "outcome"},
    {"dialect", "dialect"},
}};
constexpr std::string_view label_prefix = "label:";
/// Not a path of JSON: there is no way to write every name in one.
constexpr std::string_view label_expression =
    "(SELECT json_each.value FROM json_each(requests.labels) WHERE json_each.key = ?)";

const group_column* find_group(std::string_view name) {
    const auto* const found = std::ranges::find(group_columns, name, &group_column::name);
    return found == group_columns.end() ? nullptr : found;
}

std::string all_groups() {
    std::string all;
    for (const group_column& each : group_columns)
        all.append(each.name).append(", ");
    return all + "label:NAME";
}

/// What is wrong, or nothing.
std::optional<std::string> parse_groups(std::string_view text, std::vector<std::string>& into) {
    for (;;) {
        const auto comma = text.find(',');
        std::string name(text.substr(0, comma));
        const bool label = name.starts_with(label_prefix) && name.size() > label_prefix.size();
        if (!label && find_group(name) == nullptr)
            return "--by: '" + name + "' is none of " + all_groups();
        if (std::ranges::find(into, name) != into.end())
            return "--by: '" + name + "' stands there twice";
        into.push_back(std::move(name));
        if (comma == std::string_view::npos) return std::nullopt;
        text.remove_prefix(comma + 1);
    }
}

std::optional<std::string> parse_bound(
    std::string_view option, const std::string& text, std::optional<std::int64_t>& into
) {
    if (text.empty()) return std::nullopt;
    into = parse_usage_time(text);
    if (into) return std::nullopt;
    return std::string(option) + ": '" + text +
           "' is no time as 2026-01-31 or 2026-01-31T12:30:00Z";
}

using parameter = std::variant<std::int64_t, std::string>;

/// A question to SQLite, and what its parameters are bound to, in their order.
struct question {
    std::string text;
    std::vector<parameter> parameters;
};

/// Outcomes that are nobody's fault.
constexpr std::array no_errors{
    upstream::outcome::completed,
    upstream::outcome::budget,
    upstream::outcome::cancelled,
    upstream::outcome::client_gone,
};

void select_groups(const usage_query& query, question& asked) {
    for (const std::string& name : query.by) {
        if (const auto* column = find_group(name)) {
            asked.text.append(column->expression);
        } else {
            asked.text.append(label_expression);
            asked.parameters.emplace_back(name.substr(label_prefix.size()));
        }
        asked.text.append(", ");
    }
}

void select_sums(question& asked) {
    asked.text +=
        "count(*), saturated_sum(input_tokens), saturated_sum(cached_tokens), "
        "saturated_sum(output_tokens), saturated_sum(reasoning_tokens), saturated_sum(cost), "
        "count(*) FILTER (WHERE outcome NOT IN (?, ?, ?, ?))";
    for (const auto outcome : no_errors)
        asked.parameters.emplace_back(std::string(upstream::to_string(outcome)));
}

question to_sql(const usage_query& query) {
    question asked;
    asked.text = "SELECT ";
    select_groups(query, asked);
    select_sums(asked);
    asked.text += " FROM requests";
    std::string conditions;
    const auto filter = [&](std::string_view condition, parameter value) {
        conditions.append(conditions.empty() ? " WHERE " : " AND ").append(condition);
        asked.parameters.push_back(std::move(value));
    };
    if (query.since) filter("started >= ?", *query.since);
    if (query.until) filter("started < ?", *query.until);
    if (!query.key.empty()) filter("key = ?", query.key);
    if (!query.model.empty()) filter("model = ?", query.model);
    std::string order;
    for (std::size_t i = 1; i <= query.by.size(); ++i)
        order.append(order.empty() ? "" : ", ").append(std::to_string(i));
    asked.text += conditions + " GROUP BY " + order + " ORDER BY " + order;
    return asked;
}

usage_row read_row(const sqlite::statement& asked, std::size_t groups) {
    usage_row row;
    int column = 0;
    for (; column < static_cast<int>(groups); ++column)
        row.groups.push_back(asked.text_or_null(column));
    row.sums.requests = asked.integer(column++);
    row.sums.input_tokens = asked.integer_or_null(column++);
    row.sums.cached_tokens = asked.integer_or_null(column++);
    row.sums.output_tokens = asked.integer_or_null(column++);
    row.sums.reasoning_tokens = asked.integer_or_null(column++);
    row.sums.cost = asked.integer_or_null(column++);
    row.sums.errors = asked.integer(column);
    return row;
}

void add(std::optional<std::int64_t>& sum, const std::optional<std::int64_t>& more) {
    if (more) sum = sqlite::saturated_sum(sum.value_or(0), *more);
}

void add(usage_sums& sums, const usage_sums& more) {
    sums.requests += more.requests;
    add(sums.input_tokens, more.input_tokens);
    add(sums.cached_tokens, more.cached_tokens);
    add(sums.output_tokens, more.output_tokens);
    add(sums.reasoning_tokens, more.reasoning_tokens);
    add(sums.cost, more.cost);
    sums.errors += more.errors;
}

}  // namespace

result<usage_query, std::string> parse_usage_query(const usage_options& options) {
    usage_query query;
    query.key = options.key;
    query.model = options.model;
    if (auto problem = parse_groups(options.by, query.by)) return std::move(*problem);
    if (auto problem = parse_bound("--since", options.since, query.since))
        return std::move(*problem);
    if (auto problem = parse_bound("--until", options.until, query.until))
        return std::move(*problem);
    if (query.since && query.until && *query.since >= *query.until)
        return "--until: '" + options.until + "' is not after --since";
    return query;
}

result<usage_report, std::string> read_usage(sqlite3* database, const usage_query& query) {
    const auto sql = to_sql(query);
    sqlite::statement asked(database, sql.text);
    if (!asked.valid()) return sqlite::last_error(database);
    int next = 1;
    for (const parameter& each : sql.parameters)
        std::visit([&](const auto& value) { asked.bind(next++, value); }, each);

    usage_report report;
    report.by = query.by;
    int code = SQLITE_ROW;
    while ((code = asked.step()) == SQLITE_ROW) {
        report.rows.push_back(read_row(asked, query.by.size()));
        add(report.total, report.rows.back().sums);
    }
    if (code != SQLITE_DONE) return sqlite::last_error(database);
    return report;
}

}  // namespace sluice::gateway
