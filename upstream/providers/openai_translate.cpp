#include "upstream/providers/openai_host.hpp"
#include "upstream/providers/openai_messages.hpp"
#include "upstream/providers/openai_reasoning.hpp"
#include "upstream/providers/openai_request.hpp"
#include "upstream/providers/translation.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

namespace sluice::upstream {

namespace {

using nlohmann::json;
using probabilities = openai_host::probabilities;

json tool_json(const tool& from) {
    json function{{"name", from.name}};
    if (!from.description.empty()) function["description"] = from.description;
    // Not every host takes a function without parameters for one that has none.
    function["parameters"] = from.parameters.is_null()
                                 ? json{{"type", "object"}, {"properties", json::object()}}
                                 : from.parameters;
    if (from.strict) function["strict"] = *from.strict;
    return {{"type", "function"}, {"function", std::move(function)}};
}

json schema_json(const response_format& format) {
    json schema{{"name", format.name.empty() ? "answer" : format.name}};
    if (!format.schema.is_null()) schema["schema"] = format.schema;
    if (format.strict) schema["strict"] = *format.strict;
    return {{"type", "json_schema"}, {"json_schema", std::move(schema)}};
}

class translation {
 public:
    translation(const call& call, const provider_settings& provider, std::string_view model)
        : call_(call),
          asked_(call.request),
          provider_(provider),
          model_(model),
          host_(openai_host_of(provider)),
          dropped_(call) {}

    boost::system::result<translated_body, failure> run() {
        auto messages = translate_openai_messages(call_, provider_, model_, host_);
        if (!messages) return std::move(messages).error();
        body_ = {{"model", model_}, {"messages", std::move(*messages)}, {"stream", true}};
        put_beginning();
        put_tools();
        put_format();
        put_output();
        put_sampling();
        put_probabilities();
        dropped_.note(!put_openai_reasoning(asked_.reasoning, host_, body_), "reasoning_effort");
        if (problem_) return std::move(*problem_);
        if (provider_.ask_usage && host_.stream_options)
            body_["stream_options"] = {{"include_usage", true}};
        return translated_body{dump_body(body_), dropped_.take()};
    }

 private:
    void refuse(std::string_view field, std::string_view why) {
        if (!problem_) problem_ = cannot_carry(call_, provider_, model_, field, why);
    }

    template <class Value>
    void put(std::string_view key, const std::optional<Value>& value) {
        if (value) body_[std::string(key)] = *value;
    }

    /// What only tunes.
    template <class Value>
    void tune(bool known, std::string_view key, const std::optional<Value>& value) {
        known ? put(key, value) : dropped_.note(value.has_value(), key);
    }

    /// Servers that fill in a model's template have to be told to leave the last message open.
    void put_beginning() {
        const bool wanted = asked_.prefilled && host_.prefill == openai_host::beginning::fields;
        if (!wanted || !ends_with_answer(body_["messages"])) return;
        body_["continue_final_message"] = true;
        body_["add_generation_prompt"] = false;
    }

    void put_tools() {
        // A choice of tools without tools is refused by most.
        if (asked_.tools.empty()) return;
        const auto how =
            asked_.tool_choice ? asked_.tool_choice->how : tool_choice::mode::automatic;
        const bool may_leave_out = how == tool_choice::mode::none;
        if (may_leave_out && (!host_.tools || !host_.no_tool)) return;
        if (!host_.tools) return refuse("tools", "takes no tools");
        for (const auto& tool : asked_.tools)
            body_["tools"].push_back(tool_json(tool));
        if (asked_.tool_choice) put_choice(*asked_.tool_choice);
        if (asked_.parallel_tool_calls == false && !host_.parallel_calls) {
            return refuse("parallel_tool_calls", "cannot be kept from calling tools in parallel");
        }
        if (host_.parallel_calls) put("parallel_tool_calls", asked_.parallel_tool_calls);
    }

    void put_choice(const tool_choice& choice) {
        auto& into = body_["tool_choice"];
        if (choice.how == tool_choice::mode::automatic) {
            into = "auto";
        } else if (choice.how == tool_choice::mode::none) {
            into = "none";
        } else if (host_.required_tool.empty()) {
            refuse("tool_choice", "cannot be made to call a tool");
        } else if (choice.how == tool_choice::mode::required) {
            into = host_.required_tool;
        } else if (host_.named_tool) {
            into = {{"type", "function"}, {"function", {{"name", choice.name}}}};
        } else {
            offer_only(choice.name);
            into = host_.required_tool;
        }
    }

