#include "gateway/admission/hash_key.hpp"
#include "gateway/admission/ledger/usage_command.hpp"
#include "gateway/config/listen.hpp"
#include "gateway/config/load.hpp"
#include "gateway/doctor/command.hpp"
#include "gateway/http/hardening.hpp"
#include "gateway/http/health.hpp"
#include "gateway/http/server.hpp"
#include "gateway/load/command.hpp"
#include "gateway/telemetry/access_log.hpp"

#include <CLI/CLI.hpp>
#include <boost/system/result.hpp>
#include <nlohmann/json.hpp>

#include <cstdio>
#include <exception>
#include <iostream>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace {

using namespace sluice::gateway;

constexpr int exit_failure = 1;
constexpr int exit_usage = 2;

struct serve_options {
    std::string config;
    std::vector<std::string> listen;
    std::string upstream;
    std::string upstream_key_env;
    std::string record;
};

int fail(const std::string& message) {
    std::cerr << "sluice: " << message << '\n';
    return exit_failure;
}

int fail(const configuration_errors& wrong) {
    for (const auto& message : wrong.messages)
        std::cerr << message << '\n';
    return exit_failure;
}

/// The configuration of a file, or the default one.
boost::system::result<configuration, configuration_errors> read_configuration(
    const std::string& path
) {
    if (path.empty()) return default_configuration();
    return load_configuration(path);
}

/// What the command line says about addresses; an error is a sentence for people.
boost::system::result<std::vector<listen_address>, std::string> listen_addresses(
    const std::vector<std::string>& texts
) {
    std::vector<listen_address> addresses;
    for (const auto& text : texts) {
        const auto address = parse_listen_address(text);
        if (!address) {
            return "--listen: '" + text + "' is not ADDRESS:PORT, as 127.0.0.1:8080 or [::1]:8080";
        }
        addresses.push_back(*address);
    }
    return addresses;
}

/// The file, and on top of it what the command line says.
boost::system::result<configuration, configuration_errors> load_to_serve(
    const serve_options& options, const std::vector<listen_address>& listen
) {
    auto settings = read_configuration(options.config);
    if (!settings) return settings;
    if (!listen.empty()) settings->server.listen = listen;
    if (!options.upstream.empty()) {
        auto problem = add_upstream(*settings, options.upstream, options.upstream_key_env);
        if (problem) return configuration_errors{{std::move(*problem)}};
    }
    settings->record = options.record;
    return settings;
}

int run_serve(const serve_options& options) {
    const bool closed = forbid_core_dumps();
    const auto listen = listen_addresses(options.listen);
    if (!listen) {
        std::cerr << "sluice: " << listen.error() << '\n';
        return exit_usage;
    }
    const auto load = [&] { return load_to_serve(options, *listen); };
    auto settings = load();
    if (!settings) return fail(settings.error());
    if (const auto refusal = refuse_to_serve(*settings)) return fail(*refusal);
    set_up_log(settings->log);
    if (!closed) log_event(log_level::warn, "core dumps of this process may hold secrets");
    return serve(
        std::make_shared<const configuration>(std::move(*settings)),
        options.config.empty() ? configuration_loader{} : load
    );
}

int run_check(const std::string& path) {
    const auto settings = read_configuration(path);
    if (!settings) return fail(settings.error());
    if (const auto refusal = refuse_to_serve(*settings)) return fail(*refusal);
    std::cout << describe(*settings);
    return 0;
}

int run_version(bool as_json) {
    if (as_json) {
        std::cout << nlohmann::json{{"name", "sluice"}, {"version", SLUICE_VERSION}}.dump() << '\n';
    } else {
        std::cout << "sluice " << SLUICE_VERSION << '\n';
    }
    return 0;
}

int run(int argc, char** argv) {
    CLI::App app{"Sluice: a gateway for LLM token streams"};
    app.require_subcommand(1);

    serve_options serving;
    auto* serve_command =
        app.add_subcommand("serve", "Serve; without --config the mock model on 127.0.0.1:8080");
    serve_command->add_option("-c,--config", serving.config, "Configuration file (YAML)")
        ->type_name("FILE");
    serve_command
        ->add_option("-l,--listen", serving.listen, "Where to listen; port 0 picks a free one")
        ->type_name("ADDR:PORT");
    auto* upstream = serve_command->add_option(
        "--upstream",
        serving.upstream,
        "OpenAI-compatible server for every model that is not configured"
    );
    upstream->type_name("URL");
    serve_command
        ->add_option(
            "--upstream-key-env",
            serving.upstream_key_env,
            "Environment variable that holds its key"
        )
        ->type_name("NAME")
        ->needs(upstream);
    serve_command
        ->add_option(
            "--record",
            serving.record,
            "Folder to keep every exchange with a provider in, prompts included"
        )
        // Who asks for recordings must not go without for a variable that was not set.
        ->check([](const std::string& folder) {
            return std::string(folder.empty() ? "needs the name of a folder" : "");
        })
        ->type_name("DIR");

    std::string checked;
    auto* check_command =
        app.add_subcommand("check", "Validate a configuration and print what it comes to");
    check_command->add_option("-c,--config", checked, "Configuration file (YAML)")
        ->required()
        ->type_name("FILE");

    load::load_options loading;
    auto* load_command = app.add_subcommand(
        "load", "Load a server with streams and say how it holds up; --mock brings its own"
    );
    load::declare(*load_command, loading);

    auto* schema_command = app.add_subcommand("schema", "Print the configuration's JSON Schema");

    usage_options used;
    auto* usage_command = app.add_subcommand("usage", "Print what the usage ledger has kept");
    declare(*usage_command, used);

    bool generate = false;
    auto* hash_command = app.add_subcommand(
        "hash-key", "Read a client's key from standard input and print what the configuration takes"
    );
    hash_command->add_flag("--generate", generate, "Make a new key and print it, too");

    std::string asked = "http://127.0.0.1:8080";
    auto* health_command =
        app.add_subcommand("health", "Ask a gateway's /livez; exit 0 if it is alive");
    health_command->add_option("url", asked, "The gateway")
        ->capture_default_str()
        ->type_name("URL");

    doctor::doctor_options examined;
    auto* doctor_command = app.add_subcommand(
        "doctor", "Tell whether anything between here and a gateway buffers, and what to set"
    );
    doctor::declare(*doctor_command, examined);

    bool version_json = false;
    auto* version_command = app.add_subcommand("version", "Print the version");
    version_command->add_flag("--json", version_json, "As JSON");

    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        return app.exit(error) == 0 ? 0 : exit_usage;
    }
    if (serve_command->parsed()) return run_serve(serving);
    if (check_command->parsed()) return run_check(checked);
    if (schema_command->parsed()) {
        std::cout << configuration_schema().dump(2) << '\n';
        return 0;
    }
    if (usage_command->parsed()) return run_usage(used);
    if (hash_command->parsed()) return run_hash_key(std::cin, std::cout, std::cerr, generate);
    if (health_command->parsed()) return check_health(asked);
    if (doctor_command->parsed()) return doctor::run_doctor(examined);
    if (load_command->parsed())
        return load::run_load(
            loading,
            SLUICE_VERSION,
            load::shown_command({argv, static_cast<std::size_t>(argc)}, loading)
        );
    if (version_command->parsed()) return run_version(version_json);
    return exit_usage;
}

}  // namespace

int main(int argc, char** argv) {
    try {
        return run(argc, argv);
    } catch (const std::exception& error) {
        return fail(error.what());
    }
}
