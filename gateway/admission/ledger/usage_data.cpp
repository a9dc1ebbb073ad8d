#include "gateway/admission/ledger/usage_table.hpp"
#include "gateway/admission/ledger/visible_text.hpp"

#include <nlohmann/json.hpp>

#include <array>
#include <ostream>
#include <string_view>

namespace sluice::gateway {

namespace {

constexpr std::array<std::string_view, 7> sum_names{
    "requests",
    "input_tokens",
    "cached_tokens",
    "output_tokens",
    "reasoning_tokens",
    "cost",
    "errors"};

/// In the order of their names.
std::array<std::optional<std::string>, sum_names.size()> sum_texts(const usage_sums& sums) {
    const auto number = [](const std::optional<std::int64_t>& value) {
        return value ? std::optional(std::to_string(*value)) : std::nullopt;
    };
    return {
        std::to_string(sums.requests),
        number(sums.input_tokens),
        number(sums.cached_tokens),
        number(sums.output_tokens),
        number(sums.reasoning_tokens),
        sums.cost ? std::optional(decimal_of_billionths(*sums.cost)) : std::nullopt,
        std::to_string(sums.errors)};
}

std::string json_text(const std::string& text) {
    using nlohmann::json;
    return json(text).dump(-1, ' ', true, json::error_handler_t::replace);
}

/// Written by hand, since a number in nlohmann's keeping has no more places than a double.
void write_object(const std::vector<std::string>& by, const usage_row& row, std::ostream& out) {
    out << '{';
    for (std::size_t i = 0; i < by.size(); ++i) {
        out << json_text(by[i]) << ": " << (row.groups[i] ? json_text(*row.groups[i]) : "null")
            << ", ";
    }
    const auto sums = sum_texts(row.sums);
    for (std::size_t i = 0; i < sums.size(); ++i)
        out << (i > 0 ? ", " : "") << '"' << sum_names[i] << "\": " << sums[i].value_or("null");
    out << '}';
}

std::string csv_cell(std::string_view text) {
    std::string cell = visible(text, true);
    if (!cell.empty() &&
        std::string_view("=+-@\t\r\n").find(cell.front()) != std::string_view::npos)
        cell.insert(0, 1, '\'');
    if (cell.find_first_of(",\"\r\n") == std::string::npos) return cell;
    std::string quoted = "\"";
    for (const char c : cell)
        quoted.append(c == '"' ? 2 : 1, c);
    return quoted + '"';
}

}  // namespace

void write_usage_json(const usage_report& report, std::ostream& out) {
    out << '[';
    for (std::size_t i = 0; i < report.rows.size(); ++i) {
        out << (i > 0 ? ",\n  " : "\n  ");
        write_object(report.by, report.rows[i], out);
    }
    out << (report.rows.empty() ? "]\n" : "\n]\n");
}

void write_usage_csv(const usage_report& report, std::ostream& out) {
    constexpr std::string_view line_end = "\r\n";
    for (const std::string& group : report.by)
        out << csv_cell(group) << ',';
    for (std::size_t i = 0; i < sum_names.size(); ++i)
        out << (i > 0 ? "," : "") << sum_names[i];
    out << line_end;
    for (const usage_row& row : report.rows) {
        for (const auto& group : row.groups)
            out << csv_cell(group.value_or("")) << ',';
        const auto sums = sum_texts(row.sums);
        for (std::size_t i = 0; i < sums.size(); ++i)
            out << (i > 0 ? "," : "") << sums[i].value_or("");
        out << line_end;
    }
}

}  // namespace sluice::gateway
