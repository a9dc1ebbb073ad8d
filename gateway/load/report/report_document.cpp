#include "gateway/load/report/report_document.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <ctime>
#include <utility>
#include <vector>

namespace sluice::gateway::load {

namespace {

using nlohmann::ordered_json;

/// Without the noise of binary fractions.
double rounded(double number) {
    return std::round(number * 1e6) / 1e6;
}

std::string iso_time(std::int64_t unix_ms) {
    const auto seconds = static_cast<std::time_t>(unix_ms / 1000);
    std::tm parts{};
    std::array<char, 40> text{};
    if (gmtime_r(&seconds, &parts) == nullptr) return {};
    const std::size_t length =
        std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%SZ", &parts);
    return {text.data(), length};
}

ordered_json run_part(const run_outcome& run) {
    ordered_json environment = ordered_json::object();
    for (const auto& [name, value] : run.environment)
        environment[name] = value;
    return {
        {"url", run.url},
        {"dialect", run.dialect},
        {"load", run.load},
        {"work", run.work},
        {"command", run.command},
        {"began", iso_time(run.unix_ms)},
        {"unix_ms", run.unix_ms},
        {"duration_s", rounded(run.duration_s)},
        {"warmup_s", rounded(run.warmup_s)},
        {"workers", run.workers},
        {"target_rate", run.target_rate},
        {"target_clients", run.target_clients},
        {"environment", std::move(environment)},
    };
}

std::string content_word(const run_outcome& run) {
    if (run.seen.content.broken() > 0) return "broken";
    return run.checked && run.seen.content.checked > 0 ? "intact" : "unchecked";
}

ordered_json verdict_part(const run_outcome& run) {
    ordered_json met = nullptr;
    if (!run.wanted.empty()) met = !run.missed_objectives();
    return {
        {"valid", run.invalid.empty()},
        {"invalid_because", run.invalid},
        {"objectives", run.wanted.text()},
        {"objectives_met", std::move(met)},
        {"good_share", rounded(run.good_share())},
        {"good_share_wanted", rounded(run.objective_share)},
        {"content", content_word(run)},
        {"stamped", run.stamped},
    };
}

ordered_json streams_part(const figures& seen) {
    return {
        {"due", seen.due},
        {"started", seen.started},
        {"whole", seen.whole},
        {"failed", seen.failed},
        {"aborted", seen.aborted},
        {"unended", seen.unended},
        {"good", seen.met_objectives},
        {"resumed", seen.resumed},
        {"reconnected", seen.reconnected},
    };
}

ordered_json rates_part(const run_outcome& run) {
    const auto per_s = [&](std::uint64_t count) {
        return run.duration_s > 0 ? rounded(static_cast<double>(count) / run.duration_s) : 0.0;
    };
    return {
        {"streams_per_s", per_s(run.seen.started)},
        {"whole_per_s", per_s(run.seen.whole)},
        {"good_per_s", rounded(run.goodput())},
        {"events_per_s", per_s(run.seen.events)},
        {"input_tokens_per_s", per_s(run.seen.input_tokens)},
        {"output_tokens_per_s", per_s(run.seen.output_tokens)},
        {"bytes_per_s", per_s(run.seen.bytes)},
    };
}

ordered_json times_of(const histogram& times) {
    ordered_json part = {
        {"count", times.count()},
        {"min_ns", times.min_ns()},
        {"mean_ns", std::round(times.mean_ns())},
    };
    for (const auto& [name, share] : report_percentiles)
        part[std::string(name) + "_ns"] = times.percentile_ns(share);
    part["max_ns"] = times.max_ns();
    return part;
}

ordered_json errors_part(const figures& seen) {
    std::vector<std::pair<std::string, std::uint64_t>> kinds(
        seen.errors.begin(), seen.errors.end()
    );
    std::stable_sort(kinds.begin(), kinds.end(), [](auto& a, auto& b) {
        return a.second > b.second;
    });
    ordered_json part = ordered_json::array();
    for (auto& [kind, count] : kinds)
        part.push_back({{"kind", std::move(kind)}, {"count", count}});
    return part;
}

ordered_json integrity_part(const integrity& content) {
    return {
        {"checked", content.checked},
        {"lost", content.lost},
        {"doubled", content.doubled},
        {"disordered", content.disordered},
        {"altered", content.altered},
        {"foreign", content.foreign},
        {"miscounted", content.miscounted},
        {"broken", content.broken()},
    };
}

ordered_json client_part(const run_outcome& run) {
    const double cores = run.duration_s * run.workers;
    return {
        {"cpu_s", rounded(run.seen.cpu_s)},
        {"cpu_share", cores > 0 ? rounded(run.seen.cpu_s / cores) : 0},
        {"loop_lag", times_of(run.seen.loop_lag)},
    };
}

}  // namespace

ordered_json document_of(const run_outcome& run) {
    const figures& seen = run.seen;
    ordered_json times = ordered_json::object();
    ordered_json definitions = ordered_json::object();
    for (const metric_row& row : metric_rows()) {
        const std::string key(row.key);
        times[key] = times_of(seen.of(row.what));
        definitions[key] = {
            {"title", row.title},
            {"definition", row.definition},
            {"elsewhere", row.elsewhere},
        };
    }
    return {
        {"format", report_format},
        {"format_version", report_format_version},
        {"sluice", run.version},
        {"run", run_part(run)},
        {"verdict", verdict_part(run)},
        {"streams", streams_part(seen)},
        {"totals",
         {{"events", seen.events},
          {"bytes", seen.bytes},
          {"input_tokens", seen.input_tokens},
          {"output_tokens", seen.output_tokens}}},
        {"rates", rates_part(run)},
        {"times", std::move(times)},
        {"errors", errors_part(seen)},
        {"examples", seen.examples},
        {"integrity", integrity_part(seen.content)},
        {"client", client_part(run)},
        {"definitions", std::move(definitions)},
    };
}

std::string json_text(const ordered_json& document, int indent) {
    return document.dump(indent, ' ', false, ordered_json::error_handler_t::replace);
}

}  // namespace sluice::gateway::load
