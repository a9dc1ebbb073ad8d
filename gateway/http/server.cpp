#include "gateway/http/server.hpp"

#include "gateway/config/processors.hpp"
#include "gateway/http/descriptors.hpp"
#include "gateway/http/known_spending.hpp"
#include "gateway/http/listener.hpp"
#include "gateway/http/memory_keeper.hpp"
#include "gateway/http/worker_group.hpp"
#include "gateway/telemetry/access_log.hpp"
#include "gateway/telemetry/log_level.hpp"

#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <mutex>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <thread>
#include <unistd.h>
#include <utility>
#include <vector>

namespace sluice::gateway {

namespace {

namespace asio = boost::asio;
using clock = std::chrono::steady_clock;
using address_list = std::span<const bound_address>;

constexpr std::chrono::milliseconds drain_look{50};
/// After their last words, streams get this long to reach their readers.
constexpr std::chrono::seconds farewell_time{1};
constexpr std::chrono::seconds close_time{1};
/// Who has no time left writes down at least what its streams have used.
constexpr std::chrono::milliseconds hurry{200};

std::int64_t unix_seconds() {
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    return std::chrono::duration_cast<std::chrono::seconds>(now).count();
}

/// Whoever starts the program is told why it does not.
bool refuse(const std::string& why) {
    std::cerr << "sluice: " << why << '\n';
    return false;
}

void warn_of_certificate(const snapshot& serving) {
    const auto& tls = serving.settings->server.tls;
    if (!tls) return;
    const auto now = std::chrono::system_clock::now();
    const auto trouble = certificate_trouble(*tls, *serving.tls, now);
    if (trouble) log_event(log_level::warn, "certificate", *trouble);
}

/// What starts the workers, has them serve by another configuration, and ends them in order.
class server {
 public:
    server(std::shared_ptr<const configuration> settings, configuration_loader again)
        : again_(std::move(again)), first_settings_(std::move(settings)) {}

    int run();

 private:
    bool set_up();
    bool set_up_serving();
    bool set_up_recording();
    bool set_up_addresses();
    bool set_up_ledger();
    bool set_up_workers();
    bool listen();
    void bound_connections();
    void bound_memory();
    std::uint64_t streams_live() const;
    void announce() const;
    void wait_for_signal();
    void on_signal(int number);
    void reload();
    void tell_failed_reload(const configuration_errors& wrong);
    void serve_by(const std::shared_ptr<const snapshot>& next);
    void begin_drain(int number);
    worker::load busy() const;
    void look_at_drain();
    void end_streams();
    void close_all();
    void close_ledger();
    [[noreturn]] void end_at_once(int exit_code);

    const configuration& settings() const { return *serving_->settings; }
    address_list client_addresses() const;
    address_list operator_addresses() const;

