#include "gateway/load/report/knee.hpp"
#include "gateway/load/report/quantities.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <string_view>
#include <utility>

namespace sluice::gateway::load {

namespace {

using nlohmann::ordered_json;

std::string per_s(double rate) {
    return number_text(rate) + "/s";
}

std::string row(
    const std::string& rate,
    const std::string& good,
    const std::string& goodput,
    const std::string& ttft,
    const std::string& result
) {
    std::string line;
    for (const std::string* cell : {&rate, &good, &goodput, &ttft}) {
        constexpr std::size_t width = 12;
        line.append(width - std::min(width, cell->size()), ' ').append(*cell);
    }
    return line + "  " + result + "\n";
}

std::string result_text(const knee_search::entry& tried) {
    if (tried.passed) return "passed";
    std::string text = "failed";
    if (tried.seen.outrun) text = "failed: streams came faster than they ended";
    if (!tried.seen.client_limit.empty()) text = "no answer: " + tried.seen.client_limit;
    return tried.repeated ? text + "; tried again" : text;
}

std::string_view name_of(knee_search::ending how) {
    switch (how) {
        case knee_search::ending::none:
            return "given up";
        case knee_search::ending::found:
            return "found";
        case knee_search::ending::none_passes:
            return "none passes";
        case knee_search::ending::all_pass:
            return "all pass";
        case knee_search::ending::client_limited:
            return "client limited";
        case knee_search::ending::probes_spent:
            return "probes spent";
    }
    return "";
}

/// How the search came to its end, as the second part of a sentence.
std::string ending_text(const knee_search& search) {
    const std::string failed = per_s(search.failed_at().value_or(0));
    switch (search.how()) {
        case knee_search::ending::found:
            return failed + " fails";
        case knee_search::ending::all_pass:
            return "it is the highest that was allowed, and the server can do more";
        case knee_search::ending::client_limited:
            return "at " + failed + " this client is the bottleneck, and the server may do more";
        case knee_search::ending::probes_spent:
            return "all " + count_text(search.entries().size()) + " probes are spent" +
                   (search.failed_at() ? ", and " + failed + " fails" : "");
        default:
            return "the search was given up before it was over";
    }
}

std::string sentence(const knee_search& search) {
    if (search.knee() > 0)
        return "The highest rate that passed is " + per_s(search.knee()) + "; " +
               ending_text(search) + ".\n";
    if (search.how() == knee_search::ending::none_passes)
        return "No rate passed: " + per_s(search.settings().least) +
               ", the lowest that was allowed, fails.\n";
    return "No rate passed; " + ending_text(search) + ".\n";
}

}  // namespace

std::string knee_text(const knee_search& search) {
    std::string text = row("rate", "good", "goodput", "ttft p99", "result");
    for (const auto& tried : search.entries()) {
        const probe& seen = tried.seen;
        text +=
            row(per_s(seen.rate),
                share_text(seen.good_share),
                per_s(seen.goodput),
                time_text(seen.ttft_p99_ns),
                result_text(tried));
    }
    return text + sentence(search);
}

std::string knee_json(const knee_search& search) {
    constexpr double ns_per_ms = 1e6;
    ordered_json probes = ordered_json::array();
    for (const auto& [seen, passed, repeated] : search.entries()) {
        ordered_json one = {
            {"rate", seen.rate},
            {"passed", passed},
            {"repeated", repeated},
            {"good_share", seen.good_share},
            {"goodput", seen.goodput},
            {"ttft_p99_ms", static_cast<double>(seen.ttft_p99_ns) / ns_per_ms},
            {"outrun", seen.outrun}};
        if (!seen.client_limit.empty()) one["client_limit"] = seen.client_limit;
        probes.push_back(std::move(one));
    }
    ordered_json all = {
        {"knee_streams_per_s", search.knee()},
        {"failed_at", nullptr},
        {"ending", name_of(search.how())},
        {"objective_share", search.settings().objective_share},
        {"precision", search.settings().precision},
        {"probes", std::move(probes)}};
    if (search.failed_at()) all["failed_at"] = *search.failed_at();
    return all.dump(2, ' ', false, ordered_json::error_handler_t::replace);
}

}  // namespace sluice::gateway::load
