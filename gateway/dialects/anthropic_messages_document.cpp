#include "gateway/dialects/anthropic_answers.hpp"
#include "gateway/dialects/anthropic_states.hpp"
#include "gateway/dialects/continued_mark.hpp"
#include "gateway/dialects/gathered_answer.hpp"
#include "gateway/dialects/json_input.hpp"
#include "gateway/dialects/json_text.hpp"
#include "gateway/dialects/opaque_state.hpp"

#include <utility>

namespace sluice::gateway {

namespace {

using json = nlohmann::ordered_json;
using kind = answer_block::kind;

/// Arguments have to be an object here; what is none is put into one, as the documentation of
/// fine-grained tool streaming advises.
json input_of(const std::string& arguments) {
    if (arguments.find_first_not_of(" \t\r\n") == std::string::npos) return json::object();
    if (!upstream::nested_deeper_than(arguments, json_depth_max)) {
        auto parsed = json::parse(arguments, nullptr, false);
        if (parsed.is_object()) return parsed;
        if (parsed.is_null()) return json::object();
    }
    return {{"INVALID_JSON", arguments}};
}

json redacted(const std::string& data) {
    return {{"type", "redacted_thinking"}, {"data", data}};
}

class anthropic_document final : public document_builder {
 public:
    explicit anthropic_document(const stream_names& names) : names_(names) {}

    void add(const upstream::item& item) override { gatherer_.add(item); }

    std::string finish(const closing& closing) override {
        const auto answer = gatherer_.take();
        const auto choice = answer.choices.empty() ? answer_choice() : answer.choices.front();
        for (const auto& block : choice.blocks)
            append(block);
        json body{
            {"id", "msg_" + names_.id},
            {"type", "message"},
            {"role", "assistant"},
            {"model", answer.model.empty() ? names_.route : answer.model},
            {"content", std::move(content_)},
            {"stop_reason", stop_reason(choice, closing.ending)},
            {"stop_sequence", nullptr},
            {"usage", anthropic_usage_object(closing.usage)}};
        if (!choice.stop_sequence.empty()) body["stop_sequence"] = choice.stop_sequence;
        mark_continued(body, continued_);
        return dump_json(body);
    }

 private:
    void append(const answer_block& block) {
        switch (block.what) {
            case kind::text:
                return append_text(block);
            case kind::refusal:
                if (!block.text.empty()) append_text(block);
                return;
            case kind::reasoning:
                return append_thoughts(block);
            case kind::tool_call:
                return append_call(block);
            case kind::media:
                return;  // this API answers with text alone
        }
    }

    void append_text(const answer_block& block) {
        json text{{"type", "text"}, {"text", block.text}};
        for (const auto& each : block.citations) {
            text["citations"].push_back(
                {{"type", "web_search_result_location"},
                 {"url", each.url},
                 {"title", each.title},
                 {"cited_text", each.cited_text},
                 {"encrypted_index", ""}}
            );
        }
        content_.push_back(std::move(text));
        if (block.state) content_.push_back(redacted(pack_thoughts(mark_as_of_text(*block.state))));
    }

    void append_thoughts(const answer_block& block) {
        std::string packed;
        if (const auto& state = block.state) {
            packed = pack_thoughts(*state);
            if (state->how == upstream::reasoning_state::form::redacted) {
                content_.push_back(redacted(packed));
                return;
            }
        }
        content_.push_back({{"type", "thinking"}, {"thinking", block.text}, {"signature", packed}});
    }

    void append_call(const answer_block& block) {
        auto id = block.id;
        if (id.empty()) id = "toolu_" + names_.id + "_" + std::to_string(block.index);
        content_.push_back(
            {{"type", "tool_use"},
             {"id", id},
             {"name", block.name},
             {"input", input_of(block.text)}}
        );
        if (block.state)
            content_.push_back(redacted(pack_thoughts(mark_as_of_call(*block.state, id))));
    }

    static std::string_view stop_reason(
        const answer_choice& choice, const upstream::ending& ending
    ) {
        if (ending.outcome == upstream::outcome::budget) return "max_tokens";
        const auto unsaid = choice.has(kind::tool_call) ? upstream::finish_reason::tool_calls
                                                        : upstream::finish_reason::stop;
        return anthropic_stop_reason(
            choice.reason.value_or(unsaid), choice.native_reason, choice.stop_sequence
        );
    }

    stream_names names_;
    answer_gatherer gatherer_;
    json content_ = json::array();
};

class anthropic_count final : public document_builder {
 public:
    void add(const upstream::item&) override {}
    std::string finish(const closing& closing) override {
        const json body{{"input_tokens", closing.usage.input_tokens.value_or(0)}};
        return dump_json(body);
    }
};

}  // namespace

std::unique_ptr<document_builder> make_anthropic_document(const stream_names& names) {
    return std::make_unique<anthropic_document>(names);
}

std::unique_ptr<document_builder> make_anthropic_count() {
    return std::make_unique<anthropic_count>();
}

}  // namespace sluice::gateway
