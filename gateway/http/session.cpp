#include "gateway/http/session.hpp"

#include "gateway/http/answer.hpp"
#include "gateway/http/load_shedding.hpp"
#include "gateway/http/refusal.hpp"
#include "gateway/telemetry/access_log.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <exception>

namespace sluice::gateway {

namespace {

namespace asio = boost::asio;
using clock = connection::clock;

constexpr std::chrono::seconds handshake_time{10};
// Slowloris: a whole head in 10 s; a body at 240 B/s, looked at every 5 s.
constexpr std::chrono::seconds head_time{10};
constexpr std::chrono::seconds body_look{5};
constexpr std::size_t body_bytes_per_look = 5 * 240;
constexpr std::chrono::seconds write_stall_time{10};
constexpr std::size_t reads_per_turn = 16;  // then the worker's others have theirs

/// Counts a request as being answered, whatever way its answer ends.
class busy_mark {
 public:
    explicit busy_mark(std::size_t& count) : count_(count) { ++count_; }
    ~busy_mark() { --count_; }
    busy_mark(const busy_mark&) = delete;
    busy_mark& operator=(const busy_mark&) = delete;

 private:
    std::size_t& count_;
};

/// Whether a body keeps coming. What it brought earlier counts for nothing: who was fast in the
/// beginning cannot trickle for hours.
class body_pace {
 public:
    void begin(clock::time_point now) {
        look_ = now + body_look;
        bytes_ = 0;
    }
    void note(clock::time_point now, std::size_t bytes) {
        if (now >= look_) begin(now);
        bytes_ += bytes;
    }
    clock::time_point deadline() const {
        return bytes_ < body_bytes_per_look ? look_ : look_ + body_look;
    }

 private:
    clock::time_point look_;
    std::size_t bytes_ = 0;  ///< since the last look
};

/// A request that has come is decoded before its answer waits for anything; its memory is that of
/// whoever answers it from then on.
void keep_while_decoding(worker& on, request_share share) {
    if (!share.holds_any()) return;
    asio::post(on.context(), [share = std::move(share)] {});
}

upstream::failure refusal_of(const request_reader& reader, bool timed_out) {
    auto why = reader.refusal();
    if (timed_out) why = {408, "the request did not arrive in time"};
    return refusal(why.status, "invalid_request_error", std::move(why.message));
}

asio::awaitable<void> run_session(worker& worker, asio::ip::tcp::socket socket, listener_role by) {
    session owned{worker, std::move(socket), by};
    co_await owned.run();
}

}  // namespace

session::session(worker& worker, asio::ip::tcp::socket socket, listener_role by)
    : worker_(worker), connection_(std::move(socket), worker.serving()->tls.get(), by) {
    worker_.add(*this);
    worker_.counters().connections.add(1);
}

session::~session() {
    worker_.counters().connections.add(-1);
    worker_.remove(*this);
}

asio::awaitable<void> session::run() {
    const bool secure = co_await connection_.handshake(clock::now() + handshake_time);
    if (!secure) co_return;
    for (bool keep = true; keep; first_ = false) {
        const auto& server = worker_.serving()->settings->server;
        const auto room = worker_.state().pressure.body_bytes_max();
        const request_limits limits{
            server.header_bytes_max, std::min<std::uint64_t>(server.body_bytes_max, room)};
        request_reader reader{limits};
        request_share share{worker_.state().pressure};
        const auto got = co_await receive(reader, share);
        if (got == received::closed) {
            connection_.close();
            co_return;
        }
        if (got == received::request) {
            const busy_mark mark{worker_.answering};
            keep_while_decoding(worker_, std::move(share));
            keep = co_await answer(worker_, connection_, reader.request());
            // Who pipelines without end takes turns with everybody else.
            if (!connection_.input().empty())
                co_await asio::post(worker_.context(), asio::use_awaitable);
            continue;
        }
        auto reason = refusal_of(reader, got == received::timed_out);
        if (got == received::shed) reason = std::move(*shed_);
        co_await refuse(reader, std::move(reason));
        keep = false;
    }
    co_await connection_.linger();
}

asio::awaitable<session::received> session::receive(request_reader& reader, request_share& share) {
    auto begun = clock::now();
    body_pace pace;
    std::size_t body_bytes = 0;
    std::size_t reads = 0;
    bool any = !connection_.input().empty();
    bool head_judged = false;
    bool awaits_continue = false;
    for (;;) {
        if (!connection_.input().empty()) {
            const bool had_head = reader.head_done();
            const auto state = reader.feed(connection_.input());
            if (state == request_reader::state::done) co_return received::request;
            if (state == request_reader::state::refused) co_return received::refused;
            if (reader.head_done() && !had_head) {
                pace.begin(clock::now());
                // The body may be here, too.
                if (!connection_.input().empty()) continue;
                awaits_continue = reader.expects_continue();
            }
        }
        if (reader.head_done() && !head_judged) {
            head_judged = true;
            shed_ = judge_head(worker_, reader.request(), share);
            if (shed_) co_return received::shed;
            if (awaits_continue) {
                const bool sent = co_await send_continue();
                if (!sent) co_return received::closed;
            }
        }
        shed_ = judge_bytes(worker_, body_bytes + connection_.input().size(), share);
        if (shed_) co_return received::shed;
        const auto result = connection_.fill(connection::fill_bytes_max);
        if (result.state == transport::state::done) {
            const auto now = clock::now();
            if (!any) begun = now;
            any = true;
            if (reader.head_done()) {
                body_bytes += result.bytes;
                pace.note(now, result.bytes);
            }
            if (++reads % reads_per_turn == 0) {
                co_await asio::post(worker_.context(), asio::use_awaitable);
            }
            continue;
        }
        if (result.state != transport::state::would_block) co_return received::closed;

        idle_ = !any;
        if (idle_ && !first_ && worker_.state().draining) co_return received::closed;
        auto deadline = begun + head_time;
        if (reader.head_done())
            deadline = pace.deadline();
        else if (idle_ && !first_)
            deadline = begun + worker_.serving()->settings->server.idle;
        const auto waited = co_await connection_.readable(deadline);
        const bool was_idle = idle_;
        idle_ = false;
        if (waited == connection::wait_result::cancelled) co_return received::closed;
        if (waited == connection::wait_result::timed_out) {
            if (was_idle && !first_) co_return received::closed;
            co_return received::timed_out;
        }
    }
}

asio::awaitable<bool> session::send_continue() {
    co_return co_await connection_.write_all("HTTP/1.1 100 Continue\r\n\r\n", write_stall_time);
}

asio::awaitable<void> session::refuse(request_reader& reader, upstream::failure reason) {
    http_request request;
    if (reader.head_done()) request = reader.request();
    co_await answer_refusal(worker_, connection_, request, reason);
}

void session::close_if_idle() {
    if (idle_) connection_.cancel();
}

void session::close() {
    connection_.close();
}

void start_session(worker& worker, asio::ip::tcp::socket socket, listener_role by) {
    auto running = run_session(worker, std::move(socket), by);
    // What a request throws ends its connection, and nothing else.
    const auto report = [](const std::exception_ptr& thrown) {
        if (!thrown) return;
        try {
            std::rethrow_exception(thrown);
        } catch (const std::exception& error) {
            log_event(log_level::error, "session failed", loggable(error));
        } catch (...) {
            log_event(log_level::error, "session failed", "unknown exception");
        }
    };
    asio::co_spawn(worker.context(), std::move(running), report);
}

}  // namespace sluice::gateway