    /// One tool that must be called is the same as one that is named.
    void offer_only(std::string_view name) {
        auto& tools = body_["tools"];
        auto kept = json::array();
        for (auto& tool : tools) {
            if (tool["function"]["name"] == name) kept.push_back(std::move(tool));
        }
        if (kept.empty()) refuse("tool_choice", "is offered no tool of that name");
        tools = std::move(kept);
    }

    void put_format() {
        using form = response_format::form;
        if (!asked_.response_format || asked_.response_format->kind == form::text) return;
        auto format = *asked_.response_format;
        const bool any_object = format.kind == form::json_object && format.schema.is_null();
        if (any_object && host_.json_object) {
            body_["response_format"] = {{"type", "json_object"}};
            return;
        }
        if (!host_.json_schema) return refuse("response_format", "takes no JSON schema");
        if (any_object) format.schema = {{"type", "object"}};
        body_["response_format"] = schema_json(format);
    }

    void put_output() {
        const auto& wanted = asked_.output_modalities;
        const auto wants = [&](std::string_view what) {
            return std::ranges::find(wanted, what) != wanted.end();
        };
        for (const auto& each : wanted) {
            if (each == "text") continue;
            const bool made = each == "audio" ? host_.audio_output : host_.image_output;
            if (!made || (each != "audio" && each != "image"))
                return refuse("modalities", "makes no " + each);
        }
        if (std::ranges::all_of(wanted, [](const auto& each) { return each == "text"; })) return;
        body_["modalities"] = wanted;
        if (!wants("audio")) return;
        if (!wants("text")) body_["modalities"].push_back("text");
        // The one format that streams.
        body_["audio"] = {{"voice", "alloy"}, {"format", "pcm16"}};
    }

    void put_sampling() {
        put(host_.max_tokens, asked_.max_tokens);
        if (asked_.temperature)
            body_["temperature"] = std::min(*asked_.temperature, host_.temperature_max);
        put("top_p", asked_.top_p);
        tune(host_.penalties, "frequency_penalty", asked_.frequency_penalty);
        tune(host_.penalties, "presence_penalty", asked_.presence_penalty);
        tune(host_.top_k, "top_k", asked_.top_k);
        if (host_.seed.empty())
            dropped_.note(asked_.seed.has_value(), "seed");
        else
            put(host_.seed, asked_.seed);
        put_stops();
        if (asked_.choices > 1 && !host_.many_choices) refuse("n", "gives one answer only");
        if (asked_.choices > 1) body_["n"] = asked_.choices;
        if (!asked_.user.empty() && host_.user) body_["user"] = asked_.user;
        dropped_.note(!asked_.user.empty() && !host_.user, "user");
        const bool tagged = asked_.metadata.is_object() && !asked_.metadata.empty();
        if (tagged && host_.metadata) body_["metadata"] = asked_.metadata;
        dropped_.note(tagged && !host_.metadata, "metadata");
    }

    void put_stops() {
        if (asked_.stop.empty()) return;
        if (asked_.stop.size() > static_cast<std::size_t>(host_.stops_max)) {
            const auto most = std::to_string(host_.stops_max);
            return refuse("stop", "takes no more than " + most + " stop sequences");
        }
        body_["stop"] = asked_.stop;
    }

    void put_probabilities() {
        const bool wanted = asked_.logprobs.value_or(false);
        if (wanted && host_.logprobs == probabilities::none) {
            return refuse("logprobs", "tells no probabilities of tokens");
        }
        if (host_.logprobs == probabilities::count) {
            if (wanted) body_["logprobs"] = std::max(asked_.top_logprobs.value_or(1), 1);
        } else if (host_.logprobs == probabilities::flag) {
            put("logprobs", asked_.logprobs);
            put("top_logprobs", asked_.top_logprobs);
        }
    }

    const call& call_;
    const request& asked_;
    const provider_settings& provider_;
    std::string_view model_;
    const openai_host& host_;
    dropped_fields dropped_;
    json body_;
    std::optional<failure> problem_;
};

}  // namespace

boost::system::result<translated_body, failure> translate_openai_body(
    const call& call, const provider_settings& provider, std::string_view model
) {
    if (call.api == api::openai_embeddings || call.embedding) {
        return cannot_carry(call, provider, model, "input", "makes no embeddings");
    }
    if (call.api == api::anthropic_count_tokens) {
        constexpr std::string_view why = " counts no tokens ahead of an answer";
        return rejected(
            404, "not_found_error", "'" + target_name(provider, model) + "'" + std::string(why)
        );
    }
    if (auto refusal = refuse_untranslatable(call, provider, model)) return std::move(*refusal);
    return translation(call, provider, model).run();
}

}  // namespace sluice::upstream
