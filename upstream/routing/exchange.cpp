#include "upstream/routing/exchange.hpp"

#include "upstream/providers/make_codec.hpp"
#include "upstream/routing/answers.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

namespace sluice::upstream {

namespace {

/// Of the call, if it says so. None at all would be libcurl's own, which is minutes.
std::chrono::milliseconds connect_time(const call& call, const provider_settings& provider) {
    constexpr std::chrono::milliseconds least{1};
    return std::max(call.connect_timeout.value_or(provider.connect_timeout), least);
}

}  // namespace

exchange::exchange(
    transfer_engine& engine,
    std::unique_ptr<codec> codec,
    const provider_settings& provider,
    const call& call,
    std::string_view model,
    source_listener& listener,
    recorder* recorder
)
    : engine_(engine),
      codec_(std::move(codec)),
      provider_(provider),
      listener_(listener),
      recorder_(recorder) {
    auto encoded = codec_->encode(call, provider_, model);
    if (!encoded) {
        refused_ = std::move(encoded).error();
        listener_.on_ready();
        return;
    }
    head_.dropped = std::move(encoded->dropped);
    head_.transparent = speaks(provider_, call.api);
    start(std::move(*encoded), call, model);
}

void exchange::start(http_request encoded, const call& call, std::string_view model) {
    transfer_request request;
    request.url = std::move(encoded.url);
    request.headers = std::move(encoded.headers);
    request.body = std::move(encoded.body);
    request.http2 = provider_.http2;
    request.connect_timeout = connect_time(call, provider_);
    request.proxy = provider_.proxy;
    request.ca_file = provider_.ca_file;
    if (recorder_ != nullptr) record_ = recorder_->begin(provider_, call, model, request);
    transfer_ = engine_.start(std::move(request), *this);
}

void exchange::take(batch& out) {
    out.clear();
    if (done_) return;
    if (refused_) return end(out, *refused_);
    if (!transfer_) return;
    look();
    if (transfer_->status() == 0 && !transfer_->ended()) return;
    if (head_.status == 0) read_answer_head();
    if (transfer_->status() != 0 && transfer_->status() / 100 != 2) return take_refusal(out);

    if (!transfer_->body().empty()) {
        codec_->feed(transfer_->body(), out);
        if (!out.ending) {
            if (record_) record_->consumed();
            transfer_->consume();
        }
    }
    if (!out.ending && transfer_->ended()) {
        if (transfer_->error() != transfer_error::none) {
            const auto message = codec_->redact(transfer_->error_message());
            return end(out, failure_of_transfer(transfer_->error(), transfer_->status(), message));
        }
        codec_->end(out);
    }
    done_ = out.ending.has_value();
    if (done_ && out.ending->failure) note_request(*out.ending->failure);
    if (done_ && out.ending->outcome == outcome::completed) finish();
}

/// What holds a credential that the provider was asked with is not told on.
void exchange::read_answer_head() {
    read_head(head_, transfer_->status(), transfer_->headers());
    const auto gives_away = [this](const std::string& text) {
        return codec_->redact(text) != text;
    };
    if (gives_away(head_.request_id)) head_.request_id.clear();
    std::erase_if(head_.headers, [&](const auto& header) {
        return gives_away(header.first) || gives_away(header.second);
    });
}

/// Before anything is consumed: a recording has every byte.
void exchange::look() {
    if (record_ && transfer_) record_->look_at(*transfer_);
}

/// The answer is understood, so that its connection can be used again.
void exchange::finish() {
    if (record_)
        recorder_->let_finish(std::move(transfer_), std::move(record_));
    else
        engine_.let_finish(std::move(transfer_));
}

/// A refusal is judged by its status and the beginning of its body.
void exchange::take_refusal(batch& out) {
    if (!transfer_->ended() && transfer_->body().size() < refusal_bytes_max) return;
    const auto body = transfer_->body().substr(0, refusal_bytes_max);
    end(out, codec_->refuse(transfer_->status(), transfer_->headers(), body));
}

/// What the failure itself says wins.
void exchange::note_request(failure& reason) const {
    if (reason.request_id.empty()) reason.request_id = head_.request_id;
}

void exchange::end(batch& out, failure reason) {
    done_ = true;
    look();
    note_request(reason);
    out.ending = ending{reason.outcome, std::move(reason)};
    transfer_.reset();
    record_.reset();
}

bool exchange::waiting() const {
    if (done_) return false;
    if (refused_) return true;
    return transfer_ && (transfer_->ended() || !transfer_->body().empty());
}

bool exchange::can_pause() const {
    return !transfer_ || !transfer_->is_http2();
}

void exchange::cancel() {
    done_ = true;
    transfer_.reset();
    record_.reset();
}

void exchange::on_transfer() {
    look();
    listener_.on_ready();
}

}  // namespace sluice::upstream
