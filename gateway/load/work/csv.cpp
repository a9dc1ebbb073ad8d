#include "gateway/load/work/csv.hpp"

#include "upstream/providers/text.hpp"

#include <algorithm>

namespace sluice::gateway::load {

namespace {

/// Takes a cell off from behind its opening quote. A quote within is doubled. False: it has no end.
bool take_quoted(std::string_view& line, std::string& cell) {
    for (;;) {
        const auto quote = line.find('"');
        if (quote == std::string_view::npos) return false;
        cell += line.substr(0, quote);
        line.remove_prefix(quote + 1);
        if (!line.starts_with('"')) return true;
        cell += '"';
        line.remove_prefix(1);
    }
}

std::string_view without_space(std::string_view line) {
    line.remove_prefix(std::min(line.find_first_not_of(" \t"), line.size()));
    return line;
}

}  // namespace

std::string_view split_csv(std::string_view line, std::vector<std::string>& cells) {
    std::size_t count = 0;
    for (bool more = true; more; ++count) {
        if (count == csv_cells_max) return "has more than 256 cells";
        if (cells.size() == count) cells.emplace_back();
        auto& cell = cells[count];
        cell.clear();
        line = without_space(line);
        if (line.starts_with('"')) {
            line.remove_prefix(1);
            if (!take_quoted(line, cell)) return "has a quoted cell without its closing quote";
            line = without_space(line);
            if (!line.empty() && line.front() != ',') return "has text behind a quoted cell";
        } else {
            const auto end = std::min(line.find(','), line.size());
            cell = upstream::trim(line.substr(0, end));
            line.remove_prefix(end);
        }
        more = !line.empty();
        if (more) line.remove_prefix(1);
    }
    cells.resize(count);
    return {};
}

}  // namespace sluice::gateway::load
