#include "gateway/load/report/self_check.hpp"

#include "gateway/load/report/quantities.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cmath>

namespace sluice::gateway::load {

namespace {

constexpr double judged = 0.99;  ///< percentile; a mean would hide a client that stalls at times
/// What an idle machine's scheduler does to a thread that it wakes, with room to spare.
constexpr std::int64_t lag_ns = 10'000'000;
/// An error that small changes no conclusion about what is measured.
constexpr double lag_share = 0.05;
/// Above that, threads wait for their processor, and what they wait is counted as the server's.
constexpr double cpu_share = 0.9;
/// Streams at the very end of a run are not asked for; more missing ones are load that never was.
constexpr double not_started_share = 0.01;

constexpr std::string_view no_ports = "out of local ports";
constexpr std::string_view no_descriptors = "out of descriptors";
constexpr std::string_view no_memory = "out of memory for sockets";

struct own_error {
    std::string_view kind;
    std::string_view remedy;
};
constexpr std::array<own_error, 3> own_errors{
    {{no_ports, "name more source addresses"},
     {no_descriptors, "raise 'ulimit -n'"},
     {no_memory, "give the machine more memory for sockets"}}};

/// The 99th percentile, but never the one worst time: of few streams a single hiccup of the machine
/// would be it.
std::int64_t late_ns(const histogram& lag) {
    if (lag.count() == 0) return 0;
    const double second_worst = 1 - 1 / static_cast<double>(lag.count());
    return lag.percentile_ns(std::min(judged, second_worst));
}

/// Lateness at the start is in all times that begin with the due time, and in no other.
bool begins_when_due(objectives::subject what) {
    using enum objectives::subject;
    return what != gap && what != tpot;
}

void check_schedule(
    const figures& seen, const objectives& wanted, std::vector<std::string>& reasons
) {
    const std::int64_t lag = late_ns(seen.of(metric::schedule_lag));
    const std::int64_t limit = schedule_lag_limit_ns(seen, wanted);
    if (lag <= limit) return;
    reasons.push_back(
        "the client asked late: 1 % of the streams " + time_text(lag) +
        " or more after they were due (" + time_text(limit) + " is the limit)"
    );
}

void check_loop(const figures& seen, std::vector<std::string>& reasons) {
    const std::int64_t lag = late_ns(seen.loop_lag);
    if (lag <= lag_ns) return;
    reasons.push_back(
        "the client read late: 1 % of its event loop's turns came " + time_text(lag) +
        " or more late (" + time_text(lag_ns) + " is the limit)"
    );
}

void check_cpu(const figures& seen, const client_means& means, std::vector<std::string>& reasons) {
    const double usable = std::min(static_cast<double>(means.workers), means.cores);
    if (means.duration_s <= 0 || usable <= 0) return;
    const double share = seen.cpu_s / (means.duration_s * usable);
    if (share <= cpu_share) return;
    const bool by_workers = static_cast<double>(means.workers) < means.cores;
    reasons.push_back(
        "the client's threads used " + share_text(share) + " of the " + number_text(usable) +
        (usable > 1 ? " cores" : " core") + " they can use (" + share_text(cpu_share) +
        " is the limit)" + (by_workers ? "; more workers would have more" : "")
    );
}

/// A stream that failed before it could be asked for has been tried.
void check_started(const figures& seen, std::vector<std::string>& reasons) {
    const std::uint64_t tried = std::max(seen.started, seen.whole + seen.failed + seen.aborted);
    if (tried >= seen.due) return;
    const std::uint64_t missing = seen.due - tried;
    const double share = static_cast<double>(missing) / static_cast<double>(seen.due);
    // One stream may be due at the run's last moment, however few there are.
    if (missing <= 1 || share <= not_started_share) return;
    reasons.push_back(
        count_text(missing) + " of the " + count_text(seen.due) +
        " streams that were due were never asked for (" + share_text(not_started_share) +
        " is the limit)"
    );
}

void check_errors(const figures& seen, std::vector<std::string>& reasons) {
    for (const auto& [kind, remedy] : own_errors) {
        const auto found = seen.errors.find(std::string(kind));
        if (found == seen.errors.end() || found->second == 0) continue;
        reasons.push_back(
            "the client was " + std::string(kind) + " " + count_text(found->second) +
            (found->second == 1 ? " time; " : " times; ") + std::string(remedy)
        );
    }
}

}  // namespace

std::vector<std::string> client_bottlenecks(
    const figures& seen, const objectives& wanted, const client_means& means
) {
    std::vector<std::string> reasons;
    check_schedule(seen, wanted, reasons);
    check_loop(seen, reasons);
    check_cpu(seen, means, reasons);
    check_started(seen, reasons);
    check_errors(seen, reasons);
    return reasons;
}

std::int64_t schedule_lag_limit_ns(const figures& seen, const objectives& wanted) {
    std::optional<std::int64_t> least;
    for (const auto& [what, at_most_ns] : wanted.limits()) {
        if (begins_when_due(what)) least = std::min(least.value_or(at_most_ns), at_most_ns);
    }
    const std::int64_t measured = least.value_or(seen.of(metric::ttft_content).percentile_ns(0.5));
    return std::max<std::int64_t>(lag_ns, std::llround(lag_share * static_cast<double>(measured)));
}

std::optional<std::string_view> own_error_kind(int error) {
    switch (error) {
        case EADDRNOTAVAIL:
        case EADDRINUSE:
            return no_ports;
        case EMFILE:
        case ENFILE:
            return no_descriptors;
        case ENOBUFS:
        case ENOMEM:
            return no_memory;
        default:
            return std::nullopt;
    }
}

std::string self_check_help() {
    const std::string lag = time_text(lag_ns);
    std::string text = "A run is invalid (exit 4) when the client was the bottleneck:\n";
    text += "  - 1 % of the streams were asked for later than " + lag + ", or than " +
            share_text(lag_share) +
            " of the\n    smallest objective counted from the due time (without one: of the median"
            " time to first\n    content) where that is more\n";
    text += "  - 1 % of its event loop's turns came later than " + lag + "\n";
    text +=
        "  - its threads used more than " + share_text(cpu_share) + " of the cores they can use\n";
    text += "  - more than " + share_text(not_started_share) +
            " of the streams that were due were never asked for\n";
    text += "  - it was out of local ports, descriptors or memory for sockets\n";
    return text;
}

}  // namespace sluice::gateway::load
