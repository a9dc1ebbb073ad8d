#pragma once

#include "gateway/config/load.hpp"
#include "gateway/http/session.hpp"
#include "gateway/http/worker.hpp"
#include "gateway/streams/peers.hpp"
#include "gateway/telemetry/log_level.hpp"
#include "tests/fuzz/check.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/executor_work_guard.hpp>

#include <array>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <memory>
#include <string>
#include <string_view>
#include <sys/socket.h>
#include <unistd.h>
#include <utility>

/// A worker of the gateway whose loop a fuzz target turns, and clients that are connected to it.
namespace sluice::gateway::by_hand {

namespace asio = boost::asio;

// Its own timers come to nothing within an input: the loop is never waited for.
inline constexpr std::string_view common = R"(
log: {level: off}
streams: {backlog: 16KiB, journal: 64KiB, worker_journal: 1MiB, retention: 1s, grace: 1s}
providers:
  mock: {kind: mock, ttft: 0s, rate: 0, tokens: 4}
models:
  - {name: mock, targets: [{provider: mock, model: mock}]}
  - {name: kept, targets: [{provider: mock, model: mock}], policy: {on_disconnect: keep}}
  - {name: "any/*", targets: [{provider: mock, model: "*"}], limits: {concurrent_streams: 2}}
)";
inline constexpr std::string_view open_server = R"(
server: {idle: 5s, limits: {body: 16KiB, header: 4KiB}}
auth: none
)";
inline constexpr std::string_view closing_server = R"(
server: {idle: 5s, limits: {body: 1KiB, header: 1KiB}, close_after_stream: true}
auth: none
)";
inline constexpr std::string_view guarded_server = R"(
server:
  idle: 5s
  limits: {body: 16KiB, header: 4KiB}
  hosts: [gateway.example]
  cors: {origins: ["https://chat.example"]}
auth: keys
)";
// Their secrets are "secret", "bounded" and "operator".
inline constexpr std::string_view keys = R"(
keys:
  - {id: user, sha256: "2bb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b"}
  - id: bounded
    sha256: "73060ad79f2c28d9235e910e8040ca93e7e6a611a3df4f0aa3d0cf3616b37ba5"
    models: [mock]
    limits: {requests_per_minute: 600, tokens_per_minute: 100000, concurrent_streams: 1}
  - id: operator
    role: operator
    sha256: "06e55b633481f7bb072957eabcf110c972e86691c3cfedabe088024bffe42f23"
)";

inline std::shared_ptr<const snapshot> make_snapshot(const std::string& yaml) {
    auto read = parse_configuration(yaml, "fuzz");
    if (!read) {
        for (const auto& message : read.error().messages)
            std::fprintf(stderr, "%s\n", message.c_str());
        std::abort();
    }
    auto made = snapshot::make(std::make_shared<configuration>(std::move(*read)), nullptr);
    FUZZ_CHECK(made.has_value());
    return *made;
}

using snapshots = std::array<std::shared_ptr<const snapshot>, 4>;

inline snapshots make_snapshots() {
    const std::string base{common};
    const std::string guarded = std::string{base}.append(guarded_server).append(keys);
    auto own_alone = guarded;
    constexpr std::string_view streams = "streams: {";
    own_alone.insert(own_alone.find(streams) + streams.size(), "attach: key, ");
    return {
        make_snapshot(std::string{base}.append(open_server)),
        make_snapshot(std::string{base}.append(closing_server)),
        make_snapshot(guarded),
        make_snapshot(own_alone)};
}

/// The gateway with one worker and no thread: its loop is turned by hand.
class turned_worker {
 public:
    turned_worker() {
        set_log_level(log_level::off);
        state_.connections_max = 1000;
        state_.all_counters.push_back(&worker_.counters());
        // It is the only one of its group.
        worker_.streams().know_peers(peers_);
        worker_.store().know_siblings({{&worker_.context(), &worker_.store()}});
    }

