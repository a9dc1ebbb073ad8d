#include "gateway/http/long_poll.hpp"

#include "gateway/config/scalars.hpp"
#include "gateway/dialects/json_text.hpp"
#include "gateway/http/attach.hpp"
#include "gateway/http/disconnects.hpp"
#include "gateway/http/refusal.hpp"
#include "gateway/http/wakeup.hpp"
#include "sse/parser.hpp"

#include <boost/system/result.hpp>

#include <algorithm>
#include <chrono>
#include <utility>

namespace sluice::gateway {

namespace {

namespace asio = boost::asio;
using clock = connection::clock;

constexpr std::chrono::milliseconds default_wait{25'000};
constexpr std::chrono::milliseconds longest_wait{60'000};
/// More would hold the worker up; the next poll brings the rest.
constexpr std::size_t events_bytes_max = 128 << 10;

/// A client that comes and goes: takes what there is when it is asked to.
class poll_reader final : public reader {
 public:
    explicit poll_reader(connection& client) : client_(client) {}
    ~poll_reader() { leave(); }
    poll_reader(const poll_reader&) = delete;
    poll_reader& operator=(const poll_reader&) = delete;

    void attach(publication& stream, std::uint64_t sequence) {
        stream_ = &stream;
        next_ = sequence;
        offset_ = stream.frames().offset_of(next_).value_or(stream.frames().end_offset());
        stream.attach(*this);
    }

    /// From now on nothing ends a wait for the client any more.
    void leave() {
        if (auto* stream = std::exchange(stream_, nullptr)) stream->detach(*this);
    }

    void on_frames() override { client_.cancel(); }  // ends the wait
    std::uint64_t taken() const override { return offset_; }

    publication* stream() const { return stream_; }
    bool has_news() const { return stream_->ended() || next_ < stream_->frames().next_sequence(); }
    /// What it wants next has left the journal while it waited.
    bool fell_behind() const { return next_ < stream_->frames().first_sequence(); }

    /// The answer's body; what it holds counts as taken.
    std::string take() {
        const auto& frames = stream_->frames();
        std::string body = "{\"events\":[";
        std::string frame;
        for (; body.size() < events_bytes_max && frames.read(next_, frame); ++next_)
            append_events(body, frame);
        offset_ = frames.offset_of(next_).value_or(frames.end_offset());
        stream_->progressed(*this);
        const bool done = stream_->ended() && next_ == frames.next_sequence();
        body.append("],\"next\":").append(next_ > 0 ? std::to_string(next_ - 1) : "null");
        return body.append(",\"done\":").append(done ? "true}" : "false}");
    }

 private:
    void append_events(std::string& body, std::string_view frame) const {
        sse::parser parser{frame.size()};
        parser.feed(frame);
        while (const auto event = parser.next()) {
            if (!event->dispatched) continue;
            if (body.back() != '[') body += ',';
            body.append("{\"seq\":").append(std::to_string(next_)).append(",\"event\":");
            append_json_string(body, event->type);
            append_json_string(body.append(",\"data\":"), event->data);
            body += '}';
        }
    }

    connection& client_;
    publication* stream_ = nullptr;
    std::uint64_t next_ = 0;
    std::uint64_t offset_ = 0;
};

boost::system::result<std::chrono::milliseconds, upstream::failure> asked_wait(
    const http_request& request
) {
    const auto text = request.parameter("wait");
    if (!text) return default_wait;
    const auto wait = parse_duration(*text);
    if (wait) return std::clamp(*wait, std::chrono::milliseconds{0}, longest_wait);
    auto reason = refusal(400, "invalid_request_error", "'wait' must be a time such as 25s");
    reason.param = "wait";
    return reason;
}

/// Waits for news; false once the client is gone.
asio::awaitable<bool> wait_for_news(
    connection& client, const poll_reader& reader, clock::time_point deadline
) {
    while (!reader.has_news() && clock::now() < deadline) {
        const auto waited = co_await client.readable(deadline);
        if (!client.transport().socket().is_open()) co_return false;
        if (waited == connection::wait_result::ready && !client.take_ahead()) co_return false;
    }
    co_return true;
}

}  // namespace

asio::awaitable<bool> answer_long_poll(
    request_scope& scope, std::string id, std::optional<std::uint64_t> last
) {
    const auto wait = asked_wait(scope.request);
    if (!wait) co_return co_await respond_error(scope, wait.error());
    const auto deadline = clock::now() + *wait;
    poll_reader reader{scope.client};
    wakeup answered{scope.worker.context()};
    attach_decision decision;
    scope.worker.streams().find(id, last ? *last + 1 : 0, [&](publication* found) {
        if (found) decision = decide_attach(*found, scope.who, last);
        if (decision.status == 200) reader.attach(*found, decision.sequence);
        answered.notify();
    });
    co_await answered.wait();
    if (!reader.stream()) co_return co_await respond_unattached(scope, decision);
    reader.stream()->note_start_delivered();
    scope.worker.streams().note_polled(id);
    scope.record.model = header_text(reader.stream()->identity().names.route);
    const bool there = co_await wait_for_news(scope.client, reader, deadline);
    if (!there) {
        note_disconnect(scope.worker.counters(), reader.stream());
        scope.client.close();
        scope.record.status = 499;
        scope.record.outcome = "client_gone";
        co_return false;
    }
    if (reader.fell_behind()) {
        decision = decide_attach(*reader.stream(), scope.who, last);
        reader.leave();
        co_return co_await respond_unattached(scope, decision);
    }
    http_response response;
    response.headers = {{"Cache-Control", "no-store"}};
    response.body = reader.take();
    reader.leave();
    scope.record.outcome = "completed";
    co_return co_await respond(scope, std::move(response));
}

}  // namespace sluice::gateway
