#include "gateway/http/worker.hpp"

#include "gateway/http/session.hpp"
#include "gateway/streams/random_bytes.hpp"
#include "gateway/telemetry/access_log.hpp"

#include <algorithm>
#include <utility>

namespace sluice::gateway {

namespace {

/// How long accepting rests when there are no descriptors: neither spinning nor giving up.
constexpr std::chrono::milliseconds accept_pause{100};

constexpr std::chrono::milliseconds leave_look{5};

/// What signs URLs where no secret is configured.
std::string made_up_secret() {
    const auto bytes = random_bytes<32>();
    return {bytes.begin(), bytes.end()};
}

}  // namespace

gateway_state::gateway_state(std::shared_ptr<const configuration> configured)
    : settings(std::move(configured)),
      catalog(*settings),
      signer(
          settings->streams.url_secret.empty() ? made_up_secret() : settings->streams.url_secret
      ) {}

struct worker::listener {
    explicit listener(boost::asio::ip::tcp::acceptor on)
        : acceptor(std::move(on)), rest(acceptor.get_executor()) {}
    boost::asio::ip::tcp::acceptor acceptor;
    upstream::alarm rest;
};

worker::worker(gateway_state& state, unsigned index)
    : state_(state),
      upstreams_(context_, state.recordings),
      streams_(context_, index, upstreams_, state.settings->streams, counters_),
      leaving_(context_) {}

worker::~worker() = default;

void worker::accept_on(boost::asio::ip::tcp::acceptor acceptor) {
    listeners_.push_back(std::make_unique<listener>(std::move(acceptor)));
    accept(*listeners_.back());
}

void worker::accept(listener& on) {
    on.acceptor.async_accept(
        context_,
        [this, &on](const boost::system::error_code& error, boost::asio::ip::tcp::socket socket) {
            if (closing_ || error == boost::asio::error::operation_aborted) return;
            if (error) {
                log_event(log_level::warn, "accept failed", error.message());
                return pause_accepting(on);
            }
            start_session(*this, std::move(socket));
            if (full()) return pause_accepting(on);
            accept(on);
        }
    );
}

/// The limit is that of all workers together: the kernel does not deal connections out evenly.
bool worker::full() const {
    std::int64_t open = 0;
    for (const auto* one : state_.all_counters)
        open += one->connections.value();
    return open >= static_cast<std::int64_t>(state_.connections_max);
}

/// Full: who comes next waits in the kernel's queue until somebody leaves.
void worker::pause_accepting(listener& on) {
    on.rest.set(std::chrono::steady_clock::now() + accept_pause, [this, &on] {
        if (closing_) return;
        if (full()) return pause_accepting(on);
        accept(on);
    });
}

void worker::remove(session& session) {
    sessions_.erase(&session);
}

void worker::begin_drain() {
    for (auto* session : sessions_)
        session->close_if_idle();
}

worker::load worker::busy() const {
    return {answering + streams_.live() + streams_.awaited(), streams_.generating()};
}

void worker::end_streams() {
    streams_.stop_all(upstream::outcome::drained, "the gateway is shutting down");
}

void worker::close_all() {
    closing_ = true;
    boost::system::error_code ignored;
    for (const auto& listener : listeners_) {
        listener->rest.cancel();
        listener->acceptor.close(ignored);
    }
    for (auto* session : sessions_)
        session->close();
    leave_when_empty();
}

/// Once the last session is gone nothing refers to streams; once they are gone, nothing to
/// transfers.
void worker::leave_when_empty() {
    if (!sessions_.empty()) {
        return leaving_.set(std::chrono::steady_clock::now() + leave_look, [this] {
            leave_when_empty();
        });
    }
    streams_.shut_down();
    upstreams_.shut_down();
}

}  // namespace sluice::gateway