    worker& on() { return worker_; }

    /// What the next connections meet.
    void adopt(std::size_t configuration, bool draining) {
        worker_.serve_by(serving_[configuration]);
        state_.draining = draining;
    }

    /// Turns the loop until it has nothing to do now. False: it still had after that many turns.
    bool run(int turns = turns_max) {
        for (; turns > 0; --turns) {
            if (worker_.context().poll_one() == 0) return true;
        }
        return false;
    }

    /// Ends what goes on without clients; then nothing does.
    void check_idle() {
        state_.draining = false;
        FUZZ_CHECK(worker_.answering == 0);
        FUZZ_CHECK(worker_.counters().connections.value() == 0);
        FUZZ_CHECK(worker_.counters().readers.value() == 0);
        worker_.end_streams();
        FUZZ_CHECK(run());
        FUZZ_CHECK(worker_.streams().generating() == 0);
        FUZZ_CHECK(worker_.streams().live() == 0);
        FUZZ_CHECK(worker_.counters().streams_live.value() == 0);
        FUZZ_CHECK(state_.pressure.taken() == 0);
    }

 private:
    static constexpr int turns_max = 20000;

    snapshots serving_ = make_snapshots();
    gateway_state state_;
    worker worker_{state_, serving_[0], 0};
    peers peers_{{{&worker_.context(), &worker_.streams()}}};
    asio::executor_work_guard<asio::io_context::executor_type> stays_{
        worker_.context().get_executor()};
};

inline asio::awaitable<void> run_session(
    worker& on, asio::ip::tcp::socket socket, listener_role by
) {
    session owned{on, std::move(socket), by};
    co_await owned.run();
}

/// The client's end of a connection.
class client {
 public:
    client(turned_worker& to, listener_role by) : to_(to) {
        std::array<int, 2> ends{};
        FUZZ_CHECK(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends.data()) == 0);
        socket_ = ends[0];
        asio::ip::tcp::socket other{to.on().context(), asio::ip::tcp::v4(), ends[1]};
        // As start_session does it, but that nothing may be thrown.
        asio::co_spawn(
            to.on().context(),
            run_session(to.on(), std::move(other), by),
            [this](const std::exception_ptr& thrown) {
                FUZZ_CHECK(!thrown);
                session_over_ = true;
            }
        );
    }
    ~client() { ::close(socket_); }
    client(const client&) = delete;
    client& operator=(const client&) = delete;

    const std::string& sent() const { return sent_; }
    const std::string& received() const { return received_; }
    bool session_over() const { return session_over_; }

    /// False: it is not taken.
    bool send(std::string_view bytes) {
        while (!bytes.empty()) {
            const auto done = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
            if (done > 0) {
                sent_ += bytes.substr(0, static_cast<std::size_t>(done));
                bytes.remove_prefix(static_cast<std::size_t>(done));
            } else if (!exchange()) {
                return false;
            }
        }
        return true;
    }

    /// Has the gateway do all that it can, and takes what it says. False: that was nothing.
    bool exchange() {
        const auto before = received_.size();
        for (int round = 0; round < rounds_max; ++round) {
            const bool done = to_.run();
            if (!take() && done) break;
        }
        return received_.size() > before;
    }

    void end_sending() { ::shutdown(socket_, SHUT_WR); }

 private:
    /// A generation may be asked for that outlasts them: its client leaves then.
    static constexpr int rounds_max = 16;

    bool take() {
        std::array<char, 1 << 16> space;
        bool any = false;
        for (;;) {
            const auto got = ::recv(socket_, space.data(), space.size(), 0);
            if (got <= 0) return any;
            received_.append(space.data(), static_cast<std::size_t>(got));
            any = true;
        }
    }

    turned_worker& to_;
    int socket_ = -1;
    bool session_over_ = false;
    std::string sent_;
    std::string received_;
};

}  // namespace sluice::gateway::by_hand
