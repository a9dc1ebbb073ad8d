#include "gateway/http/session.hpp"

#include "gateway/http/answer.hpp"
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
// Slowloris: a whole head in 10 s; a body that stalls for 10 s, or averages under 240 B/s after 5
// s.
constexpr std::chrono::seconds head_time{10};
constexpr std::chrono::seconds body_stall_time{10};
constexpr std::chrono::seconds body_grace_time{5};
constexpr std::size_t body_bytes_per_second_min = 240;
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

clock::time_point body_deadline(
    clock::time_point begun, clock::time_point last_byte, std::size_t bytes
) {
    const auto paid_for = std::chrono::seconds(bytes / body_bytes_per_second_min);
    const auto by_rate = begun + std::max<std::chrono::seconds>(body_grace_time, paid_for);
    return std::min(by_rate, last_byte + body_stall_time);
}

asio::awaitable<void> run_session(worker& worker, asio::ip::tcp::socket socket) {
    session owned{worker, std::move(socket)};
    co_await owned.run();
}

}  // namespace

session::session(worker& worker, asio::ip::tcp::socket socket)
    : worker_(worker), connection_(std::move(socket), worker.state().tls.get()) {
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
    const auto& server = worker_.state().settings->server;
    const request_limits limits{server.header_bytes_max, server.body_bytes_max};
    for (bool keep = true; keep; first_ = false) {
        request_reader reader{limits};
        const auto got = co_await receive(reader);
        if (got == received::closed) {
            connection_.close();
            co_return;
        }
        if (got == received::request) {
            const busy_mark mark{worker_.answering};
            keep = co_await answer(worker_, connection_, reader.request());
            // Who pipelines without end takes turns with everybody else.
            if (!connection_.input().empty())
                co_await asio::post(worker_.context(), asio::use_awaitable);
            continue;
        }
        wire_refusal refusal = reader.refusal();
        if (got == received::timed_out) refusal = {408, "the request did not arrive in time"};
        co_await refuse(reader, std::move(refusal));
        keep = false;
    }
    co_await connection_.linger();
}

asio::awaitable<session::received> session::receive(request_reader& reader) {
    auto begun = clock::now();
    auto body_begun = begun;
    auto last_byte = begun;
    std::size_t body_bytes = 0;
    std::size_t reads = 0;
    bool any = !connection_.input().empty();
    for (;;) {
        if (!connection_.input().empty()) {
            const bool had_head = reader.head_done();
            const auto state = reader.feed(connection_.input());
            if (state == request_reader::state::done) co_return received::request;
            if (state == request_reader::state::refused) co_return received::refused;
            if (reader.head_done() && !had_head) {
                body_begun = last_byte = clock::now();
                if (reader.expects_continue() && connection_.input().empty()) {
                    const bool sent = co_await send_continue();
                    if (!sent) co_return received::closed;
                }
                continue;
            }
        }
        const auto result = connection_.fill(connection::fill_bytes_max);
        if (result.state == transport::state::done) {
            last_byte = clock::now();
            if (!any) begun = last_byte;
            any = true;
            if (reader.head_done()) body_bytes += result.bytes;
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
            deadline = body_deadline(body_begun, last_byte, body_bytes);
        else if (idle_ && !first_)
            deadline = begun + worker_.state().settings->server.idle;
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

asio::awaitable<void> session::refuse(request_reader& reader, wire_refusal refused) {
    const auto reason =
        gateway::refusal(refused.status, "invalid_request_error", std::move(refused.message));
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

void start_session(worker& worker, asio::ip::tcp::socket socket) {
    auto running = run_session(worker, std::move(socket));
    // What a request throws ends its connection, and nothing else.
    const auto report = [](const std::exception_ptr& thrown) {
        if (!thrown) return;
        try {
            std::rethrow_exception(thrown);
        } catch (const std::exception& error) {
            log_event(log_level::error, "session failed", error.what());
        } catch (...) {
            log_event(log_level::error, "session failed", "unknown exception");
        }
    };
    asio::co_spawn(worker.context(), std::move(running), report);
}

}  // namespace sluice::gateway
