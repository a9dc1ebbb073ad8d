#include "gateway/load/command.hpp"

#include "gateway/load/mock_server.hpp"
#include "gateway/load/report/baseline_report.hpp"
#include "gateway/load/report/live_view.hpp"
#include "gateway/load/report/reports.hpp"
#include "gateway/load/report/saturation.hpp"
#include "gateway/load/resource_watch.hpp"
#include "gateway/load/run.hpp"
#include "gateway/load/wire/descriptor.hpp"
#include "gateway/load/wire/poller.hpp"

#include <fstream>
#include <iostream>
#include <memory>
#include <optional>
#include <sstream>
#include <unistd.h>
#include <utility>

namespace sluice::gateway::load {

namespace {

constexpr int exit_ok = 0;
constexpr int exit_failure = 1;
constexpr int exit_usage = 2;
constexpr int exit_missed = 3;
constexpr int exit_invalid = 4;

int fail(int code, const std::string& message) {
    std::cerr << "sluice: " << message << '\n';
    return code;
}

/// Everything that one call of `sluice load` holds.
class session {
 public:
    session(const load_options& given, std::string version, std::string command_line)
        : given_(given), version_(std::move(version)), command_line_(std::move(command_line)) {}

    int run();

 private:
    int start_mock();
    int find_knee();
    int measure_once();
    std::optional<run_outcome> measure(const plan& settings, bool searches, bool& outrun);
    std::optional<server_glance> look_at_mock();
    int tell(const run_outcome& run);
    int judge(const run_outcome& run);
    std::optional<std::string> check_files();
    bool write(const std::string& path, const std::string& text);
    bool tells_text() const { return !given_.quiet && given_.json != "-"; }

