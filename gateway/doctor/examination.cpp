#include "gateway/doctor/examination.hpp"

#include "gateway/doctor/answer_reading.hpp"
#include "gateway/doctor/event_reading.hpp"

#include <nlohmann/json.hpp>

#include <arpa/inet.h>
#include <cmath>

namespace sluice::gateway::doctor {

namespace {

using json = nlohmann::json;
using std::chrono::milliseconds;

constexpr milliseconds answer_limit{10'000};
/// What buffers has this long to let a stream go after its end.
constexpr milliseconds patience{3'000};
constexpr double feed_pace_ms = 200;
/// Slow enough that a buffer of one page holds tokens for a second, as people would see.
constexpr long tokens_per_second = 25;
constexpr std::uint64_t cut_behind = 10;

/// The field that says what shall become of a stream that is left.
std::string wish_on_leaving(std::string_view policy) {
    return std::string("X-Stream-On-Disconnect: ").append(policy);
}

/// What a browser offers.
std::string offers_compression() {
    return "Accept-Encoding: gzip, br";
}

/// A token each 1/rate s. What is said to the mock goes within the prompt, as proxies may keep
/// headers back that they do not know.
question mock_stream(const std::string& model, std::uint64_t tokens, long rate, milliseconds ttft) {
    question asked;
    asked.method = upstream::transfer_method::post;
    asked.path = "v1/streams";
    std::string settings = "[mock stamp=true tokens=" + std::to_string(tokens);
    settings += " ttft-ms=" + std::to_string(ttft.count());
    settings += " rate=" + std::to_string(rate) + "] ";
    const json body{{"model", model}, {"prompt", settings + "Does anybody buffer?"}};
    asked.body = body.dump(-1, ' ', false, json::error_handler_t::replace);
    asked.headers = {"Accept: text/event-stream"};
    return asked;
}

question feed_question() {
    question asked;
    asked.path = "v1/events?every=" + std::to_string(std::lround(feed_pace_ms)) + "ms";
    asked.headers = {"Accept: text/event-stream", offers_compression()};
    return asked;
}

/// A stream whose events are noted down as they come.
class watched {
 public:
    watched(wire& way, const question& asked, kind_of_stream kind, double pace_ms)
        : pace_ms_(pace_ms),
          reading_(kind),
          by_(way, asked, [this](auto bytes, double came_ms) { return take(bytes, came_ms); }) {}
    watched(const watched&) = delete;
    watched& operator=(const watched&) = delete;

    exchange& by() { return by_; }
    const event_reading& reading() const { return reading_; }
    stream_facts seen() const {
        return {by_.answer(), reading_.pieces(), pace_ms_, by_.age_ms(), is_compressed()};
    }

 private:
    bool is_compressed() const { return !field(by_.answer(), "content-encoding").empty(); }
    bool take(std::string_view bytes, double came_ms) {
        if (is_compressed())
            reading_.take_compressed(bytes, came_ms);
        else
            reading_.take(bytes, came_ms);
        return !reading_.is_full() && !reading_.has_unstamped();
    }

    double pace_ms_;
    event_reading reading_;
    exchange by_;
};

class examination {
 public:
    explicit examination(const examination_settings& settings)
        : settings_(settings), wire_(settings.gateway) {}

    facts run();

 private:
    void ask_for_models();
    void watch_streams();
    void try_to_come_back();
    leaving try_to_leave();
    leaving why_unnoticed();
    void try_silence();
    std::uint64_t tokens_watched() const;

    const examination_settings& settings_;
    wire wire_;
    facts facts_;
};

std::uint64_t examination::tokens_watched() const {
    return static_cast<std::uint64_t>(settings_.watch.count() * tokens_per_second / 1000);
}

void examination::ask_for_models() {
    facts_.models = wire_.ask({.path = "v1/models"}, answer_limit);
    if (facts_.models.status != 200) return;
    const auto list = read_models(facts_.models.body);
    if (!list) return;
    facts_.is_gateway = true;
    facts_.model = settings_.model.empty() ? list->mock : settings_.model;
}

/// Both at once, as the one does not disturb the other; and once more by HTTP/1.1, which most SDKs
/// speak and proxies serve by other code.
void examination::watch_streams() {
    watched feed(wire_, feed_question(), kind_of_stream::feed, feed_pace_ms);
    std::vector<std::unique_ptr<watched>> streams;
    const bool twice = facts_.models.http2;
    for (const bool http2 : twice ? std::vector{true, false} : std::vector{true}) {
        if (facts_.model.empty()) break;
        auto asked =
            mock_stream(facts_.model, tokens_watched(), tokens_per_second, milliseconds{0});
        asked.headers.push_back(offers_compression());
        asked.http2 = http2;
        streams.push_back(std::make_unique<watched>(
            wire_, asked, kind_of_stream::native, 1000.0 / tokens_per_second
        ));
    }
    wire_.wait_for({&feed.by()}, settings_.watch);  // it has no end of its own
    facts_.feed = feed.seen();
    facts_.version = feed.reading().version();
    std::vector<exchange*> running;
    for (const auto& each : streams)
        running.push_back(&each->by());
    wire_.wait_for(running, patience);
    for (const auto& each : streams)
        facts_.foreign_model = facts_.foreign_model || each->reading().has_unstamped();
    if (!streams.empty()) facts_.stream = streams.front()->seen();
    if (streams.size() > 1) facts_.old_stream = streams.back()->seen();
}

/// A stream is cut at half of it; its rest is asked for.
void examination::try_to_come_back() {
    event_reading before(kind_of_stream::native);
    {
        exchange cut(
            wire_,
            mock_stream(facts_.model, 2 * cut_behind, tokens_per_second, milliseconds{0}),
            [&](std::string_view bytes, double came_ms) {
                before.take(bytes, came_ms);
                return before.last().value_or(0) < cut_behind;
            }
        );
        wire_.wait_for({&cut}, patience);
    }
    if (!before.last() || before.stream_id().empty()) return;
    resume_facts resume{.seen = cut_behind};
    event_reading rest(kind_of_stream::native);
    question asked{.path = "v1/streams/" + before.stream_id()};
    asked.headers = {
        "Accept: text/event-stream",
        "Last-Event-ID: " + before.stream_id() + "/" + std::to_string(cut_behind)};
    exchange back(wire_, asked, [&](std::string_view bytes, double came_ms) {
        rest.take(bytes, came_ms);
        return !rest.is_done() && !rest.is_full();
    });
    wire_.wait_for({&back}, patience);
    resume.status = back.answer().status;
    resume.first = rest.first();
    facts_.resume = resume;
}

/// A stream is left with its first token. The second that follows is all the gateway has.
leaving examination::try_to_leave() {
    constexpr milliseconds noticed_within{1'000};
    event_reading left(kind_of_stream::native);
    {
        auto asked = mock_stream(facts_.model, 200, 10, milliseconds{0});
        asked.headers.push_back(wish_on_leaving("cancel"));
        exchange abandoned(wire_, asked, [&](std::string_view bytes, double came_ms) {
            left.take(bytes, came_ms);
            return left.pieces().empty();
        });
        wire_.wait_for({&abandoned}, patience);
    }
    if (left.pieces().empty() || left.stream_id().empty()) return leaving::unseen;
    wire_.pass(noticed_within);
    question asked{.path = "v1/streams/" + left.stream_id() + "?last_event_id=0&wait=0s"};
    asked.headers = {"Accept: application/json"};
    const reply answer = wire_.ask(asked, patience);
    const auto done = answer.status == 200 ? read_done(answer.body) : std::nullopt;
    if (!done) return leaving::unseen;
    return *done ? leaving::noticed : why_unnoticed();
}

/// Where the wish does not arrive, the gateway rightly waits for who left. A wish that cannot be
/// granted tells: where it arrives it is refused by its name, else it brings a stream.
leaving examination::why_unnoticed() {
    auto asked = mock_stream(facts_.model, 1, tokens_per_second, milliseconds{0});
    asked.headers.push_back(wish_on_leaving("perhaps"));
    const reply answer = wire_.ask(asked, patience);
    if (answer.status == 200) return leaving::wish_lost;
    const bool refused =
        answer.status == 400 && answer.body.find("X-Stream-On-Disconnect") != std::string::npos;
    return refused ? leaving::unnoticed : leaving::unseen;
}

void examination::try_silence() {
    const auto limit = settings_.idle + patience;
    auto asked = mock_stream(facts_.model, 1, tokens_per_second, settings_.idle);
    event_reading reading(kind_of_stream::native);
    exchange silent(wire_, asked, [&](std::string_view bytes, double came_ms) {
        reading.take(bytes, came_ms);
        return reading.pieces().empty();
    });
    wire_.wait_for({&silent}, limit);
    idle_facts idle;
    idle.answer = silent.answer();
    idle.asked_ms = static_cast<double>(settings_.idle.count());
    idle.lived_ms = silent.age_ms();
    idle.whole = !reading.pieces().empty();
    facts_.idle = idle;
}

facts examination::run() {
    facts_.url = settings_.gateway.url;
    facts_.tls = facts_.url.starts_with("https:");
    facts_.loopback = is_loopback(facts_.url);
    facts_.key_shown = !settings_.gateway.key.empty();
    ask_for_models();
    if (!facts_.is_gateway) return std::move(facts_);
    watch_streams();
    const bool streams = facts_.stream && facts_.stream->answer.status == 200;
    if (streams && !facts_.foreign_model) {
        try_to_come_back();
        facts_.left = try_to_leave();
        if (settings_.idle.count() > 0) try_silence();
    }
    return std::move(facts_);
}

}  // namespace

facts examine(const examination_settings& settings) {
    return examination(settings).run();
}

bool is_loopback(const std::string& url) {
    const auto begin = url.find("://") + 3;
    auto host = url.substr(begin, url.find('/', begin) - begin);
    if (host.starts_with('[')) return host.starts_with("[::1]");
    host = host.substr(0, host.find(':'));
    in_addr address{};
    if (inet_pton(AF_INET, host.c_str(), &address) == 1)
        return (ntohl(address.s_addr) >> 24) == 127;
    return host == "localhost";
}

}  // namespace sluice::gateway::doctor
