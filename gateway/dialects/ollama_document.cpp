#include "gateway/dialects/continued_mark.hpp"
#include "gateway/dialects/gathered_answer.hpp"
#include "gateway/dialects/json_text.hpp"
#include "gateway/dialects/ollama_answers.hpp"

#include <string>
#include <utility>

namespace sluice::gateway {

namespace {

using kind = answer_block::kind;

class ollama_document final : public document_builder {
 public:
    ollama_document(const stream_names& names, ollama_form form) : names_(names), form_(form) {}

    void add(const upstream::item& item) override { gatherer_.add(item); }

    std::string finish(const closing& closing) override {
        auto answer = gatherer_.take();
        if (answer.choices.empty()) answer.choices.resize(1);
        const auto& choice = answer.choices.front();
        const bool cut = closing.ending.outcome == upstream::outcome::budget;
        const auto own = choice.reason.value_or(upstream::finish_reason::stop);
        const auto reason = cut ? upstream::finish_reason::length : own;
        const bool chat = form_ == ollama_form::chat;
        std::string out = "{\"model\":";
        append_json_string(out, answer.model.empty() ? names_.route : answer.model);
        out.append(",\"created_at\":\"").append(rfc3339(names_.created));
        out += chat ? "\",\"message\":{\"role\":\"assistant\",\"content\":" : "\",\"response\":";
        append_json_string(out, text_of(choice));
        append_thinking(out, choice);
        append_images(out, choice);
        append_calls(out, choice, reason == upstream::finish_reason::length);
        if (chat) out += '}';
        if (choice.logprobs.size() > 2) out.append(",\"logprobs\":").append(choice.logprobs);
        out += ",\"done\":true";
        out += ollama_end(ollama_reason(reason), closing.usage);
        out += continued_member(continued_);
        return out += '}';
    }

 private:
    /// What there is to read, in order: refusals and what was spoken have no place of their own.
    static std::string text_of(const answer_choice& choice) {
        std::string text;
        for (const auto& block : choice.blocks) {
            if (block.what == kind::text || block.what == kind::refusal) text += block.text;
            if (block.what == kind::media) text += block.transcript;
        }
        return text;
    }

    static void append_thinking(std::string& out, const answer_choice& choice) {
        const auto thoughts = choice.joined(kind::reasoning);
        if (thoughts.empty()) return;
        out += ",\"thinking\":";
        append_json_string(out, thoughts);
    }

    void append_images(std::string& out, const answer_choice& choice) const {
        const bool chat = form_ == ollama_form::chat;
        std::string images;
        for (const auto& block : choice.blocks) {
            if (block.what != kind::media || !block.type.starts_with("image/")) continue;
            if (!images.empty() && !chat) break;  // there is room for one
            if (!images.empty()) images += ',';
            append_json_string(images, block.text);
        }
        if (images.empty()) return;
        out.append(chat ? ",\"images\":[" : ",\"image\":").append(images);
        if (chat) out += ']';
    }

    /// `cut`: a call whose end is missing is none.
    static void append_calls(std::string& out, const answer_choice& choice, bool cut) {
        std::string calls;
        for (const auto& block : choice.blocks) {
            if (block.what != kind::tool_call) continue;
            if (cut && !block.text.empty() && !is_json_object(block.text)) continue;
            if (!calls.empty()) calls += ',';
            calls += ollama_call(block.id, block.name, block.index, block.text);
        }
        if (!calls.empty()) out.append(",\"tool_calls\":[").append(calls).append("]");
    }

    answer_gatherer gatherer_;
    stream_names names_;
    ollama_form form_;
};

class ollama_document_relay final : public document_builder {
 public:
    void add(const upstream::item& item) override { gatherer_.add(item); }
    std::string finish(const closing&) override { return gatherer_.take().verbatim; }

 private:
    answer_gatherer gatherer_;
};

}  // namespace

std::unique_ptr<document_builder> make_ollama_document(
    const stream_names& names, ollama_form form
) {
    return std::make_unique<ollama_document>(names, form);
}

std::unique_ptr<document_builder> make_ollama_document_relay() {
    return std::make_unique<ollama_document_relay>();
}

}  // namespace sluice::gateway
