#include "upstream/routing/resumption.hpp"

#include <utility>
#include <variant>

namespace sluice::upstream {

namespace {

/// Who it was, and what it thought before it went on.
bool is_of_one_attempt(const item& item) {
    return std::holds_alternative<identity>(item) ||
           std::holds_alternative<reasoning_delta>(item) ||
           std::holds_alternative<reasoning_state_delta>(item) ||
           std::holds_alternative<logprobs_delta>(item);
}

}  // namespace

void resumption::pass(batch& out) {
    count(out);
    if (times_ > 0) clean(out);
    delivered_.see(out);
}

void resumption::count(const batch& out) {
    for (const auto& item : out.items) {
        if (is_output_token(item)) ++items_;
        if (const auto* report = std::get_if<usage>(&item)) told_ = *report;
    }
}

/// What belongs to one attempt alone stays behind.
void resumption::clean(batch& out) {
    texts_.clear();
    kept_.clear();
    kept_.swap(out.items);
    for (auto& item : kept_) {
        if (is_of_one_attempt(item)) continue;
        if (const auto* part = std::get_if<text_delta>(&item)) {
            add_text(out, *part);
        } else if (std::holds_alternative<usage>(item)) {
            tell_usage(out);
        } else if (auto* source = std::get_if<citation_delta>(&item)) {
            // Where it stands in its own text says nothing here, and it may stand in what is held.
            source->begin = source->end = -1;
            if (overlap_->decided()) out.items.push_back(item);
        } else {
            flush(out);
            out.items.push_back(item);
        }
    }
    if (out.ending && out.ending->outcome == outcome::completed) {
        flush(out);
        if (!told_ || !told_->output_tokens) tell_usage(out);
    }
    if (!announced_ && (!out.items.empty() || out.ending)) {
        out.continued = true;
        announced_ = true;
    }
}

void resumption::add_text(batch& out, text_delta part) {
    if (!overlap_->decided()) part.text = texts_.emplace_back(overlap_->feed(part.text));
    if (!part.text.empty()) out.items.push_back(part);
}

/// Nothing more comes that could be a repetition: what was held is new.
void resumption::flush(batch& out) {
    if (overlap_->decided()) return;
    const auto& rest = texts_.emplace_back(overlap_->finish());
    if (!rest.empty()) out.items.push_back(text_delta{0, rest});
}

/// Of a whole answer, what its last attempt did not tell is estimated.
void resumption::tell_usage(batch& out) {
    auto latest = told_.value_or(usage{});
    const bool whole = out.ending && out.ending->outcome == outcome::completed;
    if (whole && !latest.output_tokens) latest.output_tokens = items_;
    out.items.push_back(spent_.with(latest));
}

void resumption::break_off() {
    spent_.close(told_, items_);
    told_.reset();
    items_ = 0;
    ++times_;
    announced_ = false;
}

void resumption::begin(bool prefilled) {
    overlap_.emplace(delivered_.text(), prefilled);
}

}  // namespace sluice::upstream
