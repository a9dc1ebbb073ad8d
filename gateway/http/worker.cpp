#include "gateway/http/worker.hpp"

#include "gateway/http/session.hpp"
#include "gateway/telemetry/access_log.hpp"

#include <algorithm>
#include <utility>

namespace sluice::gateway {

namespace {

/// How long accepting rests when there are no descriptors: neither spinning nor giving up.
constexpr std::chrono::milliseconds accept_pause{100};

constexpr std::chrono::milliseconds leave_look{5};

/// Some 20 us each: the others wait for a millisecond.
constexpr int accepted_at_once = 64;

/// Of the connections, where operators have listeners of their own: a part that clients leave.
constexpr std::int64_t operators_part = 16;

}  // namespace

struct worker::listener {
    listener(boost::asio::ip::tcp::acceptor on, listener_role whose)
        : acceptor(std::move(on)), role(whose), rest(acceptor.get_executor()) {}

    /// Once for each spell of trouble: there are ten attempts a second.
    void tell_failure(const std::string& what) {
        if (std::exchange(failing, true)) return;
        log_event(log_level::warn, "accept failed", what);
    }

    boost::asio::ip::tcp::acceptor acceptor;
    listener_role role;
    upstream::alarm rest;
    bool failing = false;  ///< it was told that nobody could be let in, and nobody was since
};

worker::worker(gateway_state& state, std::shared_ptr<const snapshot> serving, unsigned index)
    : state_(state),
      serving_(std::move(serving)),
      upstreams_(context_, state.recordings),
      tracer_(
          context_,
          upstreams_.transfers(),
          counters_,
          state.trace_news,
          serving_->settings->telemetry.traces
      ),
      store_(index, state.limits),
      streams_(context_, index, upstreams_, store_, serving_->settings->streams, counters_),
      leaving_(context_) {
    streams_.trace_with(&tracer_);
}

worker::~worker() = default;

void worker::serve_by(std::shared_ptr<const snapshot> next) {
    serving_ = std::move(next);
    streams_.adopt(serving_->settings->streams);
    tracer_.adopt(serving_->settings->telemetry.traces);
    listed_.clear();
}

void worker::accept_on(boost::asio::ip::tcp::acceptor acceptor, listener_role role) {
    acceptor.non_blocking(true);
    listeners_.push_back(std::make_unique<listener>(std::move(acceptor), role));
    accept(*listeners_.back());
}

void worker::accept(listener& on) {
    on.acceptor.async_accept(
        context_,
        [this, &on](const boost::system::error_code& error, boost::asio::ip::tcp::socket socket) {
            if (closing_ || error == boost::asio::error::operation_aborted) return;
            if (error == boost::asio::error::connection_aborted) return accept(on);
            if (error) {
                on.tell_failure(error.message());
                return pause_accepting(on);
            }
            on.failing = false;
            start_session(*this, std::move(socket), on.role);
            accept_waiting(on);
            if (full(on)) return pause_accepting(on);
            accept(on);
        }
    );
}

/// Who stands in the kernel's queue comes in at once: with one in each turn of a busy loop the last
/// of a crowd would wait for as many turns, whatever is asked.
void worker::accept_waiting(listener& on) {
    for (int more = 0; more < accepted_at_once && !full(on); ++more) {
        boost::system::error_code error;
        boost::asio::ip::tcp::socket socket{context_};
        on.acceptor.accept(socket, error);
        // What is wrong, the wait for the next one tells.
        if (error) return;
        start_session(*this, std::move(socket), on.role);
    }
}

/// The limit is that of all workers together: the kernel does not deal connections out evenly.
/// Operators come in where clients fill the gateway, to see why.
bool worker::full(const listener& on) const {
    std::int64_t open = 0;
    for (const auto* one : state_.all_counters)
        open += one->connections.value();
    const auto all = static_cast<std::int64_t>(state_.connections_max);
    const auto kept = on.role == listener_role::clients ? all / operators_part : 0;
    return open >= all - kept;
}

/// Full: who comes next waits in the kernel's queue until somebody leaves.
void worker::pause_accepting(listener& on) {
    on.rest.set(std::chrono::steady_clock::now() + accept_pause, [this, &on] {
        if (closing_) return;
        if (full(on)) return pause_accepting(on);
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
    lag_.stop();
    boost::system::error_code ignored;
    for (const auto& listener : listeners_) {
        listener->rest.cancel();
        listener->acceptor.close(ignored);
    }
    for (auto* session : sessions_)
        session->close();
    leave_when_empty();
}

/// Once the last session is gone nothing refers to streams; once they are gone and their spans are
/// sent, nothing to transfers.
void worker::leave_when_empty() {
    if (!sessions_.empty()) {
        return leaving_.set(std::chrono::steady_clock::now() + leave_look, [this] {
            leave_when_empty();
        });
    }
    streams_.shut_down();
    tracer_.flush(last_export_time, [this] { upstreams_.shut_down(); });
}

}  // namespace sluice::gateway
