#include "upstream/routing/attempts.hpp"

#include <algorithm>

namespace sluice::upstream {

namespace {

/// Frames before the first content are few and small; a provider that sends more is broken.
constexpr std::size_t held_bytes_max = 1 << 20;

template <class... Visitors>
struct overloaded : Visitors... {
    using Visitors::operator()...;
};
template <class... Visitors>
overloaded(Visitors...) -> overloaded<Visitors...>;

/// Copies what an item points to into `keep`, so that it outlives its source's next take.
item own(item value, std::list<std::string>& keep, std::size_t& bytes) {
    const auto copy = [&](std::string_view& view) {
        if (view.empty()) return;
        bytes += view.size();
        view = keep.emplace_back(view);
    };
    const auto copy_all = [&](auto&... views) { (copy(views), ...); };
    std::visit(
        overloaded{
            [&](tool_call_delta& part) { copy_all(part.id, part.name, part.arguments); },
            [&](media_delta& part) { copy_all(part.type, part.data, part.transcript); },
            [&](reasoning_state_delta& part) { copy_all(part.data, part.id); },
            [&](citation_delta& part) { copy_all(part.url, part.title, part.cited_text); },
            [&](logprobs_delta& part) { copy(part.content); },
            [&](embedding_delta& part) { copy(part.numbers); },
            [&](finish& part) { copy_all(part.native, part.stop_sequence); },
            [&](identity& part) { copy_all(part.id, part.model); },
            [&](verbatim& part) { copy(part.bytes); },
            [](usage&) {},
            [&](auto& part) { copy(part.text); },
        },
        value
    );
    return value;
}

}  // namespace

bool is_content(const item& item) {
    return std::visit(
        overloaded{
            [](const tool_call_delta&) { return true; },
            [](const media_delta&) { return true; },
            [](const embedding_delta&) { return true; },
            [](const reasoning_state_delta&) { return false; },
            [](const citation_delta&) { return false; },
            [](const logprobs_delta&) { return false; },
            [](const finish&) { return true; },
            [](const usage&) { return false; },
            [](const identity&) { return false; },
            [](const verbatim& part) { return part.content; },
            [](const auto& part) { return !part.text.empty(); },
        },
        item
    );
}

attempts::attempts(
    boost::asio::io_context& context,
    const timeouts& limits,
    begin_attempt begin,
    source_listener& listener
)
    : listener_(listener),
      limits_(limits),
      timer_(context),
      started_(clock::now()),
      progress_deadline_(started_ + limits.first_token),
      attempt_(begin(*this)) {
    arm();
}

void attempts::take(batch& out) {
    out.clear();
    if (done_) return;
    if (expired_) return end(out, *expired_);
    if (content_) {
        attempt_->take(out);
        note_content(out);
    } else {
        attempt_->take(arrived_);
        const bool starts = std::any_of(arrived_.items.begin(), arrived_.items.end(), is_content);
        const bool whole = arrived_.ending && arrived_.ending->outcome == outcome::completed;
        if (starts || whole) {
            release_held(out);
            note_content(out);
        } else {
            hold(arrived_);
            if (held_bytes_ > held_bytes_max) {
                failure reason;
                reason.type = "upstream_error";
                reason.message = "the provider sent over 1 MiB without any content";
                return end(out, std::move(reason));
            }
        }
        out.ending = std::move(arrived_.ending);
    }
    if (out.ending) {
        done_ = true;
        timer_.cancel();
    }
}

void attempts::hold(batch& from) {
    for (auto& item : from.items)
        held_.push_back(own(item, held_text_, held_bytes_));
}

void attempts::release_held(batch& out) {
    out.items.insert(out.items.end(), held_.begin(), held_.end());
    out.items.insert(out.items.end(), arrived_.items.begin(), arrived_.items.end());
    held_.clear();
}

void attempts::note_content(const batch& batch) {
    if (!std::any_of(batch.items.begin(), batch.items.end(), is_content)) return;
    content_ = true;
    progress_deadline_ = clock::now() + limits_.progress;
    if (next_deadline() < armed_for_) arm();
}

void attempts::end(batch& out, failure reason) {
    done_ = true;
    timer_.cancel();
    attempt_->cancel();
    out.ending = ending{reason.outcome, std::move(reason)};
}

bool attempts::waiting() const {
    return !done_ && (expired_ || attempt_->waiting());
}

void attempts::cancel() {
    done_ = true;
    timer_.cancel();
    attempt_->cancel();
}

void attempts::on_ready() {
    if (!done_) listener_.on_ready();
}

attempts::clock::time_point attempts::next_deadline() const {
    if (!limits_.total) return progress_deadline_;
    return std::min(progress_deadline_, started_ + *limits_.total);
}

/// One timer for all clocks. Progress only moves a deadline; the timer looks at it when it fires.
void attempts::arm() {
    armed_for_ = next_deadline();
    timer_.set(armed_for_, [this] { on_timer(); });
}

void attempts::on_timer() {
    if (done_ || expired_) return;
    const auto now = clock::now();
    if (limits_.total && now >= started_ + *limits_.total) {
        return expire(outcome::deadline, "the answer took longer than total_timeout allows");
    }
    if (now >= progress_deadline_) {
        if (!attempt_->waiting()) {
            return content_
                       ? expire(outcome::progress_timeout, "the provider stopped sending content")
                       : expire(
                             outcome::first_token_timeout, "the provider sent no content in time"
                         );
        }
        // What is late is our own taking; the provider gets its whole time again.
        progress_deadline_ = now + limits_.progress;
    }
    arm();
}

void attempts::expire(outcome outcome, std::string message) {
    failure reason;
    reason.outcome = outcome;
    reason.status = 504;
    reason.type = "timeout_error";
    reason.message = std::move(message);
    reason.retryable = true;
    expired_ = std::move(reason);
    attempt_->cancel();
    listener_.on_ready();
}

}  // namespace sluice::upstream
