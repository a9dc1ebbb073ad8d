#include "gateway/dialects/continued_mark.hpp"
#include "gateway/dialects/gathered_answer.hpp"
#include "gateway/dialects/gemini_answers.hpp"
#include "gateway/dialects/gemini_grounding.hpp"
#include "gateway/dialects/gemini_shapes.hpp"
#include "gateway/dialects/json_text.hpp"
#include "gateway/dialects/opaque_state.hpp"

#include <utility>

namespace sluice::gateway {

namespace {

using json = nlohmann::ordered_json;
using kind = answer_block::kind;

std::string signature_of(const answer_block& block) {
    if (!block.state || block.state->data.empty()) return {};
    return pack_state(*block.state, upstream::reasoning_state::origin::gemini);
}

json text_part(const answer_block& block) {
    json part{{"text", block.text}};
    if (block.what == kind::reasoning) part["thought"] = true;
    if (auto signature = signature_of(block); !signature.empty()) {
        part["thoughtSignature"] = std::move(signature);
    }
    return part;
}

/// One candidate, written from its blocks.
class candidate {
 public:
    candidate(const answer_choice& from, std::size_t index, bool budget)
        : from_(from), index_(index) {
        using upstream::finish_reason;
        const auto otherwise = budget ? finish_reason::length : finish_reason::stop;
        reason_ = from.reason.value_or(otherwise);
    }

    json write() {
        for (const auto& block : from_.blocks)
            add(block);
        add_citations();
        json made{
            {"content", {{"parts", std::move(parts_)}, {"role", "model"}}},
            {"finishReason", gemini_finish_word(reason_, from_.native_reason)},
            {"index", index_},
        };
        if (!malformed_.empty()) {
            made["finishReason"] = gemini_malformed_call;
            made["finishMessage"] = malformed_;
        }
        auto grounding = grounding_.object();
        if (!grounding.is_null()) made["groundingMetadata"] = std::move(grounding);
        auto logprobs = from_.logprobs.empty() ? json() : gemini_logprobs(from_.logprobs);
        if (!logprobs.is_null()) made["logprobsResult"] = std::move(logprobs);
        return made;
    }

 private:
    void add(const answer_block& block) {
        switch (block.what) {
            case kind::text:
            case kind::refusal:
                grounding_.add_text(block.text);
                parts_.push_back(text_part(block));
                return;
            case kind::reasoning:
                parts_.push_back(text_part(block));
                return;
            case kind::media:
                parts_.push_back(json{
                    {"inlineData", {{"mimeType", block.type}, {"data", block.text}}}});
                return;
            case kind::tool_call:
                break;
        }
        add_call(block);
    }

    void add_call(const answer_block& block) {
        auto part = gemini_call_part(block.id, block.name, block.text, signature_of(block));
        if (part) {
            parts_.push_back(std::move(*part));
        } else if (reason_ != upstream::finish_reason::length) {
            malformed_ = gemini_malformed_message(block.name);
        }
    }

    void add_citations() {
        for (const auto& block : from_.blocks) {
            for (const auto& each : block.citations)
                grounding_.add({each.url, each.title, each.cited_text, each.begin, each.end});
        }
    }

    const answer_choice& from_;
    std::size_t index_;
    upstream::finish_reason reason_;
    json parts_ = json::array();
    gemini_grounding grounding_;
    std::string malformed_;
};

class gemini_document final : public document_builder {
 public:
    explicit gemini_document(const stream_names& names) : id_(names.id), model_(names.route) {}

    void add(const upstream::item& item) override { gatherer_.add(item); }

    std::string finish(const closing& closing) override {
        auto gathered = gatherer_.take();
        if (gathered.choices.empty()) gathered.choices.resize(1);
        const bool budget = closing.ending.outcome == upstream::outcome::budget;
        auto candidates = json::array();
        for (std::size_t i = 0; i < gathered.choices.size(); ++i)
            candidates.push_back(candidate(gathered.choices[i], i, budget).write());
        json body{
            {"candidates", std::move(candidates)},
            {"usageMetadata", gemini_usage(closing.usage)},
            {"modelVersion", gathered.model.empty() ? model_ : gathered.model},
        };
        if (!id_.empty()) body["responseId"] = id_;
        mark_continued(body, continued_);
        return dump_json(body);
    }

 private:
    std::string id_;
    std::string model_;
    answer_gatherer gatherer_;
};

class gemini_document_relay final : public document_builder {
 public:
    void add(const upstream::item& item) override {
        if (const auto* document = std::get_if<upstream::verbatim>(&item)) body_ += document->bytes;
    }
    std::string finish(const closing&) override { return std::move(body_); }

 private:
    std::string body_;
};

}  // namespace

std::unique_ptr<document_builder> make_gemini_document(const stream_names& names) {
    return std::make_unique<gemini_document>(names);
}

std::unique_ptr<document_builder> make_gemini_document_relay() {
    return std::make_unique<gemini_document_relay>();
}

}  // namespace sluice::gateway
