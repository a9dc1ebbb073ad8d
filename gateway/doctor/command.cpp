#include "gateway/doctor/command.hpp"

#include "gateway/config/rules.hpp"
#include "gateway/config/scalars.hpp"
#include "gateway/doctor/examination.hpp"
#include "gateway/doctor/report.hpp"

#include <CLI/CLI.hpp>
#include <boost/system/result.hpp>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <optional>

namespace sluice::gateway::doctor {

namespace {

using std::chrono::milliseconds;

constexpr int exit_failure = 1;
constexpr int exit_usage = 2;

constexpr milliseconds watch_least{1'000};
constexpr milliseconds watch_most{60'000};
/// Beyond it a gateway gives a model that says nothing up by itself (first_token_timeout, 120 s).
constexpr milliseconds idle_most{110'000};

boost::system::result<milliseconds, std::string> time_between(
    const std::string& option, const std::string& text, milliseconds least, milliseconds most
) {
    const auto time = parse_duration(text);
    if (time && *time >= least && *time <= most) return *time;
    return option + " must be a time of " + format_duration(least) + " to " +
           format_duration(most) + ", such as 5s";
}

/// A key goes into a header's line. Returns what is wrong with it, if anything.
std::optional<std::string> read_key(const std::string& name, std::string& into) {
    const char* value = std::getenv(name.c_str());
    const std::string named = "--key-env: the environment variable '" + harmless(name) + "' ";
    if (value == nullptr || *value == '\0') return named + "is not set";
    into = value;
    const auto printable = [](unsigned char c) { return c > ' ' && c <= '~'; };
    if (!std::ranges::all_of(into, printable))
        return named + "holds a blank or other than ASCII characters";
    return std::nullopt;
}

/// What is wrong with the options, if anything; else they are in `into`.
std::optional<std::string> read_options(const doctor_options& given, examination_settings& into) {
    into.gateway.url = given.url;
    if (const auto wrong = check_base_url(into.gateway.url))
        return "the URL " + *wrong;  // which may hold a password
    const auto watch = time_between("--for", given.watch, watch_least, watch_most);
    if (!watch) return watch.error();
    into.watch = *watch;
    if (!given.idle.empty()) {
        const auto idle = time_between("--idle", given.idle, watch_least, idle_most);
        if (!idle) return idle.error();
        into.idle = *idle;
    }
    if (!given.key_env.empty()) {
        if (auto wrong = read_key(given.key_env, into.gateway.key)) return wrong;
    }
    if (!given.ca_file.empty() && !std::ifstream(given.ca_file))
        return "--ca-file: '" + harmless(given.ca_file) + "' cannot be read";
    into.gateway.ca_file = given.ca_file;
    into.model = given.model;
    return std::nullopt;
}

}  // namespace

void declare(CLI::App& command, doctor_options& into) {
    command
        .add_option(
            "url", into.url, "The gateway as clients reach it, with the path it is mounted under"
        )
        ->required()
        ->type_name("URL");
    command.add_option("--for", into.watch, "How long streams are looked at, 1s to 60s")
        ->capture_default_str()
        ->type_name("TIME");
    command
        .add_option(
            "--model",
            into.model,
            "A mock model to stream from; else the first of a provider named 'mock'. No other is "
            "ever asked to generate"
        )
        ->type_name("NAME");
    command
        .add_option(
            "--key-env",
            into.key_env,
            "Environment variable that holds a key; an operator's may read the live feed, too"
        )
        ->type_name("NAME");
    command.add_option("--ca-file", into.ca_file, "Certificates to trust in place of the system's")
        ->type_name("FILE");
    command
        .add_option(
            "--idle",
            into.idle,
            "Also try whether a stream lives through so long without a token, 1s to 110s"
        )
        ->type_name("TIME");
    command.add_flag("--json", into.json, "As JSON");
    command.footer(
        "Exit codes: 0 all well; 1 something buffers, is wrong or cannot be reached; 2 usage."
    );
}

int run_doctor(const doctor_options& options) {
    examination_settings settings;
    if (const auto wrong = read_options(options, settings)) {
        std::cerr << "sluice: doctor: " << *wrong << '\n';
        return exit_usage;
    }
    std::signal(SIGPIPE, SIG_IGN);  // a server may close while it is written to
    const facts found = examine(settings);
    const diagnosis judged = judge(found);
    std::cout << (options.json ? json_report(found, judged) : text_report(found, judged))
              << std::flush;
    return judged.well() && std::cout ? 0 : exit_failure;
}

}  // namespace sluice::gateway::doctor
