#include "gateway/load/load_options.hpp"

#include "gateway/config/processors.hpp"
#include "gateway/load/report/metric.hpp"
#include "gateway/load/report/self_check.hpp"
#include "upstream/mock/options.hpp"

#include <algorithm>
#include <cstdlib>
#include <utility>

namespace sluice::gateway::load {

namespace {

using upstream::mock::distribution;
using upstream::mock::quantity;

/// More streams at a time than any process has descriptors for.
constexpr std::size_t clients_max = 1'000'000;
/// From here on two threads are worth their switching.
constexpr std::size_t clients_per_worker = 2000;
constexpr std::size_t usual_clients = 10;
constexpr double usual_duration_s = 10;

std::string figures_help() {
    std::string text = "Figures, as they are named in reports:\n";
    for (const metric_row& row : metric_rows()) {
        text.append("  ").append(row.key).append(": ").append(row.definition);
        if (!row.elsewhere.empty()) text.append(" (").append(row.elsewhere).append(")");
        text += '\n';
    }
    text += "\n" + self_check_help();
    text +=
        "\nExit codes: 0 all well; 1 nothing was measured, all streams failed, or content was "
        "lost, "
        "doubled or altered; 2 usage; 3 an objective was missed, or the baseline; 4 the client "
        "itself was the bottleneck.\n";
    return text;
}

void declare_server(CLI::App& command, load_options& given) {
    command.add_option("url", given.url, "The server, or the URL of its endpoint");
    auto* mock = command.add_flag(
        "--mock", given.mock, "Start a mock server for the run; without URL it is what is asked"
    );
    command.add_option("--mock-config", given.mock_config, "Configuration of that server (YAML)")
        ->type_name("FILE")
        ->needs(mock);
    command
        .add_option(
            "--mock-setting",
            given.mock_settings,
            "How the mock model is to answer, as X-Mock-* headers say it: rate=100, "
            "ttft-ms=lognormal(200,0.5); goes in the prompt, through gateways; repeatable"
        )
        ->type_name("NAME=VALUE")
        ->allow_extra_args(false);
    std::string names;
    for (const speech& each : speeches())
        names.append(names.empty() ? "" : ", ").append(each.name);
    command
        .add_option(
            "--dialect",
            given.dialect,
            "What the server speaks: " + names + "; else told by the URL, or chat"
        )
        ->type_name("NAME");
    command.add_option("--model", given.model, "Model to ask for")->capture_default_str();
    command
        .add_option("--api-key-env", given.api_key_env, "Environment variable that holds the key")
        ->type_name("NAME");
    command.add_option("-H,--header", given.headers, "Request header 'name: value'; repeatable")
        ->allow_extra_args(false);
    command.add_flag("--insecure", given.insecure, "Believe any certificate");
    command.add_flag("--get", given.get, "GET the URL instead of posting prompts");
    command.add_flag("--no-reuse", given.no_reuse, "A new connection for each stream");
}

void declare_load(CLI::App& command, load_options& given) {
    command
        .add_option(
            "--rate",
            given.rate,
            "Open loop, streams per second: 20, poisson:20, constant:20, gamma:20,cv=4, "
            "burst:20,size=50, ramp:5..200,over=60s"
        )
        ->type_name("ARRIVALS");
    command
        .add_option(
            "--clients",
            given.clients,
            "Closed loop: streams at a time (10); with --rate or --trace: at most so many"
        )
        ->check(CLI::Range(std::size_t{1}, clients_max));
    command.add_option("--duration", given.duration, "How long streams are begun (10s)")
        ->type_name("TIME");
    command.add_option("--streams", given.streams, "How many streams, or conversations, in all");
    command
        .add_option("--ramp", given.ramp, "The first starts of a closed loop are spread over it")
        ->type_name("TIME");
    command.add_option("--warmup", given.warmup, "What is due within it is in no figure")
        ->type_name("TIME");
    command.add_option("--drain", given.drain, "For streams to end after the last was begun")
        ->type_name("TIME")
        ->capture_default_str();
    command.add_option("--timeout", given.timeout, "A stream fails that is silent for so long")
        ->type_name("TIME")
        ->capture_default_str();
}

void declare_work(CLI::App& command, load_options& given) {
    const std::string kinds = "; a number, lognormal(MEDIAN,SIGMA), P50:P90:P99, ...";
    command.add_option("--input-tokens", given.input_tokens, "Length of prompts" + kinds)
        ->type_name("DISTRIBUTION")
        ->capture_default_str();
    command.add_option("--output-tokens", given.output_tokens, "Length of answers" + kinds)
        ->type_name("DISTRIBUTION")
        ->capture_default_str();
    auto* prompts =
        command.add_option("--prompts", given.prompts, "Prompts, one per line: text or JSON");
    prompts->type_name("FILE");
    command
        .add_option(
            "--trace", given.trace, "Azure LLM inference CSV, Mooncake JSONL or BurstGPT CSV"
        )
        ->type_name("FILE")
        ->excludes(prompts);
    command.add_option("--trace-speed", given.trace_speed, "2: twice as fast as it was")
        ->check(CLI::Range(0.001, 10'000.0));
    command
        .add_option("--shared-prefix", given.shared_prefix, "Tokens that all prompts begin with")
        ->check(CLI::Range(std::size_t{0}, std::size_t{1'000'000}));
    command.add_option("--seed", given.seed, "The same seed makes the same run");
    command.add_option("--turns", given.turns, "Turns of each conversation")
        ->check(CLI::Range(std::size_t{1}, std::size_t{1000}));
    command.add_option("--think", given.think, "Time between two turns")->type_name("DISTRIBUTION");
}

void declare_clients(CLI::App& command, load_options& given) {
    const auto share = CLI::Range(0.0, 1.0);
    command.add_option("--abort", given.abort_share, "Share of clients that go away")->check(share);
    command.add_option("--abort-after", given.abort_after, "Events before they do")
        ->type_name("DISTRIBUTION")
        ->capture_default_str();
    command.add_option("--slow", given.slow_share, "Share of clients that read slowly")
        ->check(share);
    command.add_option("--slow-rate", given.slow_rate, "Bytes per second that they read")
        ->check(CLI::Range(1.0, 1e9))
        ->capture_default_str();
    command
        .add_option(
            "--drop", given.drop_share, "Share of clients that lose their connection and resume"
        )
        ->check(share);
    command.add_option("--drop-after", given.drop_after, "Events before they do")
        ->type_name("DISTRIBUTION")
        ->capture_default_str();
    command.add_option("--back-after", given.back_after, "Time until they are back")
        ->type_name("DISTRIBUTION")
        ->capture_default_str();
    command.add_option("--subscribers", given.subscribers, "Readers of each stream")
        ->check(CLI::Range(std::size_t{1}, std::size_t{100'000}));
    command.add_option("--workers", given.workers, "Threads")->check(CLI::Range(1U, 64U));
    command
        .add_option(
            "--source",
            given.source,
            "Local addresses to connect from in turn, so that ports do not run out: "
            "127.0.0.2-127.0.0.9, 10.0.0.0/29, or auto"
        )
        ->type_name("ADDRESSES");
}

void declare_judgement(CLI::App& command, load_options& given) {
    command.add_flag(
        "--verify",
        given.verify,
        "The model behind the URL is Sluice's mock: compare every byte of its answers"
    );
    command.add_flag(
        "--no-stamps", given.no_stamps, "Let the mock not write into its tokens when they were sent"
    );
    auto* slo = command.add_option(
        "--slo",
        given.slo,
        "Objectives of a good stream: ttft=500ms,gap=50ms,tpot=30ms,e2e=10s,ttfb=,ttft_visible="
    );
    slo->type_name("LIST");
    command.add_option("--slo-share", given.slo_share, "Share of streams that have to be good")
        ->check(CLI::Range(0.0, 1.0))
        ->capture_default_str();
    auto* knee = command.add_flag(
        "--find-knee", given.find_knee, "Search the highest rate under the objectives"
    );
    knee->needs(slo);
    command.add_option("--knee-from", given.knee_from, "Rate that the search begins with")
        ->check(CLI::Range(0.01, 1e6))
        ->needs(knee);
    command.add_option("--knee-to", given.knee_to, "Highest rate that it tries")
        ->check(CLI::Range(0.01, 1e6))
        ->needs(knee);
}

void declare_reports(CLI::App& command, load_options& given) {
    command.add_option("--json", given.json, "Write the report as JSON; - is standard output")
        ->type_name("FILE");
    command.add_option("--csv", given.csv, "Write one row for each stream")->type_name("FILE");
    command.add_option("--report", given.report, "Write a page with plots")->type_name("FILE");
    command.add_option("--events", given.events, "Write every event as it came")->type_name("FILE");
    command
        .add_option("--baseline", given.baseline, "JSON report to compare with; worse is exit 3")
        ->type_name("FILE");
    command.add_option("--tolerance", given.tolerance, "How much worse is no worse")
        ->check(CLI::Range(0.0, 10.0))
        ->capture_default_str();
    command.add_flag("-q,--quiet", given.quiet, "No live view and no text");
}

/// Reads options into a plan; the first that cannot be read is the error.
class plan_maker {
 public:
    explicit plan_maker(const load_options& given) : given_(given) {}

    boost::system::result<plan, std::string> make(const std::string& url);

 private:
    void read_server(const std::string& url);
    void read_load();
    void read_arrivals();
    void read_work();
    void read_behaviours();
    void read_checks();
    void read_sources();
    void read_headers();
    void read_settings();

    void fail(std::string_view option, const std::string& why) {
        if (problem_.empty()) problem_ = std::string(option) + ": " + why;
    }
    distribution lengths(std::string_view option, const std::string& text, quantity of) {
        auto read = upstream::mock::parse_distribution(text, of);
        if (read) return *read;
        fail(option, "'" + text + "' " + read.error());
        return {};
    }
    double seconds(std::string_view option, const std::string& text) {
        const distribution read = lengths(option, text, quantity::seconds);
        if (!read.is_constant()) fail(option, "'" + text + "' is no single time");
        return read.mean();
    }

    const load_options& given_;
    plan made_;
    std::string problem_;
};

boost::system::result<plan, std::string> plan_maker::make(const std::string& url) {
    read_server(url);
    read_headers();
    read_load();
    read_work();
    read_behaviours();
    read_checks();
    read_settings();
    if (problem_.empty()) read_sources();
    if (!problem_.empty()) return problem_;
    return std::move(made_);
}

void plan_maker::read_server(const std::string& url) {
    auto to = parse_target(url);
    if (!to) return fail("URL", to.error());
    made_.to = std::move(*to);
    made_.spoken = given_.dialect.empty() ? speech_at(made_.to.path) : find_speech(given_.dialect);
    if (made_.spoken == nullptr && given_.dialect.empty()) made_.spoken = find_speech("chat");
    if (made_.spoken == nullptr) return fail("--dialect", "'" + given_.dialect + "' is none");
    made_.method = given_.get ? "GET" : "POST";
    made_.model = given_.model;
    made_.insecure = given_.insecure;
    made_.reuse = !given_.no_reuse;
    if (given_.api_key_env.empty()) return;
    const char* key = std::getenv(given_.api_key_env.c_str());
    if (key == nullptr) return fail("--api-key-env", given_.api_key_env + " is not set");
    made_.api_key = key;
}

void plan_maker::read_headers() {
    for (const std::string& text : given_.headers) {
        const std::size_t colon = text.find(':');
        const bool clean = text.find_first_of("\r\n") == std::string::npos;
        if (!clean || colon == std::string::npos || colon == 0)
            return fail("--header", "'" + text.substr(0, colon) + "' is not 'name: value'");
        const std::size_t value = std::min(text.find_first_not_of(' ', colon + 1), text.size());
        made_.headers.emplace_back(text.substr(0, colon), text.substr(value));
    }
}

void plan_maker::read_load() {
    read_arrivals();
    made_.ramp_s = seconds("--ramp", given_.ramp);
    made_.warmup_s = seconds("--warmup", given_.warmup);
    made_.drain_s = seconds("--drain", given_.drain);
    made_.timeout_s = seconds("--timeout", given_.timeout);
    made_.streams_max = given_.streams;
    const bool bounded = given_.streams > 0 || (!given_.trace.empty() && given_.clients == 0);
    made_.duration_s = bounded ? 0 : usual_duration_s;
    if (!given_.duration.empty()) made_.duration_s = seconds("--duration", given_.duration);
    if (made_.duration_s > 0 && made_.warmup_s >= made_.duration_s)
        fail("--warmup", "is not shorter than --duration");
    const auto cores = static_cast<unsigned>(usable_processors());
    const auto many = static_cast<unsigned>(made_.clients / clients_per_worker + 1);
    const bool open = made_.arriving.has_value();
    made_.workers = given_.workers > 0 ? given_.workers : open ? 1 : std::min(cores, many);
}

void plan_maker::read_arrivals() {
    if (given_.rate.empty() && given_.trace.empty() && !given_.find_knee) {
        made_.clients = given_.clients > 0 ? given_.clients : usual_clients;
        return;
    }
    if (!given_.trace.empty() && given_.rate.empty() && given_.clients > 0) {
        made_.clients = given_.clients;  // the trace's lengths alone
        return;
    }
    made_.arriving.emplace();
    made_.clients = given_.clients > 0 ? given_.clients : clients_max;
    if (given_.rate.empty()) return;
    auto read = parse_arrivals(given_.rate);
    if (!read) return fail("--rate", read.error());
    made_.arriving = *read;
    made_.arriving->seed = given_.seed;
}

void plan_maker::read_work() {
    workload_settings& work = made_.work;
    work.seed = given_.seed;
    work.input_tokens = lengths("--input-tokens", given_.input_tokens, quantity::count);
    work.output_tokens = lengths("--output-tokens", given_.output_tokens, quantity::count);
    work.prompts_file = given_.prompts;
    work.trace_file = given_.trace;
    work.trace_speed = given_.trace_speed;
    work.shared_prefix_tokens = given_.shared_prefix;
}

void plan_maker::read_behaviours() {
    behaviours& how = made_.how;
    how.abort_share = given_.abort_share;
    how.abort_after = lengths("--abort-after", given_.abort_after, quantity::count);
    how.slow_share = given_.slow_share;
    how.slow_bytes_per_s = given_.slow_rate;
    how.drop_share = given_.drop_share;
    how.drop_after = lengths("--drop-after", given_.drop_after, quantity::count);
    how.back_after = lengths("--back-after", given_.back_after, quantity::seconds);
    how.subscribers = given_.subscribers;
    how.turns = given_.turns;
    how.think = lengths("--think", given_.think, quantity::seconds);
    if (made_.spoken != nullptr && !made_.spoken->events && how.needs_names())
        fail("--drop, --subscribers", "streams of this dialect are no events, and bear no ids");
}

void plan_maker::read_checks() {
    const bool known = given_.verify || (given_.mock && given_.url.empty());
    if (known) made_.checked = check::content;
    made_.stamped = known && !given_.no_stamps;
    if (known && made_.spoken != nullptr && made_.spoken->name == "events")
        fail("--verify", "plain events are not the mock's");
    if (known && given_.get) fail("--verify", "what is got and not asked for is not known");
    made_.objective_share = given_.slo_share;
    if (given_.slo.empty()) return;
    auto wanted = parse_objectives(given_.slo);
    if (!wanted) return fail("--slo", wanted.error());
    made_.wanted = std::move(*wanted);
}

void plan_maker::read_settings() {
    for (const std::string& text : given_.mock_settings) {
        const std::size_t equals = text.find('=');
        const bool clean = text.find_first_of(" \t\r\n]") == std::string::npos;
        if (!clean || equals == 0 || equals == std::string::npos)
            return fail("--mock-setting", "'" + text + "' is not NAME=VALUE without blanks");
        made_.mock[text.substr(0, equals)] = text.substr(equals + 1);
    }
    if (const auto bad = upstream::mock::check_settings(made_.mock))
        fail("--mock-setting", bad->message);
}

/// Ports run out with what is there at once and with what has ended in the last minute.
void plan_maker::read_sources() {
    if (given_.source.empty() || given_.source == "auto") {
        const auto to = resolve(made_.to);
        if (!to) return fail("URL", to.error());
        constexpr double minute_s = 60;
        const double rate = made_.arriving ? made_.arriving->rate : 0;
        const std::size_t streams =
            made_.arriving ? static_cast<std::size_t>(rate * minute_s) : made_.clients;
        made_.sources = automatic_source_addresses(*to, streams, read_socket_limits().ports);
        return;
    }
    auto read = parse_source_addresses(given_.source);
    if (!read) return fail("--source", read.error());
    made_.sources = std::move(*read);
    if (auto problem = try_to_bind(made_.sources)) fail("--source", *problem);
}

}  // namespace

void declare(CLI::App& command, load_options& given) {
    declare_server(command, given);
    declare_load(command, given);
    declare_work(command, given);
    declare_clients(command, given);
    declare_judgement(command, given);
    declare_reports(command, given);
    command.footer(figures_help());
}

std::string shown_command(std::span<char* const> words) {
    std::string shown = "sluice";
    bool header = false;
    for (const std::string_view word : words.subspan(std::min<std::size_t>(1, words.size()))) {
        const bool joined =
            word.starts_with("--header=") || (word.starts_with("-H") && word.size() > 2);
        std::string_view told = word;
        if (header || joined) told = word.substr(0, word.find(':'));
        shown.append(" ").append(told);
        if (told.size() < word.size()) shown += ": ***";
        header = word == "-H" || word == "--header";
    }
    return shown;
}

boost::system::result<plan, std::string> make_plan(
    const load_options& given, const std::string& url
) {
    return plan_maker(given).make(url);
}

}  // namespace sluice::gateway::load
