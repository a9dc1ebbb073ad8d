#include "gateway/dialects/continued_mark.hpp"
#include "gateway/dialects/gathered_answer.hpp"
#include "gateway/dialects/json_text.hpp"
#include "gateway/dialects/openai_chat_shapes.hpp"
#include "gateway/dialects/openai_completions_answers.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace sluice::gateway {

namespace {

using json = nlohmann::ordered_json;

std::size_t code_points(const std::string& text) {
    return static_cast<std::size_t>(std::ranges::count_if(text, [](char c) {
        return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;
    }));
}

/// `{token: logprob}` of the alternatives to one token.
json alternatives(const json& token) {
    auto object = json::object();
    const auto list = token.find("top_logprobs");
    if (list == token.end() || !list->is_array()) return object;
    for (const auto& each : *list) {
        if (!each.is_object() || !each.contains("token") || !each["token"].is_string()) continue;
        object[each["token"].get<std::string>()] = each.value("logprob", json());
    }
    return object;
}

class completions_document final : public document_builder {
 public:
    explicit completions_document(const stream_names& names) : names_(names) {}

    void add(const upstream::item& item) override { gatherer_.add(item); }

    std::string finish(const closing& closing) override {
        auto answer = gatherer_.take();
        if (answer.choices.empty()) answer.choices.resize(1);
        json choices = json::array();
        for (const auto& choice : answer.choices)
            choices.push_back(describe(choice, choices.size(), closing));
        json body{
            {"id", "cmpl-" + names_.id},
            {"object", "text_completion"},
            {"created", names_.created},
            {"model", answer.model.empty() ? names_.route : answer.model},
            {"choices", std::move(choices)},
            {"usage", chat_usage(closing.usage)},
        };
        mark_continued(body, continued_);
        return dump_json(body);
    }

 private:
    static json describe(const answer_choice& from, std::size_t index, const closing& closing) {
        using kind = answer_block::kind;
        std::size_t offset = 0;
        const bool cut = closing.ending.outcome == upstream::outcome::budget;
        const auto reason = from.reason.value_or(upstream::finish_reason::stop);
        return {
            {"text", from.joined(kind::text) + from.joined(kind::refusal)},
            {"index", index},
            {"logprobs", older_logprobs(from.logprobs, offset)},
            {"finish_reason", cut ? "length" : completions_reason(reason)},
        };
    }

    stream_names names_;
    answer_gatherer gatherer_;
};

}  // namespace

std::unique_ptr<document_builder> make_completions_document(const stream_names& names) {
    return std::make_unique<completions_document>(names);
}

/// What calls tools ends a text all the same.
std::string_view completions_reason(upstream::finish_reason reason) {
    const bool known = reason != upstream::finish_reason::tool_calls;
    return to_string(known ? reason : upstream::finish_reason::stop);
}

json older_logprobs(std::string_view tokens, std::size_t& offset) {
    const auto list = json::parse(tokens, nullptr, false);
    if (!list.is_array() || list.empty()) return nullptr;
    json older{
        {"tokens", json::array()},
        {"token_logprobs", json::array()},
        {"top_logprobs", json::array()},
        {"text_offset", json::array()}};
    bool chosen_only = true;
    for (const auto& each : list) {
        if (!each.is_object()) continue;
        const auto name = each.find("token");
        auto token = name != each.end() && name->is_string() ? name->get<std::string>() : "";
        auto others = alternatives(each);
        chosen_only = chosen_only && others.empty();
        older["text_offset"].push_back(offset);
        offset += code_points(token);
        older["tokens"].push_back(std::move(token));
        older["token_logprobs"].push_back(each.value("logprob", json()));
        older["top_logprobs"].push_back(std::move(others));
    }
    if (chosen_only) older["top_logprobs"] = nullptr;
    return older;
}

}  // namespace sluice::gateway
