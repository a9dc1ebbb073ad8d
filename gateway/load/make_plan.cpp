#include "gateway/config/processors.hpp"
#include "gateway/load/load_options.hpp"
#include "gateway/load/wire/header_names.hpp"
#include "upstream/mock/options.hpp"

#include <algorithm>
#include <cstdlib>
#include <utility>

namespace sluice::gateway::load {

namespace {

using upstream::mock::distribution;
using upstream::mock::quantity;

constexpr std::size_t clients_max = load_options::clients_max;
/// From here on two threads are worth their switching.
constexpr std::size_t clients_per_worker = 2000;
constexpr std::size_t usual_clients = 10;
constexpr double usual_duration_s = 10;

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
        const std::string name = text.substr(0, colon);
        if (!clean || colon == std::string::npos || colon == 0)
            return fail("--header", "'" + name + "' is not 'name: value'");
        if (equal_ignoring_case(name, "content-length") ||
            equal_ignoring_case(name, "transfer-encoding"))
            return fail("--header", "'" + name + "' is the client's to say");
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
    if (given_.find_knee && read->ramp_s > 0)
        fail("--rate", "a ramp and --find-knee exclude each other");
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
    if (given_.find_knee && !(given_.baseline.empty() && given_.events.empty()))
        fail("--find-knee", "compares with no baseline, and logs no events");
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
        const std::string name = text.substr(0, equals);
        const bool own = name == "seed" || name == "key" || name == "stamp";
        if (own && made_.checked == check::content)
            return fail(
                "--mock-setting", name + " is the run's own to say: see --seed, --no-stamps"
            );
        made_.mock[name] = text.substr(equals + 1);
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
        double rate = made_.arriving ? std::max(made_.arriving->rate, made_.arriving->rate_end) : 0;
        if (given_.find_knee) rate = given_.knee_to;
        const std::size_t streams =
            made_.arriving ? static_cast<std::size_t>(rate * minute_s) : made_.clients;
        made_.sources = automatic_source_addresses(*to, streams, read_socket_limits().ports);
        return;
    }
    auto read = parse_source_addresses(given_.source);
    if (!read) return fail("--source", read.error());
    made_.sources = std::move(*read);
    const auto to = resolve(made_.to);
    if (!to) return fail("URL", to.error());
    if (auto problem = made_.sources.mismatch(*to)) return fail("--source", *problem);
    if (auto problem = try_to_bind(made_.sources)) fail("--source", *problem);
}

}  // namespace

boost::system::result<plan, std::string> make_plan(
    const load_options& given, const std::string& url
) {
    return plan_maker(given).make(url);
}

}  // namespace sluice::gateway::load
