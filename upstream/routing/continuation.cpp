#include "upstream/routing/continuation.hpp"

#include "upstream/overloaded.hpp"

#include <algorithm>
#include <utility>
#include <variant>

namespace sluice::upstream {

namespace {

constexpr std::string_view blanks = " \t\n\v\f\r";

/// No answer has as many; a provider that tells more is broken, and sums stay in range.
constexpr std::int64_t tokens_max = std::int64_t{1} << 40U;

message said_by(role who, std::string text) {
    message made;
    made.role = who;
    made.content.emplace_back(text_part{std::move(text)});
    return made;
}

/// Where the client has begun the assistant's message itself, that goes on: two messages of one
/// role in a row are refused by some providers, and mean something else to others.
void add_answer(std::vector<message>& messages, std::string text) {
    const bool begun = !messages.empty() && messages.back().role == role::assistant &&
                       messages.back().tool_calls.empty();
    if (!begun) {
        messages.push_back(said_by(role::assistant, std::move(text)));
        return;
    }
    auto& content = messages.back().content;
    auto* const last = content.empty() ? nullptr : std::get_if<text_part>(&content.back());
    if (last != nullptr && !last->state)
        last->text += text;
    else
        content.emplace_back(text_part{std::move(text)});
}

/// Thoughts come ahead of an answer, and this one has begun: providers refuse to think where they
/// are given its beginning. Who wanted none still wants none.
void stop_thinking(reasoning_wish& wish) {
    const bool unwanted = wish.enabled == false || wish.effort == "none";
    if (!unwanted) wish = {};
}

}  // namespace

delivered_answer::delivered_answer(const request& request)
    : stops_(request.stop),
      structured_(
          request.response_format && request.response_format->kind != response_format::form::text
      ),
      spoiled_(request.choices != 1 || request.logprobs.value_or(false)) {}

void delivered_answer::see(const batch& batch) {
    for (const auto& each : batch.items)
        hear(each);
}

void delivered_answer::hear(const item& heard) {
    if (is_output_token(heard)) ++items_;
    std::visit(
        overloaded{
            [&](const text_delta& part) { hear_text(part); },
            [&](const reasoning_delta& part) { thinks_ = thinks_ || !part.text.empty(); },
            [&](const refusal_delta& part) {
                if (!part.text.empty()) spoil();
            },
            [&](const finish&) { finished_ = true; },
            [&](const usage& report) {
                if (!report.output_tokens) return;
                told_ = std::clamp<std::int64_t>(*report.output_tokens, 0, tokens_max);
                items_ = 0;
            },
            [](const citation_delta&) {},
            [](const identity&) {},
            [&](const auto&) { spoil(); },
        },
        heard
    );
}

void delivered_answer::hear_text(const text_delta& part) {
    if (part.text.empty() || spoiled_) return;
    if (part.choice != 0 || part.text.size() > text_bytes_max - text_.size()) return spoil();
    thinks_ = false;
    visible_ = visible_ || part.text.find_first_not_of(blanks) != std::string_view::npos;
    text_ += part.text;
}

/// What was kept is of no use any more.
void delivered_answer::spoil() {
    spoiled_ = true;
    text_.clear();
    text_.shrink_to_fit();
}

bool delivered_answer::possible(bool prefill) const {
    return !spoiled_ && !finished_ && !thinks_ && visible_ && (prefill || !structured_) &&
           !within_stop();
}

/// Where the text ends in the beginning of a stop sequence, no target would know the whole of it.
bool delivered_answer::within_stop() const {
    return std::ranges::any_of(stops_, [this](std::string_view stop) {
        for (std::size_t length = 1; length < stop.size(); ++length) {
            if (text_.ends_with(stop.substr(0, length))) return true;
        }
        return false;
    });
}

std::optional<call> continue_call(
    const call& original,
    const delivered_answer& so_far,
    bool prefill,
    const continuation_rules& rules
) {
    const auto& most = original.request.max_tokens;
    if (most && *most <= so_far.told_tokens()) return std::nullopt;
    call made = original;
    made.body.clear();
    made.stream = true;
    request& asked = made.request;
    if (most) asked.max_tokens = std::max<std::int64_t>(1, *most - so_far.output_tokens());
    std::string text = so_far.text();
    asked.prefilled = prefill;
    if (prefill) {
        text.erase(text.find_last_not_of(blanks) + 1);
        stop_thinking(asked.reasoning);
    }
    add_answer(asked.messages, std::move(text));
    if (!prefill) asked.messages.push_back(said_by(role::user, rules.instruction));
    return made;
}

}  // namespace sluice::upstream
