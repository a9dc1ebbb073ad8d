#include "upstream/mock/recordings.hpp"

#include "upstream/mock/recording_words.hpp"
#include "upstream/providers/json_read.hpp"

#include <algorithm>
#include <functional>
#include <tuple>
#include <utility>

namespace sluice::upstream {

namespace {

using nlohmann::json;

std::uint64_t mark(std::string_view text) {
    return std::hash<std::string_view>{}(text);
}

/// What a message says: its text, or the texts of its parts.
std::string words_of(const json& content) {
    if (content.is_string()) return content.get<std::string>();
    std::string words;
    if (!content.is_array()) return words;
    for (const auto& part : content)
        words += find_text(part, "text");
    return words;
}

const json* content_of(const json& message) {
    const auto* content = find(message, "content");
    return content != nullptr ? content : find(message, "parts");
}

/// The last message of the user, as any of the protocols writes it.
std::optional<std::string> prompt_in(const json& body) {
    for (const char* single : {"prompt", "input"}) {
        const auto* text = find(body, single);
        if (text != nullptr && text->is_string()) return text->get<std::string>();
    }
    for (const char* list : {"messages", "contents", "input"}) {
        const auto* messages = find(body, list);
        if (messages == nullptr || !messages->is_array()) continue;
        for (auto at = messages->rbegin(); at != messages->rend(); ++at) {
            const auto* role = find(*at, "role");
            // Gemini lets a single turn go without a role.
            if (!at->is_object() || (role != nullptr && *role != "user")) continue;
            const auto* content = content_of(*at);
            if (content == nullptr) continue;
            // Results of tools are the user's turn in some protocols, but not his words.
            if (auto words = words_of(*content); !words.empty()) return words;
        }
    }
    return std::nullopt;
}

/// From here on a recording says what its provider said to this prompt, be it a refusal.
constexpr int same_prompt_nearness = 4;

/// It has a whole answer.
bool is_good(const recording& one) {
    return one.ended == "whole" && one.status / 100 == 2;
}

/// How near a recording is to what is wanted; more is nearer. What stands for other prompts should
/// rather be an answer than trouble that they had.
int nearness(
    const recording& one, const body_marks& have, std::string_view model, const body_marks& wanted
) {
    const bool same_model = one.request.model == model;
    const bool same_prompt = have.prompt && have.prompt == wanted.prompt;
    if (have.is_json && wanted.is_json && have.whole == wanted.whole)
        return same_prompt_nearness + 2;
    if (same_prompt) return same_prompt_nearness + (same_model ? 1 : 0);
    return (is_good(one) ? 2 : 0) + (same_model ? 1 : 0);
}

/// What the codec is told of an answer: the protocol of the answer is all that the provider speaks.
provider_settings settings_of(const recording& one) {
    auto settings = one.request.provider;
    settings.apis.clear();
    if (const auto spoken = one.protocol()) settings.apis.push_back(*spoken);
    return settings;
}

auto key_of(const provider_settings& settings) {
    return std::tie(
        settings.kind,
        settings.host,
        settings.apis,
        settings.base_url,
        settings.ask_usage,
        settings.project_id,
        settings.space_id
    );
}

/// Only what holds a conversation can be said in other words.
bool is_translatable(const std::optional<api>& protocol) {
    if (!protocol) return true;
    switch (*protocol) {
        case api::openai_chat:
        case api::openai_responses:
        case api::anthropic_messages:
        case api::gemini:
        case api::ollama_chat:
            return true;
        default:
            return false;
    }
}

}  // namespace

body_marks marks_of(std::string_view body) {
    body_marks marks;
    const auto parsed = parse_json(body);
    marks.is_json = !parsed.is_discarded();
    if (!marks.is_json) return marks;
    marks.whole = mark(parsed.dump(-1, ' ', false, json::error_handler_t::replace));
    if (const auto prompt = prompt_in(parsed)) marks.prompt = mark(*prompt);
    return marks;
}

recordings::recordings(std::vector<recording> all) {
    for (auto& one : all) {
        auto made = std::make_unique<entry>();
        made->speaker = speaker_of(one);
        made->document = one.is_document();
        if (one.request.body) made->marks = marks_of(*one.request.body);
        one.request.body.reset();
        made->played = std::move(one);
        all_.push_back(std::move(made));
    }
}

std::size_t recordings::speaker_of(const recording& one) {
    auto settings = settings_of(one);
    const auto found = std::ranges::find_if(speakers_, [&](const speaker& known) {
        return key_of(known.settings) == key_of(settings) && known.protocol == one.protocol();
    });
    if (found != speakers_.end()) return static_cast<std::size_t>(found - speakers_.begin());
    speakers_.push_back({std::move(settings), one.protocol()});
    return speakers_.size() - 1;
}

bool recordings::speaks(api client) const {
    return std::ranges::any_of(speakers_, [&](const speaker& each) {
        return each.protocol == client;
    });
}

std::vector<std::size_t> recordings::speakers_for(api client) const {
    const bool spoken = speaks(client);
    std::vector<std::size_t> fit;
    for (std::size_t i = 0; i < speakers_.size(); ++i) {
        const auto& protocol = speakers_[i].protocol;
        if (spoken ? protocol == client : is_translatable(protocol)) fit.push_back(i);
    }
    return fit;
}

std::optional<recordings::choice> recordings::choose(std::span<const wanted> requests) const {
    const entry* best = nullptr;
    auto best_rank = std::pair(-1, std::uint32_t{0});
    for (const auto& request : requests) {
        const auto marks = marks_of(request.body);
        for (const auto& one : all_) {
            if (one->speaker != request.speaker || one->document != request.document) continue;
            const int near = nearness(one->played, one->marks, request.model, marks);
            const auto plays = one->plays.load(std::memory_order_relaxed);
            const bool better =
                near > best_rank.first || (near == best_rank.first && plays < best_rank.second);
            if (!better) continue;
            best = one.get();
            best_rank = {near, plays};
        }
    }
    if (best == nullptr) return std::nullopt;
    best->plays.fetch_add(1, std::memory_order_relaxed);
    return choice{best->speaker, &best->played};
}

}  // namespace sluice::upstream
