#include "upstream/routing/exchange.hpp"

#include <algorithm>
#include <array>

namespace sluice::upstream {

namespace {

/// An error body is read for its message; more than this of it is of no use. It has to come before
/// the transfer pauses for bytes that nobody takes.
constexpr std::size_t refusal_bytes_max = transfer_engine::body_bytes_max / 4;

bool starts_with_any(std::string_view name, std::initializer_list<std::string_view> prefixes) {
    return std::any_of(prefixes.begin(), prefixes.end(), [&](auto p) {
        return name.starts_with(p);
    });
}

/// What providers call the id of a request.
bool names_request(std::string_view header) {
    static constexpr std::array<std::string_view, 6> names{
        "x-request-id",
        "request-id",
        "apim-request-id",
        "x-global-transaction-id",
        "x-amzn-requestid",
        "x-generation-id"};
    return std::ranges::find(names, header) != names.end();
}

failure transfer_failure(const transfer& transfer) {
    failure reason;
    reason.type = "upstream_error";
    reason.retryable = true;
    reason.message = "the provider could not be reached: " + transfer.error_message();
    switch (transfer.error()) {
        case transfer_error::connect_timeout:
            reason.status = 504;
            reason.type = "timeout_error";
            break;
        case transfer_error::broken:
            reason.outcome =
                transfer.status() == 0 ? outcome::upstream_error : outcome::upstream_eof;
            reason.message = "the provider's answer broke off: " + transfer.error_message();
            break;
        case transfer_error::tls:
        case transfer_error::internal:
            reason.retryable = false;
            break;
        case transfer_error::none:
        case transfer_error::resolve:
        case transfer_error::connect:
            break;
    }
    return reason;
}

}  // namespace

exchange::exchange(
    transfer_engine& engine,
    std::unique_ptr<codec> codec,
    const provider_settings& provider,
    const call& call,
    std::string_view model,
    source_listener& listener
)
    : engine_(engine), codec_(std::move(codec)), provider_(provider), listener_(listener) {
    auto encoded = codec_->encode(call, provider_, model);
    if (!encoded) {
        refused_ = std::move(encoded).error();
        listener_.on_ready();
        return;
    }
    head_.dropped = std::move(encoded->dropped);
    transfer_request request;
    request.url = std::move(encoded->url);
    request.headers = std::move(encoded->headers);
    request.body = std::move(encoded->body);
    request.http2 = provider_.http2;
    request.connect_timeout = provider_.connect_timeout;
    request.proxy = provider_.proxy;
    request.ca_file = provider_.ca_file;
    transfer_ = engine.start(std::move(request), *this);
}

void exchange::take(batch& out) {
    out.clear();
    if (done_) return;
    if (refused_) return end(out, *refused_);
    if (!transfer_) return;
    if (transfer_->status() == 0 && !transfer_->ended()) return;
    read_head();
    if (transfer_->status() != 0 && transfer_->status() / 100 != 2) return take_refusal(out);

    if (!transfer_->body().empty()) {
        codec_->feed(transfer_->body(), out);
        if (!out.ending) transfer_->consume();
    }
    if (!out.ending && transfer_->ended()) {
        if (transfer_->error() != transfer_error::none) {
            return end(out, transfer_failure(*transfer_));
        }
        codec_->end(out);
    }
    done_ = out.ending.has_value();
    if (done_ && out.ending->failure) note_request(*out.ending->failure);
    if (done_ && out.ending->outcome == outcome::completed)
        engine_.let_finish(std::move(transfer_));
}

void exchange::read_head() {
    if (head_.status != 0) return;
    head_.status = transfer_->status();
    for (const auto& [name, value] : transfer_->headers()) {
        if (names_request(name)) {
            if (head_.request_id.empty()) head_.request_id = value;
        } else if (starts_with_any(name, {"x-ratelimit-", "anthropic-ratelimit-"})) {
            head_.headers.emplace_back(name, value);
        }
    }
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
    note_request(reason);
    out.ending = ending{reason.outcome, std::move(reason)};
    transfer_.reset();
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
}

void exchange::on_transfer() {
    listener_.on_ready();
}

}  // namespace sluice::upstream
