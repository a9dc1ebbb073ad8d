#include "upstream/routing/lane.hpp"

#include <utility>

namespace sluice::upstream {

namespace {

/// Of the provider's own making, so that it is known to whoever reads a log.
failure too_much_ahead(const candidate& target) {
    failure reason;
    reason.type = "upstream_error";
    reason.message =
        "the provider '" + target.provider->settings.name + "' sent over 1 MiB without any content";
    reason.remedy = remedy::elsewhere;
    return reason;
}

}  // namespace

void lane::start(
    const begin_attempt& begin,
    call& call,
    std::optional<std::chrono::milliseconds> first_token,
    source_listener& listener
) {
    streams_ = first_token.has_value();
    if (streams_) deadline_ = began_ + *first_token;
    side_question_ = call.embedding || call.api == api::anthropic_count_tokens;
    source_ = begin(target_, call, listener);
}

bool lane::take_first(batch& out) {
    source_->take(out);
    note_limits();
    const bool content = has_content(out);
    const bool whole = out.ending && out.ending->outcome == outcome::completed;
    if (content || whole) {
        held_.release(out);
        released_ = true;
        if (content) health_->hear(clock::now(), streams_);
        return content;
    }
    held_.hold(out);
    out.items.clear();
    if (!out.ending && held_.too_many()) {
        auto reason = too_much_ahead(target_);
        out.ending = ending{reason.outcome, std::move(reason)};
    }
    return false;
}

void lane::take(batch& out) {
    if (std::exchange(released_, false)) held_.clear();
    source_->take(out);
}

void lane::note_limits() {
    if (head_seen_ || source_->head().status == 0) return;
    head_seen_ = true;
    const auto& headers = source_->head().headers;
    // The limits of a client's own key are that client's.
    if (headers.empty() || target_.provider->settings.client_key) return;
    target_.health->note_limits(headers, clock::now(), std::chrono::system_clock::now());
}

/// A refusal may be about one client's key, or about what only one kind of request asks for.
bool lane::tells_of_target(const ending& ending) const {
    const int status = source_->head().status;
    if (!ending.failure || status / 100 != 4) return true;
    if (target_.provider->settings.client_key || side_question_) return false;
    switch (status) {
        case 401:
        case 402:
        case 403:
        case 404:
        case 408:
        case 409:
        case 429:
        case 498:
            return true;
        default:
            return false;
    }
}

void lane::settle(const ending& ending) {
    if (tells_of_target(ending))
        health_->end(ending, clock::now(), std::chrono::system_clock::now());
}

}  // namespace sluice::upstream
