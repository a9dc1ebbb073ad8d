#include "gateway/load/load_options.hpp"

#include "gateway/load/report/metric.hpp"
#include "gateway/load/report/self_check.hpp"

#include <algorithm>

namespace sluice::gateway::load {

namespace {

std::string figures_help() {
    std::string text = "Figures, as they are named in reports:\n";
    for (const metric_row& row : metric_rows()) {
        text.append("  ").append(row.key).append(": ").append(row.definition);
        if (!row.elsewhere.empty()) text.append(" (").append(row.elsewhere).append(")");
        text += '\n';
    }
    text += "\n" + self_check_help();
    text +=
        "\nExit codes: 0 all well; 1 nothing was measured, no stream was whole, or content was "
        "lost, "
        "doubled or altered; 2 usage; 3 fewer than --slo-share of the streams were good (whole, "
        "and "
        "within the objectives), or something got worse than the baseline; 4 the client itself was "
        "the bottleneck.\n";
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
        ->check(CLI::Range(std::size_t{1}, load_options::clients_max));
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
        "Objectives of a good stream, some of ttfb, ttft, ttft_visible, gap, tpot, e2e: "
        "ttft=500ms,gap=50ms"
    );
    slo->type_name("LIST");
    command.add_option("--slo-share", given.slo_share, "Share of streams that have to be good")
        ->check(CLI::Range(0.0, 1.0))
        ->capture_default_str();
    auto* knee = command.add_flag(
        "--find-knee", given.find_knee, "Search the highest rate under the objectives"
    );
    knee->needs(slo)->excludes("--trace")->excludes("--streams");
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

std::string shown_command(std::span<char* const> words, const load_options& given) {
    std::string shown = "sluice";
    for (const std::string word : words.subspan(std::min<std::size_t>(1, words.size())))
        shown.append(" ").append(without_query(word));
    for (const std::string& header : given.headers) {
        const std::size_t colon = header.find(':');
        if (colon == std::string::npos) continue;
        const std::string value = header.substr(colon);
        for (std::size_t at = shown.find(value); at != std::string::npos;
             at = shown.find(value, at + 1))
            shown.replace(at, value.size(), ": ***");
    }
    return shown;
}

std::string without_query(std::string_view url) {
    const std::size_t query = url.find("://") == std::string_view::npos ? url.npos : url.find('?');
    if (query == std::string_view::npos) return std::string(url);
    return std::string(url.substr(0, query)) + "?***";
}

}  // namespace sluice::gateway::load
