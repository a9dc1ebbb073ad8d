#include "gateway/dialects/continued_mark.hpp"
#include "gateway/dialects/gathered_answer.hpp"
#include "gateway/dialects/json_text.hpp"
#include "gateway/dialects/openai_chat_answers.hpp"
#include "gateway/dialects/openai_chat_shapes.hpp"

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

namespace sluice::gateway {

namespace {

using json = nlohmann::ordered_json;
using kind = answer_block::kind;
using origin = upstream::reasoning_state::origin;

json text_or_null(const std::string& text) {
    return text.empty() ? json(nullptr) : json(text);
}

/// The message of one choice, member by member.
class message_writer {
 public:
    message_writer(const answer_choice& from, const std::string& audio_id, bool functions)
        : from_(from), audio_id_(audio_id), functions_(functions) {}

    json run() {
        const auto text = from_.joined(kind::text);
        const bool silent = text.empty() && from_.has(kind::tool_call);
        message_ = {{"role", "assistant"}, {"content", silent ? json(nullptr) : json(text)}};
        message_["refusal"] = text_or_null(from_.joined(kind::refusal));
        const auto reasoning = from_.joined(kind::reasoning);
        if (!reasoning.empty()) message_["reasoning_content"] = reasoning;
        put_details();
        put_texts();
        for (const auto& block : from_.blocks) {
            if (block.what == kind::media) put_media(block);
            if (block.what == kind::tool_call) put_call(block);
        }
        return std::move(message_);
    }

 private:
    /// The thoughts once more, stretch by stretch: only where they bear what has to come back.
    void put_details() {
        auto details = json::array();
        bool opaque = false;
        for (const auto& block : from_.blocks) {
            const auto index = static_cast<std::int64_t>(details.size());
            const bool call = block.what == kind::tool_call;
            if (block.what == kind::reasoning) {
                put_thought(block, details);
                opaque = opaque || block.state;
            } else if (call && block.state && block.state->from != origin::gemini) {
                auto state = *block.state;
                state.id = block.id;
                details.push_back(reasoning_detail(state, {}, index));
                opaque = true;
            }
        }
        if (opaque) message_["reasoning_details"] = std::move(details);
    }

    static void put_thought(const answer_block& block, json& details) {
        const auto index = [&] { return static_cast<std::int64_t>(details.size()); };
        auto detail =
            block.state ? reasoning_detail(*block.state, block.text, index()) : json(nullptr);
        const bool told = !detail.is_null() && detail.contains("text");
        if (!told && !block.text.empty()) {
            details.push_back({{"type", "reasoning.text"}, {"text", block.text}, {"index", index()}}
            );
            if (!detail.is_null()) detail["index"] = index();
        }
        if (!detail.is_null()) details.push_back(std::move(detail));
    }

    void put_texts() {
        for (const auto& block : from_.blocks) {
            if (block.what != kind::text) continue;
            for (const auto& each : block.citations) {
                message_["annotations"].push_back(
                    url_citation({each.url, each.title, each.cited_text, each.begin, each.end})
                );
            }
            if (block.state && block.state->from == origin::gemini)
                message_["extra_content"] = google_extra(block.state->data);
        }
    }

    void put_media(const answer_block& block) {
        const auto data = block.text;
        if (block.type.starts_with("image/")) {
            message_["images"].push_back(image_url(block.type, data));
        } else if (block.type.starts_with("audio/") && !message_.contains("audio")) {
            message_["audio"] = {
                {"id", audio_id_},
                {"data", data},
                {"expires_at", 0},
                {"transcript", block.transcript}};
        } else {
            message_["media"].push_back({{"type", block.type}, {"data", data}});
        }
    }

    void put_call(const answer_block& block) {
        json function{{"name", block.name}, {"arguments", block.text}};
        if (functions_) {
            if (!message_.contains("function_call"))
                message_["function_call"] = std::move(function);
            return;
        }
        json call{{"id", block.id}, {"type", "function"}, {"function", std::move(function)}};
        if (block.state && block.state->from == origin::gemini)
            call["extra_content"] = google_extra(block.state->data);
        message_["tool_calls"].push_back(std::move(call));
    }

    const answer_choice& from_;
    const std::string& audio_id_;
    bool functions_;
    json message_;
};

class chat_document final : public document_builder {
 public:
    chat_document(const stream_names& names, const chat_form& form) : names_(names), form_(form) {}

    void add(const upstream::item& item) override { gatherer_.add(item); }

    std::string finish(const closing& closing) override {
        auto answer = gatherer_.take();
        if (answer.choices.empty()) answer.choices.resize(1);
        json choices = json::array();
        for (const auto& choice : answer.choices)
            choices.push_back(describe(choice, choices.size(), closing));
        json body{
            {"id", "chatcmpl-" + names_.id},
            {"object", "chat.completion"},
            {"created", names_.created},
            {"model", answer.model.empty() ? names_.route : answer.model},
            {"choices", std::move(choices)},
            {"usage", chat_usage(closing.usage)},
        };
        mark_continued(body, continued_);
        return dump_json(body);
    }

 private:
    json describe(const answer_choice& from, std::size_t index, const closing& closing) const {
        std::string logprobs;
        append_logprobs(logprobs, from.logprobs, from.refusal_logprobs);
        const auto parsed = json::parse(logprobs, nullptr, false);
        return {
            {"index", index},
            {"message", message_writer(from, "audio_" + names_.id, form_.functions).run()},
            {"logprobs", parsed.is_discarded() ? json(nullptr) : parsed},
            {"finish_reason", reason_of(from, closing)},
        };
    }

    std::string_view reason_of(const answer_choice& from, const closing& closing) const {
        if (closing.ending.outcome == upstream::outcome::budget) return "length";
        const auto reason = from.reason.value_or(upstream::finish_reason::stop);
        const bool called = reason == upstream::finish_reason::tool_calls;
        return called && form_.functions ? "function_call" : to_string(reason);
    }

    stream_names names_;
    chat_form form_;
    answer_gatherer gatherer_;
};

class chat_document_relay final : public document_builder {
 public:
    void add(const upstream::item& item) override {
        if (const auto* document = std::get_if<upstream::verbatim>(&item)) body_ += document->bytes;
    }
    std::string finish(const closing&) override { return std::move(body_); }

 private:
    std::string body_;
};

}  // namespace

std::unique_ptr<document_builder> make_chat_document(
    const stream_names& names, const chat_form& form
) {
    return std::make_unique<chat_document>(names, form);
}

std::unique_ptr<document_builder> make_chat_document_relay() {
    return std::make_unique<chat_document_relay>();
}

}  // namespace sluice::gateway