    configuration_loader again_;  ///< empty: there is nothing to reload
    std::shared_ptr<const configuration> first_settings_;
    std::shared_ptr<const snapshot> serving_;
    std::size_t descriptors_max_ = 0;
    std::vector<bound_address> addresses_;  ///< the clients', then the operators'
    std::size_t workers_count_ = 1;
    gateway_state state_;
    std::optional<worker_group> workers_;
    asio::io_context control_{1};
    asio::signal_set signals_{control_, SIGTERM, SIGINT, SIGHUP};
    asio::steady_timer drain_timer_{control_};
    memory_keeper memory_{
        control_,
        state_.pressure,
        [this] { return streams_live(); },
        [this] { workers_->tell([](worker& one) { one.relieve(); }); }};
    clock::time_point drain_deadline_;
    clock::time_point farewell_deadline_;
    std::size_t announced_streams_ = 0;
    bool streams_ended_ = false;
    bool closing_ = false;
    std::jthread last_resort_;  ///< ends the process where the workers do not end
};

int server::run() {
    std::signal(SIGPIPE, SIG_IGN);
    if (!set_up()) return 1;
    wait_for_signal();
    workers_->start();
    announce();
    control_.run();
    workers_->join();
    last_resort_ = {};
    // What streams still have to say about themselves they say when they go.
    workers_.reset();
    close_ledger();
    log_event(log_level::info, "stopped");
    return 0;
}

bool server::set_up() {
    descriptors_max_ = raise_descriptor_limit();
    return set_up_serving() && set_up_recording() && set_up_addresses() && set_up_ledger() &&
           set_up_workers();
}

bool server::set_up_serving() {
    auto made = snapshot::make(std::move(first_settings_), nullptr);
    if (!made) return refuse(made.error());
    serving_ = std::move(*made);
    warn_of_certificate(*serving_);
    state_.reloads.loaded = unix_seconds();
    return true;
}

bool server::set_up_recording() {
    const auto& folder = settings().record;
    if (folder.empty()) return true;
    auto opened = upstream::recording_folder::open(folder, [](const std::string& wrong) {
        log_event(log_level::warn, "recording", wrong);
    });
    if (!opened) return refuse("--record: " + opened.error());
    state_.recordings = std::move(*opened);
    log_event(
        log_level::info,
        "recording",
        "every prompt and every answer of a provider is kept in " + folder
    );
    return true;
}

/// All of them at once, so that no two get the same free port.
bool server::set_up_addresses() {
    auto all = settings().server.listen;
    const auto& admin = settings().server.admin;
    all.insert(all.end(), admin.begin(), admin.end());
    auto reserved = reserve_addresses(all);
    if (!reserved) return refuse(reserved.error());
    addresses_ = std::move(*reserved);
    return true;
}

address_list server::client_addresses() const {
    return address_list{addresses_}.first(settings().server.listen.size());
}

address_list server::operator_addresses() const {
    return address_list{addresses_}.subspan(settings().server.listen.size());
}

bool server::set_up_ledger() {
    const auto& path = settings().ledger;
    if (path.empty()) return true;
    auto opened = ledger::open(path, [](const std::string& wrong) {
        log_event(log_level::warn, "ledger", wrong);
    });
    if (!opened) return refuse(opened.error());
    state_.ledger = std::move(*opened);
    remember_spending(state_.limits, *state_.ledger, serving_->catalog);
    return true;
}

bool server::set_up_workers() {
    const auto wanted = settings().server.workers;
    workers_count_ = wanted ? wanted : usable_processors();
    bound_connections();
    workers_.emplace(state_, serving_, workers_count_);
    bound_memory();
    return listen();
}

bool server::listen() {
    const bool apart = !operator_addresses().empty();
    const auto for_clients = apart ? listener_role::clients : listener_role::everybody;
    try {
        workers_->listen(client_addresses(), for_clients);
        workers_->listen(operator_addresses(), listener_role::operators);
    } catch (const boost::system::system_error& error) {
        return refuse("cannot listen: " + error.code().message());
    }
    return true;
}

/// A stream takes a connection to its client, one to its provider, and perhaps a recording.
void server::bound_connections() {
    descriptor_needs needs;
    needs.each = settings().record.empty() ? 2 : 3;
    needs.listeners = workers_count_ * addresses_.size();
    state_.connections_max =
        connections_that_fit(settings().server.connections_max, descriptors_max_, needs);
}

std::uint64_t server::streams_live() const {
    std::int64_t live = 0;
    for (const auto* one : state_.all_counters)
        live += one->streams_live.value();
    return static_cast<std::uint64_t>(std::max<std::int64_t>(live, 0));
}

void server::bound_memory() {
    memory_.keep_below(settings().server.memory_max);
    const auto each = state_.pressure.history_bytes_max() / workers_count_;
    workers_->tell([each](worker& one) { one.streams().bound_history(each); });
}

void server::announce() const {
    const auto* scheme = settings().server.tls ? "https" : "http";
    const bool guarded = settings().auth == auth_mode::keys;
    if (!settings().has_real_provider() && !guarded) {
        log_event(
            log_level::info, "serving the mock model only", "no keys needed, any origin may ask"
        );
    }
    for (const auto& address : client_addresses())
        std::printf("listening on %s://%s\n", scheme, address.shown.c_str());
    for (const auto& address : operator_addresses())
        std::printf("operators listen on %s://%s\n", scheme, address.shown.c_str());
    std::fflush(stdout);
}

void server::wait_for_signal() {
    signals_.async_wait([this](const boost::system::error_code& error, int number) {
        // One that came just before it was cancelled would have us wait for the next one.
        if (!error && !closing_) on_signal(number);
    });
}

void server::on_signal(int number) {
    wait_for_signal();
    if (number == SIGHUP)
        reload();
    else
        begin_drain(number);
}

void server::reload() {
    constexpr auto in_vain = "configuration not reloaded";
    if (state_.draining) return log_event(log_level::info, in_vain, "the gateway is draining");
    if (!again_) {
        return log_event(
            log_level::warn, "nothing to reload", "the gateway was started without --config"
        );
    }
    auto loaded = load_next(*serving_, again_);
    if (!loaded) return tell_failed_reload(loaded.error());
    serve_by(loaded->next);
    ++state_.reloads.ok;
    for (const auto& name : loaded->kept)
        log_event(log_level::warn, "takes effect at the next start", name);
    log_event(log_level::info, "configuration reloaded");
}

void server::tell_failed_reload(const configuration_errors& wrong) {
    ++state_.reloads.failed;
    for (const auto& message : wrong.messages)
        log_event(log_level::error, "configuration not reloaded", message);
}

/// Returns once all workers serve by it: who reads of it in the log finds it so.
void server::serve_by(const std::shared_ptr<const snapshot>& next) {
    serving_ = next;
    warn_of_certificate(*next);
    bound_connections();
    bound_memory();
    set_log_level(settings().log.level);
    workers_->ask([&next](worker& one) {
        one.serve_by(next);
        return true;
    });
    state_.reloads.loaded = unix_seconds();
}

/// The first signal drains, the second ends at once.
void server::begin_drain(int number) {
    if (state_.draining.exchange(true)) {
        log_event(log_level::warn, "second signal, ending at once");
        end_at_once(1);
    }
    log_event(log_level::info, "draining", number == SIGTERM ? "SIGTERM" : "SIGINT");
    drain_deadline_ = clock::now() + settings().server.drain;
    workers_->tell([](worker& one) { one.begin_drain(); });
    look_at_drain();
}

worker::load server::busy() const {
    worker::load total;
    for (const auto& one : workers_->ask([](worker& asked) { return asked.busy(); })) {
        total.busy += one.busy;
        total.streams += one.streams;
    }
    return total;
}

void server::look_at_drain() {
    const auto left = busy();
    const auto now = clock::now();
    if (left.busy == 0 || (streams_ended_ && now >= farewell_deadline_)) return close_all();
    if (left.streams != announced_streams_ && isatty(STDERR_FILENO) != 0) {
        std::fprintf(
            stderr,
            "waiting for %zu stream%s; a second signal ends at once\n",
            left.streams,
            left.streams == 1 ? "" : "s"
        );
    }
    announced_streams_ = left.streams;
    if (!streams_ended_ && now >= drain_deadline_) end_streams();
    drain_timer_.expires_after(drain_look);
    drain_timer_.async_wait([this](const boost::system::error_code& error) {
        if (!error) look_at_drain();
    });
}

void server::end_streams() {
    streams_ended_ = true;
    farewell_deadline_ = clock::now() + farewell_time;
    workers_->tell([](worker& one) { one.end_streams(); });
}

void server::close_all() {
    closing_ = true;
    signals_.cancel();
    memory_.stop();
    workers_->tell([](worker& one) { one.close_all(); });
    // A loop that does not run dry in time holds nothing that a client waits for.
    const bool traced = !settings().telemetry.traces.endpoint.empty();
    const auto time = traced ? close_time + worker::last_export_time : close_time;
    last_resort_ = std::jthread([this, time](const std::stop_token& over) {
        std::mutex mutex;
        std::condition_variable_any nothing;
        std::unique_lock lock{mutex};
        nothing.wait_for(lock, over, time, [] { return false; });
        if (!over.stop_requested()) end_at_once(0);
    });
}

/// What was used is written down before the process ends, whatever way it ends.
void server::close_ledger() {
    if (state_.ledger) state_.ledger->close();
}

void server::end_at_once(int exit_code) {
    workers_->tell_and_wait([](worker& one) { one.end_streams(); }, hurry);
    close_ledger();
    flush_log();
    std::_Exit(exit_code);
}

}  // namespace

int serve(std::shared_ptr<const configuration> settings, configuration_loader again) {
    server instance{std::move(settings), std::move(again)};
    return instance.run();
}

}  // namespace sluice::gateway
