#include "gateway/dialects/json_text.hpp"
#include "gateway/dialects/openai_chat_answers.hpp"
#include "gateway/dialects/openai_chat_shapes.hpp"

#include <variant>
#include <vector>

namespace sluice::gateway {

namespace {

using json = nlohmann::ordered_json;

constexpr int choices_max = 1024;
constexpr int tool_calls_max = 4096;

class chat_document final : public document_builder {
 public:
    explicit chat_document(const stream_names& names) : names_(names), model_(names.route) {}

    void add(const upstream::item& item) override {
        std::visit([this](const auto& part) { gather(part); }, item);
    }

    std::string finish(const closing& closing) override {
        if (choices_.empty()) choices_.resize(1);
        json choices = json::array();
        for (std::size_t i = 0; i < choices_.size(); ++i)
            choices.push_back(describe(i, closing));
        const json body{
            {"id", "chatcmpl-" + names_.id},
            {"object", "chat.completion"},
            {"created", names_.created},
            {"model", model_},
            {"choices", std::move(choices)},
            {"usage", chat_usage(closing.usage)},
        };
        return dump_json(body);
    }

 private:
    struct choice {
        std::string text;
        std::string reasoning;
        std::string refusal;
        std::vector<upstream::tool_call> calls;
        json media = json::array();
        upstream::finish_reason reason = upstream::finish_reason::stop;
    };

    choice* at(int index) {
        if (index < 0 || index >= choices_max) return nullptr;
        if (choices_.size() <= static_cast<std::size_t>(index)) choices_.resize(index + 1);
        return &choices_[static_cast<std::size_t>(index)];
    }

    void gather(const upstream::text_delta& part) {
        if (auto* to = at(part.choice)) to->text += part.text;
    }
    void gather(const upstream::reasoning_delta& part) {
        if (auto* to = at(part.choice)) to->reasoning += part.text;
    }
    void gather(const upstream::refusal_delta& part) {
        if (auto* to = at(part.choice)) to->refusal += part.text;
    }
    void gather(const upstream::tool_call_delta& part) {
        auto* to = at(part.choice);
        if (!to || part.index < 0 || part.index >= tool_calls_max) return;
        if (to->calls.size() <= static_cast<std::size_t>(part.index))
            to->calls.resize(part.index + 1);
        auto& call = to->calls[static_cast<std::size_t>(part.index)];
        if (!part.id.empty()) call.id = part.id;
        if (!part.name.empty()) call.name = part.name;
        call.arguments += part.arguments;
    }
    void gather(const upstream::media_delta& part) {
        auto* to = at(part.choice);
        if (!to) return;
        if (to->media.empty() || to->media.back()["type"] != part.type) {
            to->media.push_back({{"type", part.type}, {"data", ""}});
        }
        to->media.back()["data"].get_ref<std::string&>() += part.data;
    }
    void gather(const upstream::finish& part) {
        if (auto* to = at(part.choice)) to->reason = part.reason;
    }
    void gather(const upstream::identity& part) {
        if (!part.model.empty()) model_ = part.model;
    }
    void gather(const upstream::usage&) {}
    void gather(const upstream::verbatim&) {}

    json describe(std::size_t index, const closing& closing) const {
        const auto& from = choices_[index];
        const auto text_or_null = [](const std::string& text) {
            return text.empty() ? json(nullptr) : json(text);
        };
        json message{{"role", "assistant"}, {"content", from.text}};
        if (from.text.empty() && !from.calls.empty()) message["content"] = nullptr;
        message["refusal"] = text_or_null(from.refusal);
        if (!from.reasoning.empty()) message["reasoning_content"] = from.reasoning;
        if (!from.media.empty()) message["media"] = from.media;
        for (const auto& call : from.calls) {
            message["tool_calls"].push_back({
                {"id", call.id},
                {"type", "function"},
                {"function", {{"name", call.name}, {"arguments", call.arguments}}},
            });
        }
        const bool cut = closing.ending.outcome == upstream::outcome::budget;
        return {
            {"index", index},
            {"message", std::move(message)},
            {"logprobs", nullptr},
            {"finish_reason", cut ? "length" : to_string(from.reason)},
        };
    }

    stream_names names_;
    std::string model_;
    std::vector<choice> choices_;
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

/// Types that OpenAI's clients know, for the gateway's own.
std::string_view chat_error_type(std::string_view type) {
    if (type == "upstream_error" || type == "timeout_error" || type == "api_error" ||
        type == "overloaded_error") {
        return "server_error";
    }
    if (type == "authentication_error" || type == "not_found_error" || type == "permission_error") {
        return "invalid_request_error";
    }
    return type;
}

}  // namespace

std::unique_ptr<document_builder> make_chat_document(const stream_names& names) {
    return std::make_unique<chat_document>(names);
}

std::unique_ptr<document_builder> make_chat_document_relay() {
    return std::make_unique<chat_document_relay>();
}

std::string chat_error(const upstream::failure& failure, std::string_view code) {
    const json error{
        {"message", failure.message},
        {"type", chat_error_type(failure.type)},
        {"param", failure.param.empty() ? json(nullptr) : json(failure.param)},
        {"code", code.empty() ? json(nullptr) : json(code)},
    };
    return dump_json(json{{"error", error}});
}

nlohmann::ordered_json chat_usage(const upstream::usage& usage) {
    const auto input = usage.input_tokens.value_or(0);
    const auto output = usage.output_tokens.value_or(0);
    json object{
        {"prompt_tokens", input},
        {"completion_tokens", output},
        {"total_tokens", usage.total_tokens.value_or(input + output)},
    };
    if (usage.cached_tokens)
        object["prompt_tokens_details"]["cached_tokens"] = *usage.cached_tokens;
    if (usage.reasoning_tokens) {
        object["completion_tokens_details"]["reasoning_tokens"] = *usage.reasoning_tokens;
    }
    return object;
}

}  // namespace sluice::gateway
