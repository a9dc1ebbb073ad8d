#include "upstream/providers/anthropic_content.hpp"
#include "upstream/providers/ollama_request.hpp"
#include "upstream/providers/translation.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <map>
#include <optional>
#include <utility>
#include <variant>

namespace sluice::upstream {

namespace {

using nlohmann::json;

/// Writes one request in Ollama's words. The first thing that it can't say is in `refused`.
class ollama_body {
 public:
    ollama_body(const call& call, const provider_settings& provider, std::string_view model)
        : call_(call), request_(call.request), provider_(provider), model_(model), dropped_(call) {}

    boost::system::result<http_request, failure> write() {
        refuse_what_it_lacks();
        put_messages();
        put_tools();
        put_options();
        put_format();
        put_think();
        put_logprobs();
        if (refused_) return std::move(*refused_);
        note_dropped();
        http_request result;
        result.body = dump_body(body_);
        result.dropped = dropped_.take();
        return result;
    }

 private:
    void refuse(std::string_view field, std::string_view why) {
        if (!refused_) refused_ = cannot_carry(call_, provider_, model_, field, why);
    }

    void refuse_what_it_lacks() {
        if (call_.embedding || call_.api == api::openai_embeddings)
            refuse("input", "makes no embeddings here");
        if (call_.api == api::anthropic_count_tokens && !refused_) {
            refused_ = rejected(
                404,
                "not_found_error",
                "the target '" + target_name(provider_, model_) + "' counts no tokens"
            );
        }
        if (request_.choices > 1) refuse("n", "makes one choice only");
        const auto& wanted = request_.output_modalities;
        if (std::ranges::any_of(wanted, [](const auto& each) { return each != "text"; }))
            refuse("modalities", "answers in text only");
    }

    void put_messages() {
        body_["messages"] = json::array();
        for (const auto& message : request_.messages)
            body_["messages"].push_back(message_json(message));
    }

    json message_json(const message& from) {
        json to{{"role", role_name(from.role)}, {"content", ""}};
        std::string text;
        std::string thoughts;
        auto images = json::array();
        for (const auto& part : from.content) {
            if (const auto* words = std::get_if<text_part>(&part)) {
                text += words->text;
            } else if (const auto* image = std::get_if<image_part>(&part)) {
                images.push_back(image_data(*image));
            } else if (const auto* thought = std::get_if<reasoning_part>(&part)) {
                thoughts += thought->text;
            } else {
                refuse("messages", "takes neither audio nor files");
            }
        }
        to["content"] = std::move(text);
        if (!thoughts.empty()) to["thinking"] = std::move(thoughts);
        if (!images.empty()) to["images"] = std::move(images);
        if (from.role == role::tool) put_result(to, from);
        for (const auto& call : from.tool_calls)
            to["tool_calls"].push_back(call_json(call, to["tool_calls"].size()));
        return to;
    }

    static const char* role_name(role value) {
        switch (value) {
            case role::system:
            case role::developer:
                return "system";
            case role::user:
                return "user";
            case role::assistant:
                return "assistant";
            case role::tool:
                return "tool";
        }
        return "user";
    }

    std::string image_data(const image_part& image) {
        const auto inlined = parse_data_url(image.url);
        if (!inlined) {
            refuse("messages", "takes images in base64 only, as a 'data:' URL");
            return {};
        }
        return std::string(inlined->data);
    }

    /// A result names the tool; the id beside it is of newer servers.
    void put_result(json& to, const message& from) const {
        const auto called = names_.find(from.tool_call_id);
        const auto& name = called != names_.end() ? called->second : from.name;
        if (!name.empty()) to["tool_name"] = name;
        if (!from.tool_call_id.empty()) to["tool_call_id"] = from.tool_call_id;
    }

    json call_json(const tool_call& call, std::size_t index) {
        if (!call.id.empty()) names_[call.id] = call.name;
        json function{{"index", index}, {"name", call.name}};
        function["arguments"] = anthropic_tool_input(call.arguments);
        json to{{"function", std::move(function)}};
        if (!call.id.empty()) to["id"] = call.id;
        return to;
    }

    void put_tools() {
        using mode = tool_choice::mode;
        if (request_.tools.empty()) return;
        const auto how = request_.tool_choice ? request_.tool_choice->how : mode::automatic;
        if (how == mode::none) return;
        if (how != mode::automatic) refuse("tool_choice", "cannot be made to call a tool");
        if (request_.parallel_tool_calls == false)
            refuse("parallel_tool_calls", "cannot be kept from calling several tools at once");
        for (const auto& tool : request_.tools)
            body_["tools"].push_back(tool_json(tool));
    }

    json tool_json(const tool& from) {
        json function{{"name", from.name}, {"description", from.description}};
        // Its parser wants the object, even where a tool takes nothing.
        function["parameters"] = from.parameters.is_object()
                                     ? from.parameters
                                     : json{{"type", "object"}, {"properties", json::object()}};
        return {{"type", "function"}, {"function", std::move(function)}};
    }

    template <class Value>
    void option(const char* name, const std::optional<Value>& value) {
        if (value) body_["options"][name] = *value;
    }

    void put_options() {
        option("num_predict", request_.max_tokens);
        option("temperature", request_.temperature);
        option("top_k", request_.top_k);
        option("top_p", request_.top_p);
        option("seed", request_.seed);
        option("frequency_penalty", request_.frequency_penalty);
        option("presence_penalty", request_.presence_penalty);
        if (!request_.stop.empty()) body_["options"]["stop"] = request_.stop;
    }

    void put_format() {
        using form = response_format::form;
        const auto& format = request_.response_format;
        if (!format || format->kind == form::text) return;
        body_["format"] = format->schema.is_object() ? format->schema : json("json");
    }

    /// A word for the models that know degrees (the others take it as yes), else yes or no.
    void put_think() {
        const auto& wish = request_.reasoning;
        if (!wish.said()) return;
        const auto& effort = wish.effort;
        if (wish.enabled == false || effort == "none" || wish.budget == 0) {
            body_["think"] = false;
        } else if (effort.empty()) {
            body_["think"] = true;
        } else {
            const bool low = effort == "minimal" || effort == "low";
            body_["think"] = low ? "low" : effort == "medium" ? "medium" : "high";
        }
    }

    void put_logprobs() {
        if (request_.logprobs != true) return;
        body_["logprobs"] = true;
        if (request_.top_logprobs) body_["top_logprobs"] = *request_.top_logprobs;
    }

    void note_dropped() {
        dropped_.note(!request_.user.empty(), "user");
        dropped_.note(!request_.metadata.is_null(), "metadata");
    }

    const call& call_;
    const request& request_;
    const provider_settings& provider_;
    std::string_view model_;
    dropped_fields dropped_;
    json body_{{"model", model_}, {"stream", true}};
    std::map<std::string, std::string, std::less<>> names_;  // of tools, by the id of their call
    std::optional<failure> refused_;
};

}  // namespace

boost::system::result<http_request, failure> translate_ollama_body(
    const call& call, const provider_settings& provider, std::string_view model
) {
    if (auto refused = refuse_untranslatable(call, provider, model)) return std::move(*refused);
    return ollama_body(call, provider, model).write();
}

}  // namespace sluice::upstream
