#include "gateway/admission/ledger/usage_command.hpp"

#include "gateway/admission/ledger/ledger_file.hpp"
#include "gateway/admission/ledger/usage_query.hpp"
#include "gateway/admission/ledger/usage_table.hpp"
#include "gateway/config/load.hpp"

#include <CLI/CLI.hpp>

#include <array>
#include <iostream>
#include <optional>
#include <string_view>

namespace sluice::gateway {

namespace {

constexpr int exit_failure = 1;
constexpr int exit_usage = 2;

struct report_format {
    std::string_view name;
    void (*write)(const usage_report&, std::ostream&);
};
constexpr std::array<report_format, 3> formats{{
    {"table", write_usage_table},
    {"json", write_usage_json},
    {"csv", write_usage_csv},
}};

const report_format* find_format(std::string_view name) {
    for (const report_format& each : formats) {
        if (each.name == name) return &each;
    }
    return nullptr;
}

int fail(int code, const std::string& message, std::ostream& err) {
    err << "sluice: " << message << '\n';
    return code;
}

/// The path of the ledger that the configuration names; else what is wrong goes to `err`.
std::optional<std::string> ledger_of(const std::string& config, std::ostream& err) {
    const auto loaded = load_configuration(config);
    if (!loaded) {
        for (const auto& message : loaded.error().messages)
            err << message << '\n';
        return std::nullopt;
    }
    if (!loaded->ledger.empty()) return loaded->ledger;
    fail(exit_failure, config + " has no 'ledger', so no usage is kept", err);
    return std::nullopt;
}

boost::system::result<usage_report, std::string> ask_once(
    const std::string& path, const usage_query& query, bool& disturbed
) {
    const auto opened = open_ledger_to_read(path);
    if (!opened) return opened.error();
    auto report = read_usage(opened->database.get(), query);
    disturbed = opened->disturbed();
    if (report) return report;
    return "cannot read the usage ledger '" + path + "': " + report.error();
}

boost::system::result<usage_report, std::string> ask(
    const std::string& path, const usage_query& query
) {
    bool disturbed = false;
    auto report = ask_once(path, query, disturbed);
    // A gateway has begun to write meanwhile. By now there is something to lock.
    if (disturbed) report = ask_once(path, query, disturbed);
    return report;
}

}  // namespace

void declare(CLI::App& command, usage_options& into) {
    auto* config = command.add_option(
        "-c,--config", into.config, "Configuration file (YAML) whose ledger is read"
    );
    config->type_name("FILE");
    command.add_option("--ledger", into.ledger, "The ledger itself")
        ->type_name("PATH")
        ->excludes(config);
    command
        .add_option(
            "--by",
            into.by,
            "What to sum by, comma-separated: key, model, target, day, month, outcome, dialect, "
            "label:NAME"
        )
        ->type_name("LIST")
        ->capture_default_str();
    command
        .add_option(
            "--since", into.since, "From then on: 2026-01-31 or 2026-01-31T12:30:00Z; in UTC"
        )
        ->type_name("TIME");
    command.add_option("--until", into.until, "Until then, which is not included")
        ->type_name("TIME");
    command.add_option("--key", into.key, "Only this key's")->type_name("ID");
    command.add_option("--model", into.model, "Only this model's")->type_name("NAME");
    command.add_option("--format", into.format, "table, json or csv")
        ->type_name("FORMAT")
        ->capture_default_str();
}

int run_usage(const usage_options& options, std::ostream& out, std::ostream& err) {
    if (options.config.empty() == options.ledger.empty())
        return fail(exit_usage, "usage: either --config FILE or --ledger PATH is needed", err);
    const auto* format = find_format(options.format);
    if (format == nullptr) {
        return fail(
            exit_usage, "--format: '" + options.format + "' is none of table, json, csv", err
        );
    }
    const auto query = parse_usage_query(options);
    if (!query) return fail(exit_usage, query.error(), err);

    std::string path = options.ledger;
    if (path.empty()) {
        auto named = ledger_of(options.config, err);
        if (!named) return exit_failure;
        path = std::move(*named);
    }
    const auto report = ask(path, *query);
    if (!report) return fail(exit_failure, report.error(), err);
    format->write(*report, out);
    out.flush();
    if (!out) return fail(exit_failure, "the report could not be written whole", err);
    return 0;
}

int run_usage(const usage_options& options) {
    return run_usage(options, std::cout, std::cerr);
}

}  // namespace sluice::gateway
