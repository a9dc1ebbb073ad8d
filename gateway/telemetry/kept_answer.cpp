#include "gateway/telemetry/kept_answer.hpp"

#include "gateway/telemetry/message_writer.hpp"

#include <algorithm>
#include <utility>
#include <variant>

namespace sluice::gateway {

namespace {

/// As much of a text as fits without cutting a character in two.
std::string_view head_of(std::string_view text, std::size_t bytes_max) {
    if (text.size() <= bytes_max) return text;
    auto end = bytes_max;
    const auto continues = [&](std::size_t at) {
        return (static_cast<unsigned char>(text[at]) & 0xC0U) == 0x80U;
    };
    for (int back = 0; back < 3 && end > 0 && continues(end); ++back)
        --end;
    return text.substr(0, end);
}

std::string_view modality_of(std::string_view media_type) {
    for (const std::string_view each : {"image", "audio", "video"}) {
        if (media_type.starts_with(each)) return each;
    }
    return "file";
}

std::string_view word_of(upstream::finish_reason reason) {
    // The conventions have it in the singular.
    if (reason == upstream::finish_reason::tool_calls) return "tool_call";
    return upstream::to_string(reason);
}

}  // namespace

void kept_answer::add(const upstream::item& item) {
    if (const auto* end = std::get_if<upstream::finish>(&item)) {
        if (auto* to = choice_at(end->choice)) to->reason = end->reason;
        return;
    }
    if (full_) return;
    std::visit(
        [this](const auto& told) {
            if constexpr (requires { gather(told); }) gather(told);
        },
        item
    );
}

/// A provider's index is not to be trusted with memory.
kept_answer::choice* kept_answer::choice_at(int index) {
    return index < 0 || index >= choices_max ? nullptr : &choices_[index];
}

void kept_answer::gather(const upstream::text_delta& told) {
    add_text(told.choice, part::kind::text, told.text);
}

void kept_answer::gather(const upstream::reasoning_delta& told) {
    add_text(told.choice, part::kind::reasoning, told.text);
}

void kept_answer::gather(const upstream::refusal_delta& told) {
    add_text(told.choice, part::kind::refusal, told.text);
}

void kept_answer::add_text(int index, part::kind what, std::string_view text) {
    auto* to = choice_at(index);
    if (to == nullptr) return;
    const auto taken = take(what, text);
    if (taken.empty()) return;
    const bool goes_on = !to->parts.empty() && to->parts.back().what == what;
    auto* into = goes_on ? &to->parts.back() : begin(*to, what);
    if (into != nullptr) into->text += taken;
}

void kept_answer::gather(const upstream::tool_call_delta& told) {
    auto* to = choice_at(told.choice);
    auto* call = to == nullptr ? nullptr : call_at(*to, told.index);
    if (call == nullptr) return;
    const auto name = [this](std::string_view text) {
        return take(part::kind::tool_call, head_of(text, name_bytes_max));
    };
    if (call->id.empty()) call->id = name(told.id);
    if (call->name.empty()) call->name = name(told.name);
    call->text += take(part::kind::tool_call, told.arguments);
}

/// Sound comes in many pieces: it is named once. What is spoken is words.
void kept_answer::gather(const upstream::media_delta& told) {
    auto* to = choice_at(told.choice);
    if (to == nullptr) return;
    const auto modality = modality_of(told.type);
    const bool named = std::ranges::any_of(to->parts, [&](const part& each) {
        return each.what == part::kind::media && each.name == modality;
    });
    if (!named) {
        if (auto* media = begin(*to, part::kind::media)) media->name = modality;
    }
    add_text(told.choice, part::kind::text, told.transcript);
}

kept_answer::part* kept_answer::call_at(choice& of, int index) {
    const auto found = std::find_if(of.parts.rbegin(), of.parts.rend(), [&](const part& each) {
        return each.what == part::kind::tool_call && each.index == index;
    });
    if (found != of.parts.rend()) return &*found;
    auto* call = begin(of, part::kind::tool_call);
    if (call != nullptr) call->index = index;
    return call;
}

kept_answer::part* kept_answer::begin(choice& of, part::kind what) {
    if (parts_ == parts_max) {
        full_ = true;
        return nullptr;
    }
    ++parts_;
    auto& made = of.parts.emplace_back();
    made.what = what;
    return &made;
}

/// As much as there is room for.
std::string_view kept_answer::take(part::kind what, std::string_view text) {
    const bool thought = what == part::kind::reasoning;
    if (full_ || (thought && thoughts_full_)) return {};
    const auto left = bytes_max_ - bytes_;
    const auto for_thoughts = bytes_max_ / 2 - thought_bytes_;
    const auto room = thought ? std::min(left, for_thoughts) : left;
    const auto head = head_of(text, room);
    bytes_ += head.size();
    if (thought) thought_bytes_ += head.size();
    if (head.size() < text.size()) (room < left ? thoughts_full_ : full_) = true;
    return head;
}

std::string kept_answer::words() const {
    const auto first = choices_.find(0);
    if (first == choices_.end()) return {};
    std::string text;
    std::string calls;
    for (const auto& each : first->second.parts) {
        if (each.what == part::kind::text || each.what == part::kind::refusal) text += each.text;
        if (each.what != part::kind::tool_call) continue;
        if (!calls.empty()) calls += '\n';
        calls.append(each.name).append(1, '(').append(each.text).append(1, ')');
    }
    return text.empty() ? calls : text;
}

std::string kept_answer::messages() const {
    std::string all = "[";
    for (const auto& [index, choice] : choices_) {
        message_writer message("assistant");
        for (const auto& each : choice.parts) {
            switch (each.what) {
                case part::kind::text:
                case part::kind::refusal:
                    message.text(each.text);
                    break;
                case part::kind::reasoning:
                    message.reasoning(each.text);
                    break;
                case part::kind::tool_call:
                    message.tool_call(each.id, each.name, each.text);
                    break;
                case part::kind::media:
                    message.blob(each.name);
                    break;
            }
        }
        if (all.size() > 1) all += ',';
        const auto reason = choice.reason ? word_of(*choice.reason) : std::string_view();
        all += std::move(message).finish(reason);
    }
    return all + "]";
}

}  // namespace sluice::gateway
