#include "gateway/load/work/trace_formats.hpp"

#include "gateway/load/work/csv.hpp"
#include "gateway/load/work/trace_time.hpp"
#include "upstream/providers/json_read.hpp"
#include "upstream/providers/text.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>
#include <optional>
#include <string>
#include <utility>

namespace sluice::gateway::load {

namespace {

using nlohmann::json;

constexpr std::size_t quoted_bytes_max = 64;  // enough of a cell to find it again

std::string excerpt(std::string_view text) {
    return "'" + upstream::clean_text(text, quoted_bytes_max) + "'";
}

struct csv_kind {
    std::string_view time, input, output;  ///< names of columns in lower case
    std::optional<std::int64_t> (*read_time)(std::string_view);
    std::string_view time_example;
};

constexpr std::array csv_kinds{
    csv_kind{
        "timestamp",
        "contexttokens",
        "generatedtokens",
        parse_date_time,
        "2023-11-16 18:17:03.9799600",
    },
    csv_kind{
        "timestamp",
        "request tokens",
        "response tokens",
        parse_seconds,
        "45.5 seconds",
    },
};

/// Digits; what has passed through a table of floating-point numbers ends in `.0`.
std::optional<std::int64_t> tokens_in(std::string_view text) {
    if (text.ends_with(".0")) text.remove_suffix(2);
    std::int64_t tokens = 0;
    const char* end = text.data() + text.size();
    const auto read = std::from_chars(text.data(), end, tokens);
    const bool whole = read.ec == std::errc{} && read.ptr == end;
    if (!whole || tokens < 0 || tokens > trace_tokens_max) return {};
    return tokens;
}

class csv_format final : public trace_format {
 public:
    struct columns {
        std::size_t time, input, output, count;
    };

    csv_format(const csv_kind& kind, columns where) : kind_(kind), where_(where) {}

    std::string read(std::string_view line, trace_row& row) override {
        row.hash_ids.clear();
        const auto problem = split_csv(line, cells_);
        if (!problem.empty()) return std::string(problem);
        if (cells_.size() != where_.count) {
            return "has " + std::to_string(cells_.size()) + " cells where the first line has " +
                   std::to_string(where_.count);
        }
        const auto at = kind_.read_time(cells_[where_.time]);
        if (!at) {
            return "has the time " + excerpt(cells_[where_.time]) + ", which is none like " +
                   std::string(kind_.time_example);
        }
        row.at_ns = *at;
        auto trouble = read_tokens(where_.input, "prompt", row.input_tokens);
        if (trouble.empty()) trouble = read_tokens(where_.output, "answer", row.output_tokens);
        return trouble;
    }

 private:
    std::string read_tokens(std::size_t column, std::string_view of, std::int64_t& tokens) const {
        const auto read = tokens_in(cells_[column]);
        tokens = read.value_or(0);
        if (read) return {};
        return "has " + excerpt(cells_[column]) + " tokens in its " + std::string(of) +
               ", which must be a number from 0 to 1000000";
    }

    const csv_kind& kind_;
    columns where_;
    std::vector<std::string> cells_;
};

class mooncake_format final : public trace_format {
 public:
    std::string read(std::string_view line, trace_row& row) override {
        const auto object = upstream::parse_json(line);
        if (!object.is_object()) return "is no JSON object";
        const auto* time = upstream::find(object, "timestamp");
        const bool timed = time != nullptr && time->is_number();
        const auto at = nanoseconds_of(timed ? time->get<double>() / 1000 : -1);
        if (!at) return "has no timestamp in milliseconds from 0 on";
        row.at_ns = *at;
        auto problem = read_tokens(object, "input_length", row.input_tokens);
        if (problem.empty()) problem = read_tokens(object, "output_length", row.output_tokens);
        return problem.empty() ? read_blocks(object, row) : problem;
    }

 private:
    static std::string read_tokens(const json& object, const char* key, std::int64_t& tokens) {
        const auto read = upstream::find_count(object, key);
        tokens = read.value_or(0);
        if (read && tokens <= trace_tokens_max) return {};
        return std::string("has no ") + key + " from 0 to 1000000";
    }

    static std::string read_blocks(const json& object, trace_row& row) {
        row.hash_ids.clear();
        const auto* ids = upstream::find(object, "hash_ids");
        if (ids == nullptr || ids->is_null()) return {};
        const bool numbers = ids->is_array() && std::ranges::all_of(*ids, [](const json& id) {
                                 return id.is_number_integer();
                             });
        if (!numbers) return "has hash_ids that are no array of whole numbers";
        for (const auto& id : *ids)
            row.hash_ids.push_back(id.get<std::uint64_t>());
        return {};
    }
};

}  // namespace

std::unique_ptr<trace_format> csv_format_of(std::string_view header) {
    std::vector<std::string> names;
    if (!split_csv(header, names).empty()) return nullptr;
    for (auto& name : names)
        name = upstream::lower_case(name);
    const auto column = [&](std::string_view name) {
        return static_cast<std::size_t>(std::ranges::find(names, name) - names.begin());
    };
    for (const auto& kind : csv_kinds) {
        const csv_format::columns where{
            column(kind.time), column(kind.input), column(kind.output), names.size()};
        if (std::max({where.time, where.input, where.output}) < where.count)
            return std::make_unique<csv_format>(kind, where);
    }
    return nullptr;
}

std::unique_ptr<trace_format> make_mooncake_format() {
    return std::make_unique<mooncake_format>();
}

}  // namespace sluice::gateway::load
