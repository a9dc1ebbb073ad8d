#include "gateway/http/server.hpp"

#include "gateway/config/processors.hpp"
#include "gateway/http/listener.hpp"
#include "gateway/http/worker.hpp"
#include "gateway/telemetry/access_log.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <future>
#include <iostream>
#include <sys/resource.h>
#include <thread>
#include <unistd.h>
#include <vector>

namespace sluice::gateway {

namespace {

namespace asio = boost::asio;
using clock = std::chrono::steady_clock;

constexpr std::chrono::milliseconds drain_look{50};
/// After their last words, streams get this long to reach their readers.
constexpr std::chrono::seconds farewell_time{1};
constexpr std::chrono::seconds close_time{1};

/// How many descriptors there may be from now on.
std::size_t raise_descriptor_limit() {
    rlimit files{};
    if (getrlimit(RLIMIT_NOFILE, &files) != 0) return 0;
    const auto before = files.rlim_cur;
    files.rlim_cur = files.rlim_max;
    return setrlimit(RLIMIT_NOFILE, &files) == 0 ? files.rlim_max : before;
}

/// The workers on their threads, and the orderly end of them.
class server {
 public:
    explicit server(std::shared_ptr<const configuration> settings) : state_(std::move(settings)) {}

    int run();

 private:
    bool set_up_tls();
    bool set_up_recording();
    void make_workers(unsigned count);
    void listen(const std::vector<bound_address>& addresses);
    void start_threads();
    void announce(const std::vector<bound_address>& addresses) const;
    void wait_for_signal();
    void on_signal(int number);
    void look_at_drain();
    void end_streams();
    void close_all();
    worker::load busy();

    gateway_state state_;
    std::vector<std::unique_ptr<worker>> workers_;
    std::unique_ptr<peers> peers_;
    std::vector<std::thread> threads_;
    asio::io_context control_{1};
    asio::signal_set signals_{control_, SIGTERM, SIGINT};
    asio::steady_timer drain_timer_{control_};
    clock::time_point drain_deadline_;
    clock::time_point farewell_deadline_;
    std::size_t announced_streams_ = 0;
    bool streams_ended_ = false;
};

int server::run() {
    std::signal(SIGPIPE, SIG_IGN);
    // A stream takes a connection to its client, one to its provider, and perhaps a recording.
    const auto each = state_.settings->record.empty() ? 2U : 3U;
    const auto room = raise_descriptor_limit() / each;
    const auto configured = state_.settings->server.connections_max;
    state_.connections_max = std::max<std::size_t>(1, std::min(configured, room));
    if (!set_up_tls() || !set_up_recording()) return 1;
    const auto addresses = reserve_addresses(state_.settings->server.listen);
    if (!addresses) {
        std::cerr << "sluice: " << addresses.error() << '\n';
        return 1;
    }
    const auto wanted = state_.settings->server.workers;
    make_workers(wanted ? wanted : usable_processors());
    try {
        listen(*addresses);
    } catch (const boost::system::system_error& error) {
        std::cerr << "sluice: cannot listen: " << error.code().message() << '\n';
        return 1;
    }
    wait_for_signal();
    start_threads();
    announce(*addresses);
    control_.run();
    for (auto& thread : threads_)
        thread.join();
    log_event(log_level::info, "stopped");
    return 0;
}

bool server::set_up_tls() {
    if (!state_.settings->server.tls) return true;
    auto context = make_tls_context(*state_.settings->server.tls);
    if (!context) {
        std::cerr << "sluice: " << context.error() << '\n';
        return false;
    }
    state_.tls = std::move(*context);
    return true;
}

bool server::set_up_recording() {
    const auto& folder = state_.settings->record;
    if (folder.empty()) return true;
    auto opened = upstream::recording_folder::open(folder, [](const std::string& wrong) {
        log_event(log_level::warn, "recording", wrong);
    });
    if (!opened) {
        std::cerr << "sluice: --record: " << opened.error() << '\n';
        return false;
    }
    state_.recordings = std::move(*opened);
    log_event(
        log_level::info,
        "recording",
        "every prompt and every answer of a provider is kept in " + folder
    );
    return true;
}

void server::make_workers(unsigned count) {
    std::vector<peers::peer> all;
    for (unsigned i = 0; i < count; ++i) {
        workers_.push_back(std::make_unique<worker>(state_, i));
        all.push_back({&workers_.back()->context(), &workers_.back()->streams()});
        state_.all_counters.push_back(&workers_.back()->counters());
    }
    peers_ = std::make_unique<peers>(std::move(all));
    for (auto& worker : workers_)
        worker->streams().know_peers(*peers_);
}

void server::listen(const std::vector<bound_address>& addresses) {
    for (auto& worker : workers_) {
        for (const auto& address : addresses)
            worker->accept_on(open_acceptor(worker->context(), address));
    }
}

void server::start_threads() {
    for (auto& worker : workers_) {
        threads_.emplace_back([&context = worker->context()] { context.run(); });
    }
}

void server::announce(const std::vector<bound_address>& addresses) const {
    const auto& settings = *state_.settings;
    const auto* scheme = settings.server.tls ? "https" : "http";
    const bool guarded = settings.auth == auth_mode::keys;
    if (!settings.has_real_provider() && !guarded) {
        log_event(
            log_level::info, "serving the mock model only", "no keys needed, any origin may ask"
        );
    }
    for (const auto& address : addresses) {
        std::printf("listening on %s://%s\n", scheme, address.shown.c_str());
    }
    std::fflush(stdout);
}

void server::wait_for_signal() {
    signals_.async_wait([this](const boost::system::error_code& error, int number) {
        if (!error) on_signal(number);
    });
}

/// The first signal drains, the second ends at once.
void server::on_signal(int number) {
    if (state_.draining.exchange(true)) {
        log_event(log_level::warn, "second signal, ending at once");
        flush_log();
        std::_Exit(1);
    }
    log_event(log_level::info, "draining", number == SIGTERM ? "SIGTERM" : "SIGINT");
    drain_deadline_ = clock::now() + state_.settings->server.drain;
    for (auto& worker : workers_) {
        asio::post(worker->context(), [&one = *worker] { one.begin_drain(); });
    }
    wait_for_signal();
    look_at_drain();
}

/// What the workers are busy with, asked of each on its own thread.
worker::load server::busy() {
    std::vector<std::future<worker::load>> answers;
    for (auto& worker : workers_) {
        auto promise = std::make_shared<std::promise<worker::load>>();
        answers.push_back(promise->get_future());
        asio::post(worker->context(), [&one = *worker, promise] {
            promise->set_value(one.busy());
        });
    }
    worker::load total;
    for (auto& answer : answers) {
        const auto one = answer.get();
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
    for (auto& worker : workers_) {
        asio::post(worker->context(), [&one = *worker] { one.end_streams(); });
    }
}

void server::close_all() {
    signals_.cancel();
    for (auto& worker : workers_) {
        asio::post(worker->context(), [&one = *worker] { one.close_all(); });
    }
    // A loop that does not run dry in time holds nothing that a client waits for.
    std::thread([] {
        std::this_thread::sleep_for(close_time);
        std::_Exit(0);
    }).detach();
}

}  // namespace

int serve(std::shared_ptr<const configuration> settings) {
    server instance{std::move(settings)};
    return instance.run();
}

}  // namespace sluice::gateway