    const load_options& given_;
    std::string version_;
    std::string command_line_;
    std::string url_;
    std::unique_ptr<mock_server> mock_;
    cpu_meter mock_cpu_;
    plan plan_;
    std::string baseline_;
};

int session::run() {
    if (given_.url.empty() && !given_.mock)
        return fail(exit_usage, "load: a URL is needed, or --mock");
    if (const auto problem = check_files()) return fail(exit_failure, "load: " + *problem);
    // Before there are threads: a signal that one of them lets through would end the program.
    block_stop_signals();
    if (const int code = start_mock(); code != exit_ok) return code;
    url_ = given_.url.empty() ? mock_->url() : given_.url;
    auto made = make_plan(given_, url_);
    if (!made) return fail(exit_usage, "load: " + made.error());
    plan_ = std::move(*made);
    plan_.events_file = given_.events;
    return given_.find_knee ? find_knee() : measure_once();
}

int session::start_mock() {
    if (!given_.mock) return exit_ok;
    auto started = mock_server::start(given_.mock_config);
    if (!started) return fail(exit_failure, started.error());
    mock_ = std::move(*started);
    return exit_ok;
}

std::optional<server_glance> session::look_at_mock() {
    if (!mock_) return std::nullopt;
    const auto used = usage_of(mock_->process());
    if (!used) return std::nullopt;
    return server_glance{mock_cpu_.share(used->cpu_s, now_ns()), used->memory_bytes};
}

std::optional<run_outcome> session::measure(const plan& settings, bool searches, bool& outrun) {
    const live_subject subject{
        "sluice load " + without_query(url_),
        settings.workers,
        settings.checked == check::content,
        settings.stamped};
    std::optional<live_view> view;
    if (!given_.quiet) view.emplace(STDERR_FILENO, subject);
    auto run = run_plan(settings, [&](const run_glance& now, const std::vector<interval>& seconds) {
        if (view && view->is_on()) view->show(now, look_at_mock());
        if (!searches || seconds.empty() || outrun) return !outrun;
        outrun = is_outrun({seconds.data(), seconds.size() - 1});  // the last is not whole
        return !outrun;
    });
    if (view) view->erase();
    if (!run) {
        fail(exit_failure, "load: " + run.error());
        return std::nullopt;
    }
    run->version = version_;
    run->url = without_query(url_);
    run->command = command_line_;
    return std::move(*run);
}

int session::measure_once() {
    bool outrun = false;
    const auto run = measure(plan_, false, outrun);
    return run ? tell(*run) : exit_failure;
}

int session::find_knee() {
    knee_settings settings;
    settings.start = given_.knee_from;
    settings.most = given_.knee_to;
    settings.objective_share = given_.slo_share;
    knee_search search(settings);
    std::optional<run_outcome> best;
    bool broken = false;
    while (const auto rate = search.next()) {
        plan_.arriving->rate = *rate;
        bool outrun = false;
        auto run = measure(plan_, true, outrun);
        if (!run || run->interrupted) return exit_failure;
        broken = broken || run->seen.content.broken() > 0;
        search.told(probe_of(*rate, *run, outrun));
        if (search.knee() == *rate) best = std::move(run);
    }
    if (tells_text()) std::cout << knee_text(search);
    bool told = given_.json.empty() || write(given_.json, knee_json(search) + "\n");
    if (best) {
        told = (given_.csv.empty() || write(given_.csv, csv_report(*best))) && told;
        told = (given_.report.empty() || write(given_.report, html_report(*best))) && told;
    }
    if (!told) return exit_failure;
    if (broken) return fail(exit_failure, "load: content was lost, doubled or altered");
    if (search.how() == knee_search::ending::client_limited) return exit_invalid;
    return search.knee() > 0 ? exit_ok : exit_missed;
}

bool session::write(const std::string& path, const std::string& text) {
    if (path == "-") {
        std::cout << text << std::flush;
        return std::cout.good();
    }
    std::ofstream file(path, std::ios::binary | std::ios::trunc);
    file << text << std::flush;
    if (!file) fail(exit_failure, "load: '" + path + "' cannot be written");
    return file.good();
}

int session::tell(const run_outcome& run) {
    if (tells_text()) std::cout << text_report(run);
    bool told = given_.json.empty() || write(given_.json, json_report(run));
    told = (given_.csv.empty() || write(given_.csv, csv_report(run))) && told;
    told = (given_.report.empty() || write(given_.report, html_report(run))) && told;
    bool regressed = false;
    if (!given_.baseline.empty()) {
        const auto compared = compare_with(baseline_, run, given_.tolerance);
        if (!compared) return fail(exit_failure, "load: --baseline: " + compared.error());
        if (tells_text()) std::cout << '\n' << compared->text;
        regressed = !compared->regressions.empty();
    }
    std::cout.flush();
    if (!told || !std::cout) return exit_failure;
    const int code = judge(run);
    return code == exit_ok && regressed ? exit_missed : code;
}

/// Without objectives a stream is good when it is whole.
int session::judge(const run_outcome& run) {
    if (mock_ && !mock_->is_running())
        return fail(exit_failure, "load: the mock server ended: " + mock_->last_words());
    // However late the client was, what came was broken.
    const bool none = run.seen.whole == 0 && run.seen.failed + run.seen.unended > 0;
    if (none || run.seen.content.broken() > 0) return exit_failure;
    if (!run.invalid.empty()) return exit_invalid;
    // Streams that a signal ended are not the server's fault.
    const bool few = !run.interrupted && run.good_share() < run.objective_share;
    return few ? exit_missed : exit_ok;
}

/// What would be found out only when all is over is found out first.
std::optional<std::string> session::check_files() {
    for (const std::string& path : {given_.json, given_.csv, given_.report}) {
        if (path.empty() || path == "-") continue;
        if (!std::ofstream(path, std::ios::binary | std::ios::app))
            return "'" + path + "' cannot be written";
    }
    if (given_.baseline.empty()) return std::nullopt;
    std::ifstream file(given_.baseline, std::ios::binary);
    std::ostringstream text;
    text << file.rdbuf();
    if (!file || !text) return "'" + given_.baseline + "' cannot be read";
    baseline_ = text.str();
    if (const auto read = read_baseline(baseline_); !read) return "--baseline: " + read.error();
    return std::nullopt;
}

}  // namespace

int run_load(
    const load_options& given, const std::string& version, const std::string& command_line
) {
    return session(given, version, command_line).run();
}

}  // namespace sluice::gateway::load
