#include "upstream/routing/replayed_exchange.hpp"

#include "upstream/mock/recording_words.hpp"
#include "upstream/mock/recordings.hpp"
#include "upstream/providers/make_codec.hpp"
#include "upstream/routing/answers.hpp"

#include <algorithm>
#include <utility>

namespace sluice::upstream {

namespace {

/// As much as a transfer holds before it pauses: what is due at once comes in such pieces.
constexpr std::size_t piece_bytes_max = transfer_engine::body_bytes_max;

/// A call that is answered by its refusal.
class refused_call final : public source {
 public:
    refused_call(failure reason, source_listener& listener) : reason_(std::move(reason)) {
        listener.on_ready();
    }
    void take(batch& out) override {
        out.clear();
        if (!reason_) return;
        out.ending = ending{reason_->outcome, std::move(reason_)};
        reason_.reset();
    }
    bool waiting() const override { return reason_.has_value(); }
    bool can_pause() const override { return true; }
    void cancel() override { reason_.reset(); }
    const response_head& head() const override { return head_; }

 private:
    std::optional<failure> reason_;
    response_head head_;
};

transfer_error error_of(std::string_view word) {
    if (word == "resolve") return transfer_error::resolve;
    if (word == "connect") return transfer_error::connect;
    if (word == "connect_timeout") return transfer_error::connect_timeout;
    if (word == "tls") return transfer_error::tls;
    if (word == "internal") return transfer_error::internal;
    return transfer_error::broken;
}

failure nothing_fits(const call& call, bool spoken) {
    failure reason;
    reason.outcome = outcome::rejected;
    reason.status = 404;
    reason.type = "not_found_error";
    reason.remedy = remedy::elsewhere;
    reason.message = "no recording answers a request of " + std::string(recorded_api(call.api));
    if (spoken) reason.message += call.stream ? " for a stream" : " for a single document";
    return reason;
}

/// The call as each of the recorded providers would have been asked.
struct attempt {
    std::size_t speaker = 0;
    provider_settings settings;
    std::unique_ptr<codec> decoder;
    http_request request;
};

boost::system::result<std::vector<attempt>, failure> encode_all(
    const recordings& recorded,
    const provider_settings& provider,
    const call& call,
    std::string_view model
) {
    std::vector<attempt> attempts;
    std::optional<failure> refused;
    for (const auto index : recorded.speakers_for(call.api)) {
        attempt one;
        one.speaker = index;
        one.settings = recorded.speakers()[index].settings;
        one.settings.name = provider.name;
        one.decoder = make_codec(one.settings, call.api, std::chrono::system_clock::now());
        auto encoded = one.decoder->encode(call, one.settings, model);
        if (!encoded) {
            if (!refused) refused = std::move(encoded).error();
            continue;
        }
        one.request = std::move(*encoded);
        attempts.push_back(std::move(one));
    }
    if (attempts.empty()) return refused ? *refused : nothing_fits(call, false);
    return attempts;
}

}  // namespace

std::unique_ptr<source> start_replay(
    boost::asio::io_context& context,
    const provider_settings& provider,
    const replay_settings& replay,
    const call& call,
    std::string_view model,
    source_listener& listener
) {
    const auto& recorded = *replay.recorded;
    auto attempts = encode_all(recorded, provider, call, model);
    if (!attempts) return std::make_unique<refused_call>(std::move(attempts).error(), listener);
    const bool spoken = recorded.speaks(call.api);
    std::vector<recordings::wanted> wanted;
    for (const auto& one : *attempts) {
        const bool document = spoken && is_document_of(call.api, call.stream);
        wanted.push_back({one.speaker, document, model, one.request.body});
    }
    const auto chosen = recorded.choose(wanted);
    if (!chosen) return std::make_unique<refused_call>(nothing_fits(call, spoken), listener);
    auto& used = *std::ranges::find(*attempts, chosen->speaker, &attempt::speaker);
    replayed_exchange::answer played{
        {replay.recorded, chosen->played},
        replay.speed,
        std::move(used.decoder),
        std::move(used.request.dropped),
        upstream::speaks(used.settings, call.api)};
    return std::make_unique<replayed_exchange>(context, std::move(played), listener);
}

replayed_exchange::replayed_exchange(
    boost::asio::io_context& context, answer played, source_listener& listener
)
    : listener_(listener), answer_(std::move(played)), timer_(context) {
    head_.dropped = std::move(answer_.dropped);
    head_.transparent = answer_.transparent;
    arm();
}

replayed_exchange::clock::time_point replayed_exchange::due(double seconds) const {
    if (answer_.speed <= 0) return started_;
    const std::chrono::duration<double> since(seconds / answer_.speed);
    return started_ + std::chrono::duration_cast<clock::duration>(since);
}

/// When there is something to take again.
replayed_exchange::clock::time_point replayed_exchange::next_due() const {
    const auto& played = *answer_.played;
    if (head_.status == 0 && played.status != 0) return due(played.head_at);
    return due(all_read() ? played.ended_at : played.reads[next_].at);
}

void replayed_exchange::take(batch& out) {
    out.clear();
    if (done_) return;
    const auto now = clock::now();
    const auto& played = *answer_.played;
    if (head_.status == 0 && played.status != 0 && due(played.head_at) <= now)
        read_head(head_, played.status, played.headers);
    if (played.status == 0) {
        if (due(played.ended_at) <= now) finish(out);
    } else if (head_.status != 0 && head_.status / 100 != 2) {
        take_refusal(out, now);
    } else if (head_.status != 0) {
        take_body(out, now);
    }
    if (out.ending) {
        done_ = true;
        timer_.cancel();
    } else {
        arm();
    }
}

/// The bytes that are due, of which there is at least one whole read where one is.
std::string_view replayed_exchange::due_bytes(clock::time_point now) {
    const auto& reads = answer_.played->reads;
    const auto from = taken_;
    while (next_ < reads.size() && due(reads[next_].at) <= now &&
           (taken_ == from || reads[next_].end - from <= piece_bytes_max))
        taken_ = reads[next_++].end;
    return std::string_view(answer_.played->body).substr(from, taken_ - from);
}

void replayed_exchange::take_body(batch& out, clock::time_point now) {
    const auto bytes = due_bytes(now);
    if (!bytes.empty()) answer_.codec->feed(bytes, out);
    if (!out.ending && all_read() && due(answer_.played->ended_at) <= now) finish(out);
    if (out.ending && out.ending->failure && out.ending->failure->request_id.empty())
        out.ending->failure->request_id = head_.request_id;
}

/// As an exchange does: by the status and the beginning of the body.
void replayed_exchange::take_refusal(batch& out, clock::time_point now) {
    due_bytes(now);
    const auto& played = *answer_.played;
    const bool ended = all_read() && due(played.ended_at) <= now;
    if (!ended && taken_ < refusal_bytes_max) return;
    const auto body = std::string_view(played.body).substr(0, std::min(taken_, refusal_bytes_max));
    end(out, answer_.codec->refuse(played.status, played.headers, body));
}

/// All has been played.
void replayed_exchange::finish(batch& out) {
    const auto& played = *answer_.played;
    if (played.ended == "whole") return answer_.codec->end(out);
    const bool left = played.ended == "left";
    auto message = left ? "the recording goes no further" : played.message;
    end(out, failure_of_transfer(error_of(played.ended), played.status, message));
}

void replayed_exchange::end(batch& out, failure reason) {
    if (reason.request_id.empty()) reason.request_id = head_.request_id;
    out.ending = ending{reason.outcome, std::move(reason)};
}

bool replayed_exchange::waiting() const {
    return !done_ && next_due() <= clock::now();
}

void replayed_exchange::cancel() {
    done_ = true;
    timer_.cancel();
}

/// Also for what is due already: who takes nothing now is told of it from the event loop.
void replayed_exchange::arm() {
    timer_.set(next_due(), [this] { listener_.on_ready(); });
}

}  // namespace sluice::upstream
