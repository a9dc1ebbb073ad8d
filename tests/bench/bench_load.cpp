/// The load client of the relay benchmark: streams of stamped tokens through whatever relays them.

#include "gateway/load/worker.hpp"
#include "tests/bench/load_phases.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <cstdio>
#include <exception>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace {

using namespace sluice::gateway::load;
using namespace sluice::bench;

constexpr int exit_failure = 1;
constexpr int exit_usage = 2;
constexpr int exit_unsound = 4;

/// The command line as it was written.
struct options {
    std::string url;
    std::vector<std::string> headers;
    bool hold = false;
    bool read = false;
    plan settings;
    paced_streams streams;
    phase_settings phases;
};

void declare(CLI::App& app, options& given) {
    plan& to = given.settings;
    to.spoken = find_speech("chat");
    to.checked = check::stamps;
    to.model = "bench";
    to.drain_s = 86'400;  // the phases end the run
    paced_streams& streams = given.streams;
    phase_settings& phases = given.phases;
    app.add_option("url", given.url, "URL of the chat completions to ask, or of what to read")
        ->required();
    app.add_option("--connections", to.clients, "Connections, each with one stream at a time")
        ->check(CLI::Range(1, 1'000'000));
    app.add_option("--tokens", streams.tokens, "Tokens per stream, or of what is read")
        ->check(CLI::Range(1, 100'000'000));
    app.add_option("--rate", streams.rate, "Tokens per second and stream; 0: as fast as they go")
        ->check(CLI::Range(0.0, 1e6));
    app.add_option("--ttft-ms", streams.ttft_ms, "The provider's wait before its first token");
    app.add_option("--model", to.model, "Model to ask for");
    app.add_option("--header", given.headers, "Request header, 'name: value'; repeatable");
    app.add_flag("--insecure", to.insecure, "Believe any certificate");
    app.add_option("--first-id", streams.first_id, "Number of the first stream");
    app.add_option("--ramp", to.ramp_s, "Seconds over which the first starts are spread")
        ->check(CLI::Range(0.0, 3600.0));
    app.add_option("--timeout", to.timeout_s, "Seconds of silence after which the run fails")
        ->check(CLI::Range(0.1, 3600.0));
    app.add_option(
           "--duration",
           phases.duration_s,
           "Measure for so many seconds, one stream after another; without it each connection "
           "carries one stream"
    )
        ->check(CLI::Range(0.001, 86400.0));
    auto* hold =
        app.add_flag("--hold", given.hold, "Hold all streams until SIGTERM, or --duration");
    app.add_option(
           "--leave", phases.leave_s, "Leave the streams within so many seconds; 0: at once"
    )
        ->check(CLI::Range(0.0, 3600.0))
        ->excludes(hold)
        ->excludes("--duration");
    app.add_flag(
           "--read", given.read, "GET the URL on all connections until each has had the last token"
    )
        ->excludes(hold)
        ->excludes("--duration")
        ->excludes("--leave");
}

pattern shape_of(const CLI::App& app, const options& given) {
    if (given.hold) return pattern::hold;
    if (given.read) return pattern::read;
    if (app.count("--leave") > 0) return pattern::leave;
    return app.count("--duration") > 0 ? pattern::loop : pattern::once;
}

/// 'name: value' into the plan; false where it is none.
bool add_header(plan& settings, const std::string& text) {
    const std::size_t colon = text.find(':');
    const bool clean = text.find_first_of("\r\n") == std::string::npos;
    if (!clean || colon == std::string::npos || colon == 0) return false;
    const std::size_t value = std::min(text.find_first_not_of(' ', colon + 1), text.size());
    settings.headers.emplace_back(text.substr(0, colon), text.substr(value));
    return true;
}

int fail(int code, const std::string& message) {
    std::fprintf(stderr, "bench_load: %s\n", message.c_str());
    return code;
}

void print_line(const std::string& line) {
    std::printf("%s\n", line.c_str());
    std::fflush(stdout);
}

int measure(const options& given) {
    const plan& settings = given.settings;
    const auto to = resolve(settings.to);
    if (!to) return fail(exit_failure, to.error());
    client_tls tls;
    if (settings.to.tls) {
        auto made = make_client_tls(settings.insecure);
        if (!made) return fail(exit_failure, made.error());
        tls = std::move(*made);
    }
    raise_descriptor_limit();
    ignore_broken_pipes();
    job_feed jobs(settings, std::make_unique<paced_work>(given.streams));
    run_share share{settings, *to, tls.get(), jobs, nullptr};
    worker work(share, settings.clients, now_ns());
    load_phases phases(given.phases, work, [](std::string_view event) {
        print_line("{\"event\":\"" + std::string(event) + "\"}");
    });
    phases.run();
    print_line(phases.report());
    return phases.sound() ? 0 : exit_unsound;
}

}  // namespace

int main(int argc, char** argv) {
    CLI::App app{"Measures what relays token streams, and checks that no token is lost"};
    options given;
    declare(app, given);
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        return app.exit(error) == 0 ? 0 : exit_usage;
    }
    auto to = parse_target(given.url);
    if (!to) return fail(exit_usage, "URL: " + to.error());
    given.settings.to = std::move(*to);
    for (const auto& header : given.headers) {
        if (!add_header(given.settings, header))
            return fail(exit_usage, "--header: '" + header + "' is not 'name: value'");
    }
    given.phases.shape = shape_of(app, given);
    given.phases.connections = given.settings.clients;
    given.phases.first_id = given.streams.first_id;
    if (given.read) given.settings.method = "GET";
    if (given.phases.shape != pattern::loop) given.settings.streams_max = given.settings.clients;
    try {
        return measure(given);
    } catch (const std::exception& error) {
        return fail(exit_failure, error.what());
    }
}
