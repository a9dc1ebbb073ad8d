#include "gateway/load/stream_reading.hpp"

#include <algorithm>
#include <utility>
#include <variant>

namespace sluice::gateway::load {

namespace {

std::string kind_of(const upstream::failure& reason) {
    if (reason.outcome == upstream::outcome::upstream_eof) return "ended without its last event";
    return "error in the stream";
}

/// A count that no answer can have is as good as none.
std::optional<std::uint32_t> believable(std::optional<std::int64_t> tokens) {
    constexpr std::int64_t tokens_max = 100'000'000;
    if (!tokens || *tokens < 0 || *tokens > tokens_max) return std::nullopt;
    return static_cast<std::uint32_t>(*tokens);
}

void count(const stream_record& one, std::int64_t ended_ns, figures& into) {
    into.whole += one.how == verdict::whole ? 1U : 0U;
    into.failed += one.how == verdict::failed ? 1U : 0U;
    into.aborted += one.how == verdict::aborted ? 1U : 0U;
    into.unended += one.how == verdict::unended ? 1U : 0U;
    into.met_objectives += one.met_objectives ? 1U : 0U;
    into.input_tokens += one.input_tokens;
    into.output_tokens += one.output_tokens;
    if (into.records.size() < figures::records_max) into.records.push_back(one);
    interval& second = into.second(ended_ns);
    ++second.ended;
    if (one.how == verdict::failed) ++second.errors;
}

}  // namespace

void stream_reading::begin(const assignment& job, std::unique_ptr<upstream::codec> codec) {
    codec_ = std::move(codec);
    batch_.clear();
    frames_ = sse::parser();
    follows_ids_ = job.drop_after != assignment::never;
    keeps_text_ = job.turns_left > 0;
    position_ = event_position();
    text_.clear();
    check_ = content_check();
    if (settings_.checked == check::stamps)
        check_ = content_check(static_cast<std::uint64_t>(job.output_tokens));
    if (job.expected) check_ = content_check(job.expected, settings_.stamped);
    record_ = stream_record();
    record_.number = job.number;
    record_.due_ns = job.due_ns;
    resumed_ns_.reset();
    ending_.reset();
    usage_ = {};
    error_kind_.clear();
    error_text_.clear();
    log_.note(record_.number, "due", record_.due_ns);
}

void stream_reading::note_begun(std::int64_t now_ns) {
    log_.note(record_.number, "begin", now_ns);
    if (measured()) figures_.of(metric::schedule_lag).record(now_ns - record_.due_ns);
}

void stream_reading::note_sent(std::int64_t now_ns) {
    if (record_.sent_ns >= 0) return;  // it comes back, or its connection had died
    record_.sent_ns = now_ns;
    log_.note(record_.number, "sent", now_ns);
}

void stream_reading::note_bytes(std::size_t size, std::int64_t now_ns) {
    if (record_.first_byte_ns < 0) {
        record_.first_byte_ns = now_ns;
        log_.note(record_.number, "byte", now_ns);
    }
    if (now_ns < clock_.measured_from_ns) return;
    figures_.bytes += size;
    figures_.second(now_ns).bytes += size;
}

void stream_reading::feed(std::string_view bytes, std::int64_t now_ns) {
    if (ending_) return;
    batch_.clear();
    if (follows_ids_)
        feed_frames(bytes);
    else
        codec_->feed(bytes, batch_);
    take(now_ns);
}

/// Whole events only, so that another connection can go on behind the last one.
void stream_reading::feed_frames(std::string_view bytes) {
    frames_.feed(bytes);
    // Items point into the codec until its next feed: events of one read are fed as one.
    std::string whole;
    while (const auto frame = frames_.next()) {
        whole += frame->raw;
        if (frame->dispatched) position_.see(frame->last_event_id);
    }
    if (!whole.empty()) codec_->feed(whole, batch_);
}

void stream_reading::end(std::int64_t now_ns) {
    if (ending_) return;
    batch_.clear();
    codec_->end(batch_);
    take(now_ns);
}

void stream_reading::take(std::int64_t now_ns) {
    if (!batch_.items.empty()) progress_ns_ = now_ns;
    if (record_.first_event_ns < 0 && !batch_.items.empty()) {
        record_.first_event_ns = now_ns;
        log_.note(record_.number, "event", now_ns);
    }
    for (const auto& item : batch_.items)
        see(item, now_ns);
    if (!batch_.ending) return;
    ending_ = std::move(batch_.ending);
    ended_ns_ = now_ns;
    if (!ending_->failure) return;
    error_kind_ = kind_of(*ending_->failure);
    error_text_ = ending_->failure->message;
}

void stream_reading::see(const upstream::item& item, std::int64_t now_ns) {
    using namespace upstream;
    if (const auto* text = std::get_if<text_delta>(&item)) {
        if (!text->text.empty()) see_text(text->text, now_ns);
    } else if (const auto* thought = std::get_if<reasoning_delta>(&item)) {
        if (thought->text.empty()) return;
        check_.reasoning(thought->text);
        note_content(now_ns, false);
    } else if (const auto* call = std::get_if<tool_call_delta>(&item)) {
        check_.arguments(call->index, call->arguments);
        note_content(now_ns, true);
    } else if (const auto* refusal = std::get_if<refusal_delta>(&item)) {
        if (!refusal->text.empty()) see_text(refusal->text, now_ns);
    } else if (std::holds_alternative<media_delta>(item)) {
        note_content(now_ns, true);
    } else if (const auto* end = std::get_if<finish>(&item)) {
        if (!end->native.empty()) check_.finish(end->reason);  // else the codec made it up
    } else if (const auto* used = std::get_if<usage>(&item)) {
        usage_ = *used;
    }
}

void stream_reading::see_text(std::string_view text, std::int64_t now_ns) {
    if (keeps_text_) text_ += text;
    stamps_.clear();
    check_.text(text, stamps_);
    if (settings_.checked == check::stamps && stamps_.empty()) return;
    note_content(now_ns, true);
    note_stamps(now_ns);
}

void stream_reading::note_content(std::int64_t now_ns, bool visible) {
    const bool counts = now_ns >= clock_.measured_from_ns;
    if (record_.first_content_ns < 0) {
        record_.first_content_ns = now_ns;
    } else {
        const std::int64_t gap_ns = now_ns - record_.last_content_ns;
        record_.longest_gap_ns = std::max(record_.longest_gap_ns, gap_ns);
        if (counts) figures_.of(metric::gap).record(gap_ns);
    }
    if (visible && record_.first_visible_ns < 0) {
        record_.first_visible_ns = now_ns;
        log_.note(record_.number, "visible", now_ns);
    }
    if (resumed_ns_ && counts) figures_.of(metric::resume).record(now_ns - *resumed_ns_);
    resumed_ns_.reset();
    record_.last_content_ns = now_ns;
    ++record_.events;
    log_.note(record_.number, "content", now_ns);
    if (!counts) return;
    ++figures_.events;
    ++figures_.second(now_ns).events;
}

/// One event may hold the tokens of several, where something has joined them.
void stream_reading::note_stamps(std::int64_t now_ns) {
    for (const std::int64_t sent_ns : stamps_) {
        const std::int64_t relative_ns = sent_ns - clock_.epoch_ns;
        log_.note(record_.number, "stamp", now_ns, relative_ns);
        if (now_ns < clock_.measured_from_ns) continue;
        figures_.of(metric::added).record(now_ns - relative_ns);
        if (record_.events == 1 && sent_ns == stamps_.front())
            figures_.of(metric::added_first).record(now_ns - relative_ns);
    }
}

void stream_reading::refuse(int status, std::string_view body) {
    note_status(status);
    error_kind_ = "HTTP " + std::to_string(status);
    error_text_ = error_kind_ + ": " + std::string(body);
}

void stream_reading::resume(std::int64_t now_ns) {
    frames_ = sse::parser();
    resumed_ns_ = now_ns;
    ++record_.reconnects;
    if (measured()) ++figures_.resumed;
}

bool stream_reading::ended_well() const {
    return ending_ && !ending_->failure;
}

void stream_reading::fail(std::string kind, std::string text) {
    if (!error_kind_.empty()) return;  // what came first says more
    error_kind_ = std::move(kind);
    error_text_ = std::move(text);
}

void stream_reading::close(verdict how, std::int64_t now_ns) {
    record_.how = how;
    if (how == verdict::whole) {
        record_.done_ns = ended_ns_;  // its last event, whenever its connection ends
        check_.usage(usage_);
    }
    record_.output_tokens = believable(usage_.output_tokens).value_or(record_.events);
    record_.input_tokens = believable(usage_.input_tokens).value_or(0);
    log_.note(
        record_.number,
        how == verdict::whole    ? "done"
        : how == verdict::failed ? "failed"
                                 : "aborted",
        now_ns,
        record_.output_tokens
    );
    record_content(how == verdict::whole);
    if (measured()) record_times(now_ns);
    codec_.reset();
}

/// What is wrong with the content is told of the whole run.
void stream_reading::record_content(bool ended) {
    integrity result = check_.result(ended);
    // Where the content is known it says the same, and more.
    if (settings_.checked == check::protocol) {
        result.lost += position_.lost();
        result.doubled += position_.doubled();
    }
    if (result.broken() > 0) {
        figures_.note_example(
            "stream " + std::to_string(record_.number) + ": " + std::to_string(result.lost) +
            " lost, " + std::to_string(result.doubled) + " doubled, " +
            std::to_string(result.disordered) + " out of order, " + std::to_string(result.altered) +
            " altered, " + std::to_string(result.foreign) + " foreign" +
            (result.miscounted > 0 ? ", usage or finish wrong" : "")
        );
    }
    figures_.content.add(result);
}

void stream_reading::record_times(std::int64_t ended_ns) {
    const auto since = [&](metric which, std::int64_t from_ns, std::int64_t to_ns) {
        if (from_ns >= 0 && to_ns >= 0) figures_.of(which).record(to_ns - from_ns);
    };
    stream_record& one = record_;
    since(metric::ttfb, one.due_ns, one.first_byte_ns);
    since(metric::ttfe, one.due_ns, one.first_event_ns);
    since(metric::ttft_content, one.due_ns, one.first_content_ns);
    since(metric::ttft_visible, one.due_ns, one.first_visible_ns);
    since(metric::ttft_sent, one.sent_ns, one.first_content_ns);
    if (one.how == verdict::whole) {
        since(metric::e2e_content, one.due_ns, one.last_content_ns);
        since(metric::e2e_done, one.due_ns, one.done_ns);
        since(metric::e2e_sent, one.sent_ns, one.done_ns);
        if (one.output_tokens > 1 && one.first_content_ns >= 0)
            figures_.of(metric::tpot_decode)
                .record((one.last_content_ns - one.first_content_ns) / (one.output_tokens - 1));
        if (one.output_tokens > 0)
            figures_.of(metric::ntpot).record((one.done_ns - one.due_ns) / one.output_tokens);
        one.met_objectives = settings_.wanted.met_by(one);
    }
    count(one, ended_ns, figures_);
    if (one.how != verdict::failed) return;
    ++figures_.errors[error_kind_];
    figures_.note_example(error_text_);
}

bool stream_reading::measured() const {
    return record_.due_ns >= clock_.measured_from_ns;
}

}  // namespace sluice::gateway::load
