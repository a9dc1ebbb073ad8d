#include "gateway/dialects/gathered_answer.hpp"

#include "gateway/dialects/joined_media.hpp"
#include "gateway/dialects/json_text.hpp"

#include <algorithm>
#include <utility>
#include <variant>

namespace sluice::gateway {

namespace {

using kind = answer_block::kind;

// A provider's index is not to be trusted with memory.
constexpr int choices_max = 1024;
constexpr std::size_t blocks_max = 16 * 1024;
constexpr std::size_t citations_max = 16 * 1024;
constexpr int embeddings_max = 64 * 1024;

}  // namespace

std::string answer_choice::joined(answer_block::kind wanted) const {
    std::string text;
    for (const auto& block : blocks) {
        if (block.what == wanted) text += block.text;
    }
    return text;
}

bool answer_choice::has(answer_block::kind wanted) const {
    return std::ranges::find(blocks, wanted, &answer_block::what) != blocks.end();
}

void answer_gatherer::add(const upstream::item& item) {
    std::visit([this](const auto& part) { gather(part); }, item);
}

answer_choice* answer_gatherer::choice_at(int index) {
    if (index < 0 || index >= choices_max) return nullptr;
    const auto position = static_cast<std::size_t>(index);
    if (answer_.choices.size() <= position) answer_.choices.resize(position + 1);
    return &answer_.choices[position];
}

void answer_gatherer::add_text(int choice, kind what, std::string_view text) {
    auto* to = choice_at(choice);
    if (to == nullptr || text.empty()) return;
    // A signature closes its stretch of thoughts.
    const bool open = !to->blocks.empty() && to->blocks.back().what == what &&
                      (what != kind::reasoning || !to->blocks.back().state);
    if (!open) {
        if (to->blocks.size() == blocks_max) return;
        to->blocks.emplace_back().what = what;
    }
    to->blocks.back().text += text;
}

void answer_gatherer::gather(const upstream::text_delta& part) {
    add_text(part.choice, kind::text, part.text);
}
void answer_gatherer::gather(const upstream::reasoning_delta& part) {
    add_text(part.choice, kind::reasoning, part.text);
}
void answer_gatherer::gather(const upstream::refusal_delta& part) {
    add_text(part.choice, kind::refusal, part.text);
}

answer_block* answer_gatherer::call_at(answer_choice& choice, int index) {
    const auto found = std::find_if(choice.blocks.rbegin(), choice.blocks.rend(), [&](auto& each) {
        return each.what == kind::tool_call && each.index == index;
    });
    if (found != choice.blocks.rend()) return &*found;
    if (choice.blocks.size() == blocks_max) return nullptr;
    auto& call = choice.blocks.emplace_back();
    call.what = kind::tool_call;
    call.index = index;
    return &call;
}

void answer_gatherer::gather(const upstream::tool_call_delta& part) {
    auto* to = choice_at(part.choice);
    auto* call = to == nullptr ? nullptr : call_at(*to, part.index);
    if (call == nullptr) return;
    if (!part.id.empty()) call->id = part.id;
    if (!part.name.empty()) call->name = part.name;
    call->text += part.arguments;
}

void answer_gatherer::gather(const upstream::media_delta& part) {
    auto* to = choice_at(part.choice);
    if (to == nullptr) return;
    const bool open = !to->blocks.empty() && to->blocks.back().what == kind::media &&
                      goes_on(to->blocks.back().type, to->blocks.back().text, part);
    if (!open) {
        if (to->blocks.size() == blocks_max) return;
        auto& media = to->blocks.emplace_back();
        media.what = kind::media;
        media.type = part.type;
    }
    append_base64(to->blocks.back().text, part.data);
    to->blocks.back().transcript += part.transcript;
}

void answer_gatherer::gather(const upstream::reasoning_state_delta& part) {
    auto* to = choice_at(part.choice);
    if (to == nullptr) return;
    upstream::reasoning_state state{
        part.from, part.how, std::string(part.data), std::string(part.id)};
    if (part.tool_call >= 0) {
        if (auto* call = call_at(*to, part.tool_call)) call->state = std::move(state);
        return;
    }
    const auto what = part.of_text ? kind::text : kind::reasoning;
    const bool open = !to->blocks.empty() && to->blocks.back().what == what &&
                      !to->blocks.back().state &&
                      part.how != upstream::reasoning_state::form::redacted;
    if (!open) {
        if (to->blocks.size() == blocks_max) return;
        to->blocks.emplace_back().what = what;
    }
    to->blocks.back().state = std::move(state);
}

void answer_gatherer::gather(const upstream::citation_delta& part) {
    auto* to = choice_at(part.choice);
    if (to == nullptr) return;
    const auto last = std::find_if(to->blocks.rbegin(), to->blocks.rend(), [](auto& each) {
        return each.what == kind::text;
    });
    if (last == to->blocks.rend()) {
        to->blocks.emplace_back().what = kind::text;
        return gather(part);
    }
    if (last->citations.size() == citations_max) return;
    last->citations.push_back(
        {std::string(part.url),
         std::string(part.title),
         std::string(part.cited_text),
         part.begin,
         part.end}
    );
}

void answer_gatherer::gather(const upstream::logprobs_delta& part) {
    if (auto* to = choice_at(part.choice))
        append_json_array(part.refusal ? to->refusal_logprobs : to->logprobs, part.content);
}

void answer_gatherer::gather(const upstream::embedding_delta& part) {
    if (part.index < 0 || part.index >= embeddings_max) return;
    const auto position = static_cast<std::size_t>(part.index);
    if (answer_.embeddings.size() <= position) answer_.embeddings.resize(position + 1);
    answer_.embeddings[position] = part.numbers;
}

void answer_gatherer::gather(const upstream::finish& part) {
    auto* to = choice_at(part.choice);
    if (to == nullptr) return;
    to->reason = part.reason;
    to->native_reason = part.native;
    to->stop_sequence = part.stop_sequence;
}

void answer_gatherer::gather(const upstream::identity& part) {
    if (!part.id.empty()) answer_.id = part.id;
    if (!part.model.empty()) answer_.model = part.model;
    if (part.created != 0) answer_.created = part.created;
}

void answer_gatherer::gather(const upstream::verbatim& part) {
    answer_.verbatim += part.bytes;
}

}  // namespace sluice::gateway
