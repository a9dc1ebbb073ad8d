#pragma once

#include "upstream/mock/replay_settings.hpp"
#include "upstream/mock/settings.hpp"
#include "upstream/providers/settings.hpp"
#include "upstream/routing/rules.hpp"

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// The configuration as the rest of the gateway sees it: typed, validated, immutable.
namespace sluice::gateway {

using std::chrono::milliseconds;

struct listen_address {
    std::string host;  ///< IPv4 or IPv6 address without brackets, or "localhost"
    std::uint16_t port = 0;
};

/// What happens to a generation when its last reader leaves.
enum class disconnect_policy { cancel, grace, keep };

struct tls_settings {
    std::string certificate;  ///< path, PEM chain
    std::string private_key;  ///< path, PEM
};

struct server_settings {
    std::vector<listen_address> listen{{"127.0.0.1", 8080}};
    std::vector<listen_address> admin;  ///< what operators ask for is answered there alone
    unsigned workers = 0;               ///< 0: one per core the process may use
    std::optional<tls_settings> tls;
    std::vector<std::string> hosts;  ///< names accepted in Host besides localhost and addresses
    std::vector<std::string> cors_origins;  ///< exact origins, or "*"
    std::string default_model;              ///< empty: the first configured
    std::size_t body_bytes_max = 32U << 20;
    std::size_t header_bytes_max = 32U << 10;
    std::size_t connections_max = 20000;
    std::optional<std::size_t> streams_max;  ///< generations at once; nothing: as connections
    std::optional<std::size_t>
        memory_max;                    ///< bytes; nothing: what the machine or its container has
    milliseconds session{43'200'000};  ///< how long the pages' cookie is good
    milliseconds idle{75'000};
    milliseconds heartbeat{15'000};
    std::optional<milliseconds> commit_after{1'000};  ///< nothing: never
    milliseconds drain{25'000};
    bool close_after_stream = false;
};

/// What one key, or one model, may use at most. Nothing: no bound.
struct usage_limits {
    std::optional<std::int64_t> requests_per_minute;
    std::optional<std::int64_t> tokens_per_minute;  ///< of prompts and answers
    std::optional<std::int64_t> concurrent_streams;
    std::optional<std::int64_t> cost_per_day;    ///< billionths of the prices' currency; UTC days
    std::optional<std::int64_t> cost_per_month;  ///< the same; UTC months

    bool operator==(const usage_limits&) const = default;
};

/// What tokens cost, each in billionths of the currency that all prices are in.
struct token_price {
    std::int64_t input = 0;
    std::int64_t output = 0;
    std::optional<std::int64_t> cached_input;  ///< nothing: as input
    std::optional<std::int64_t> cache_write;   ///< nothing: as input

    bool operator==(const token_price&) const = default;
};

struct price_entry {
    std::string provider;  ///< empty: any
    std::string model;     ///< as the provider calls it; a trailing `*` matches any rest
    token_price price;
};

struct provider_entry {
    upstream::provider_settings settings;
    upstream::mock_settings mock;      ///< of kind mock
    upstream::replay_settings replay;  ///< of kind replay
    upstream::breaker_rules breaker;
    std::optional<bool> prefill;  ///< nothing: as its kind has it
};

struct target {
    std::string provider;
    std::string
        model;  ///< what the provider is asked for; `*` stands for what the route's `*` matched
    int weight = 1;
    int priority = 1;  ///< lower ones are asked first
};

struct route_policy {
    std::optional<milliseconds> connect_timeout;  ///< nothing: as the provider has it
    milliseconds first_token_timeout{120'000};
    milliseconds progress_timeout{120'000};
    std::optional<milliseconds> total_timeout;       ///< nothing: off, 600 s where not streamed
    std::optional<disconnect_policy> on_disconnect;  ///< nothing: as the surface has it
    upstream::routing_rules routing;
};

struct model_route {
    std::string name;             ///< a trailing `*` matches any rest
    std::vector<target> targets;  ///< not empty
    route_policy policy;
    usage_limits limits = {};  ///< of all keys together
};

/// What a key may do besides generating.
enum class key_role {
    user,      ///< stop its own streams
    operator_  ///< see and stop everybody's
};

struct client_key {
    std::string id;
    key_role role = key_role::user;
    std::array<unsigned char, 32> sha256{};
    std::vector<std::string> models;  ///< names, or `prefix*`; empty: all
    usage_limits limits;
    std::optional<std::chrono::system_clock::time_point> expires;  ///< good until then
    std::map<std::string, std::string> labels;  ///< for the ledger and its reports

    bool allows(std::string_view model) const;
};

/// What it takes to read a stream that somebody else began.
enum class attach_rule {
    id,  ///< to know its id
    key  ///< the key that began it, too
};

struct stream_settings {
    std::size_t backlog = 256U << 10;
    std::size_t journal = 4U << 20;
    std::size_t worker_journal = 256U << 20;
    milliseconds retention{120'000};
    milliseconds grace{30'000};
    milliseconds write_stall{60'000};
    attach_rule attach = attach_rule::id;
    std::string url_secret;  ///< signs URLs; empty: one of the process's own
    milliseconds url_lifetime{900'000};
};

enum class log_level { trace, debug, info, warn, error, off };
enum class log_format { automatic, text, json };

struct log_settings {
    log_level level = log_level::info;
    log_format format = log_format::automatic;
    bool content = false;  ///< prompts and answers stand in the access log
};

/// Where spans go, and which are made.
struct trace_settings {
    std::string endpoint;           ///< OTLP/HTTP, without /v1/traces; empty: no spans are made
    upstream::header_list headers;  ///< sent with every export
    std::string service_name = "sluice";
    double sample = 1;         ///< share of requests that begin a trace here
    bool trust_parent = true;  ///< a caller's own decision to sample counts
    bool content = false;      ///< prompts and answers stand in spans
    std::size_t queue = 2048;  ///< spans that wait at most; more are dropped

    bool operator==(const trace_settings&) const = default;
};

/// What is told of the gateway's own doings.
struct telemetry_settings {
    bool histograms = true;     ///< latencies per token and stream
    bool server_timing = true;  ///< Server-Timing on answers
    trace_settings traces;
};

enum class auth_mode { none, keys };

struct configuration {
    server_settings server;
    auth_mode auth = auth_mode::none;
    bool auth_written = false;  ///< `auth` stands in the file
    std::vector<provider_entry> providers;
    std::vector<model_route> models;
    std::vector<client_key> keys;
    std::vector<price_entry> prices;
    std::string ledger;  ///< path of the usage ledger; empty: none is kept
    stream_settings streams;
    log_settings log;
    telemetry_settings telemetry;
    std::string record;  ///< `--record`: the folder that exchanges with providers are kept in

    /// Some provider is not the mock. Recordings count: their answers were paid for, and may say
    /// what is nobody else's business.
    bool has_real_provider() const;
};

/// The configuration of `sluice serve` without a file: the mock model `mock`.
configuration default_configuration();

/// What `--upstream URL --upstream-key-env NAME` adds: every model that no route names goes there.
/// An error is a sentence for the command line.
std::optional<std::string> add_upstream(
    configuration& configuration, const std::string& url, const std::string& key_environment
);

/// The rules of 'what may listen where' and others that need the whole picture. A refusal is a
/// sentence for people.
std::optional<std::string> refuse_to_serve(const configuration& configuration);

}  // namespace sluice::gateway
