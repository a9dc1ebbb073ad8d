#include "gateway/admission/ledger/usage_table.hpp"

#include "gateway/admission/ledger/visible_text.hpp"

#include <algorithm>
#include <cstddef>
#include <ostream>
#include <string_view>
#include <vector>

namespace sluice::gateway {

namespace {

constexpr std::size_t name_columns_max = 60;
constexpr std::string_view gap = "  ";

using line = std::vector<std::string>;

std::string number(const std::optional<std::int64_t>& value) {
    return value ? std::to_string(*value) : "-";
}

void add_sums(line& cells, const usage_sums& sums) {
    cells.push_back(std::to_string(sums.requests));
    cells.push_back(number(sums.input_tokens));
    cells.push_back(number(sums.cached_tokens));
    cells.push_back(number(sums.output_tokens));
    cells.push_back(number(sums.reasoning_tokens));
    cells.push_back(sums.cost ? decimal_of_billionths(*sums.cost) : "-");
    cells.push_back(std::to_string(sums.errors));
}

std::size_t cost_column(const usage_report& report) {
    return report.by.size() + 5;
}

std::string name(const std::optional<std::string>& text) {
    if (!text || text->empty()) return "-";
    return fitted(visible(*text), name_columns_max);
}

line heading(const usage_report& report) {
    line cells;
    for (const std::string& group : report.by)
        cells.push_back(name(group));
    for (const char* column :
         {"requests", "input", "cached", "output", "reasoning", "cost", "errors"})
        cells.emplace_back(column);
    return cells;
}

std::vector<line> lines_of(const usage_report& report) {
    std::vector<line> lines{heading(report)};
    for (const usage_row& row : report.rows) {
        line cells;
        for (const auto& group : row.groups)
            cells.push_back(name(group));
        add_sums(cells, row.sums);
        lines.push_back(std::move(cells));
    }
    line total(report.by.size());
    total.front() = "total";
    add_sums(total, report.total);
    lines.push_back(std::move(total));
    return lines;
}

std::size_t places(const std::string& decimal) {
    const auto point = decimal.find('.');
    return point == std::string::npos ? 0 : decimal.size() - point - 1;
}

/// Costs stand with their points below each other.
void align_points(std::vector<line>& lines, std::size_t column) {
    std::size_t most = 0;
    for (std::size_t i = 1; i < lines.size(); ++i)
        most = std::max(most, places(lines[i][column]));
    for (std::size_t i = 1; i < lines.size(); ++i) {
        std::string& cost = lines[i][column];
        if (const auto has = places(cost); has > 0) cost.append(most - has, '0');
    }
}

std::vector<std::size_t> widths_of(const std::vector<line>& lines) {
    std::vector<std::size_t> widths(lines.front().size());
    for (const line& cells : lines) {
        for (std::size_t i = 0; i < cells.size(); ++i)
            widths[i] = std::max(widths[i], width(cells[i]));
    }
    return widths;
}

}  // namespace

std::string decimal_of_billionths(std::int64_t billionths) {
    constexpr std::uint64_t one = 1'000'000'000;
    const bool negative = billionths < 0;
    auto size = static_cast<std::uint64_t>(billionths);
    if (negative) size = 0 - size;  // the lowest value has no positive of its own type
    std::string fraction = std::to_string(size % one);
    fraction.insert(0, 9 - fraction.size(), '0');
    while (fraction.size() > 2 && fraction.back() == '0')
        fraction.pop_back();
    return (negative ? "-" : "") + std::to_string(size / one) + "." + fraction;
}

void write_usage_table(const usage_report& report, std::ostream& out) {
    auto lines = lines_of(report);
    align_points(lines, cost_column(report));
    const auto widths = widths_of(lines);
    for (const line& cells : lines) {
        for (std::size_t i = 0; i < cells.size(); ++i) {
            const std::string padding(widths[i] - width(cells[i]), ' ');
            const bool text = i < report.by.size();
            if (i > 0) out << gap;
            out << (text ? cells[i] + padding : padding + cells[i]);
        }
        out << '\n';
    }
}

}  // namespace sluice::gateway
