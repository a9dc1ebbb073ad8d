#include "gateway/dialects/chat_request.hpp"
#include "gateway/dialects/dialect.hpp"
#include "gateway/dialects/openai_chat_answers.hpp"
#include "gateway/dialects/openai_completions_answers.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <limits>
#include <string>
#include <utility>

namespace sluice::gateway {

namespace {

using nlohmann::json;

constexpr std::int64_t any_count = std::numeric_limits<std::int64_t>::max();
constexpr int logprobs_max = 20;

/// Keys that become part of a request, in whatever provider's words.
constexpr std::array carried{
    "model",
    "prompt",
    "suffix",
    "echo",
    "best_of",
    "n",
    "logprobs",
    "stop",
    "stream",
    "stream_options",
    "seed",
    "user",
    "max_tokens",
    "top_p",
    "temperature",
    "frequency_penalty",
    "presence_penalty",
    "top_k",
};

std::string_view field_name(std::string_view field) {
    if (field == "messages") return "prompt";
    return field == "top_logprobs" ? "logprobs" : field;
}

void add_prompt(std::string text, upstream::call& call) {
    upstream::message message;
    message.content.emplace_back(upstream::text_part{std::move(text)});
    call.request.messages.push_back(std::move(message));
}

/// One text. Several, or tokens, are for providers of this API.
void decode_prompt(fields& body, upstream::call& call) {
    const auto* prompt = body.any("prompt");
    if (body.failed()) return;
    if (prompt == nullptr) return body.fail_missing("prompt");
    if (prompt->is_string()) return add_prompt(prompt->get<std::string>(), call);
    if (!prompt->is_array() || prompt->empty()) {
        return body.fail("prompt", "must be a string, or an array of strings or tokens");
    }
    if (prompt->size() == 1 && prompt->front().is_string()) {
        return add_prompt(prompt->front().get<std::string>(), call);
    }
    const bool texts = std::ranges::all_of(*prompt, [](const json& each) {
        return each.is_string() || each.is_array() || each.is_number_integer();
    });
    if (!texts) body.fail("prompt", "must be a string, or an array of strings or tokens");
    call.untranslatable.emplace_back("prompt");
}

void decode_own(fields& body, upstream::call& call) {
    auto& request = call.request;
    const auto suffix = body.text("suffix");
    if (suffix && !suffix->empty()) call.untranslatable.emplace_back("suffix");
    if (body.boolean("echo").value_or(false)) call.untranslatable.emplace_back("echo");
    if (body.integer("best_of", 0, choices_max).value_or(1) > 1)
        call.untranslatable.emplace_back("best_of");
    const auto most = body.integer("max_tokens", 0, any_count);
    if (most && *most > 0) request.max_tokens = most;
    if (most == 0) call.untranslatable.emplace_back("max_tokens");
    if (const auto count = body.integer("logprobs", 0, logprobs_max)) {
        request.logprobs = true;
        request.top_logprobs = static_cast<int>(*count);
    }
}

class openai_completions final : public dialect {
 public:
    std::string_view name() const override { return "openai_completions"; }

    boost::system::result<decoded_request, upstream::failure>
    decode(std::string body, const said_in_path&) const override {
        auto parsed = parse_object(body);
        if (!parsed) return std::move(parsed).error();
        std::optional<upstream::failure> problem;
        decoded_request decoded;
        auto& call = decoded.call;
        fields top{*parsed, "", problem};
        call.request.model = top.text("model").value_or("");
        if (!problem && call.request.model.empty()) top.fail_missing("model");
        decode_prompt(top, call);
        decode_own(top, call);
        decode_sampling(top, call.request);
        top.object("logit_bias");
        call.stream = top.boolean("stream").value_or(false);
        call.want_usage = asks_for_usage(*parsed, problem);
        if (problem) return *problem;
        for (const auto& [key, value] : parsed->items()) {
            if (std::ranges::find(carried, key) == carried.end()) decoded.dropped.push_back(key);
        }
        call.api = upstream::api::openai_completions;
        call.field_name = field_name;
        call.body = std::move(body);
        return decoded;
    }

    std::unique_ptr<stream_encoder> encoder(
        const upstream::call& call, const stream_names& names, bool transparent
    ) const override {
        if (transparent) return make_completions_relay(names);
        return make_completions_encoder(names, call.want_usage);
    }

    std::unique_ptr<document_builder> document(
        const upstream::call&, const stream_names& names, bool transparent
    ) const override {
        if (transparent) return make_chat_document_relay();
        return make_completions_document(names);
    }

    std::string error_body(const upstream::failure& failure) const override {
        return chat_error(failure, failure.code);
    }
};

}  // namespace

const dialect& openai_completions_dialect() {
    static const openai_completions instance;
    return instance;
}

}  // namespace sluice::gateway
