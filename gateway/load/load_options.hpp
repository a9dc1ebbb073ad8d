#pragma once

#include "gateway/load/plan.hpp"
#include "gateway/load/report/knee.hpp"

#include <CLI/CLI.hpp>
#include <boost/system/result.hpp>

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace sluice::gateway::load {

/// The command line of `sluice load` as it was written.
struct load_options {
    /// More streams at a time than any process has descriptors for.
    static constexpr std::size_t clients_max = 1'000'000;

    std::string url;
    bool mock = false;
    std::string mock_config;
    std::vector<std::string> mock_settings;  ///< "name=value"

    std::string dialect;
    std::string model = "mock";
    std::string api_key_env;
    std::vector<std::string> headers;
    bool insecure = false;
    bool get = false;
    bool no_reuse = false;

    std::string rate;
    std::size_t clients = 0;
    std::string duration;
    std::uint64_t streams = 0;
    std::string ramp = "0";
    std::string warmup = "0";
    std::string drain = "2m";
    std::string timeout = "60s";

    std::string input_tokens = "100";
    std::string output_tokens = "64";
    std::string prompts;
    std::string trace;
    double trace_speed = 1;
    std::size_t shared_prefix = 0;
    std::uint64_t seed = 1;
    std::size_t turns = 1;
    std::string think = "0";

    double abort_share = 0;
    std::string abort_after = "10";
    double slow_share = 0;
    double slow_rate = 1000;
    double drop_share = 0;
    std::string drop_after = "10";
    std::string back_after = "100ms";
    std::size_t subscribers = 1;

    bool verify = false;
    bool no_stamps = false;

    std::string slo;
    double slo_share = 0.99;
    bool find_knee = false;
    double knee_from = 1;
    double knee_to = 10'000;

    std::string json;
    std::string csv;
    std::string report;
    std::string events;
    std::string baseline;
    double tolerance = 0.1;
    bool quiet = false;

    unsigned workers = 0;  ///< 0: one, or as many as there are cores for many clients
    std::string source;
};

/// Declares all of them, with what `--help` says of the figures.
void declare(CLI::App& command, load_options& given);

/// The command line for reports: without the values of headers and queries, which may be secrets.
std::string shown_command(std::span<char* const> words, const load_options& given);

/// A URL for reports.
std::string without_query(std::string_view url);

/// What the options come to; `url` is that of the server that is asked. An error is a sentence that
/// names the option.
boost::system::result<plan, std::string> make_plan(
    const load_options& given, const std::string& url
);

}  // namespace sluice::gateway::load
