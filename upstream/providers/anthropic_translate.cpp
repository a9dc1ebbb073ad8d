#include "upstream/providers/anthropic_conversation.hpp"
#include "upstream/providers/anthropic_model.hpp"
#include "upstream/providers/anthropic_request.hpp"
#include "upstream/providers/anthropic_schema.hpp"
#include "upstream/providers/anthropic_thinking.hpp"
#include "upstream/providers/text.hpp"
#include "upstream/providers/translation.hpp"

#include <algorithm>
#include <optional>
#include <utility>

namespace sluice::upstream {

namespace {

using nlohmann::json;

class translation {
 public:
    translation(const call& call, const provider_settings& provider, std::string_view model)
        : call_(call),
          from_(call.request),
          provider_(provider),
          name_(model),
          model_(anthropic_model_of(model)),
          dropped_(call) {}

    boost::system::result<anthropic_body, failure> make() {
        if (auto refusal = refuse_untranslatable(call_, provider_, name_)) return *refusal;
        if (call_.embedding || call_.api == api::openai_embeddings) {
            refuse("input", "makes no embeddings");
        }
        put_conversation();
        put_tools();
        put_format();
        put_length_and_thinking();
        put_sampling();
        put_stop();
        check_rest();
        if (problem_) return std::move(*problem_);
        return anthropic_body{dump_body(body_), dropped_.take(), names_files_};
    }

 private:
    void refuse(std::string_view field, std::string_view why) {
        if (!problem_) problem_ = cannot_carry(call_, provider_, name_, field, why);
    }

    void put_conversation() {
        if (from_.prefilled && !model_.prefills)
            refuse("messages", "takes no beginning of its own answer");
        auto told = tell_anthropic(from_.messages);
        if (!told.why.empty()) refuse("messages", told.why);
        body_ = {{"model", name_}, {"messages", std::move(told.turns)}, {"stream", true}};
        if (!told.system.empty()) body_["system"] = std::move(told.system);
        names_files_ = told.names_files;
        lost_thoughts_ = told.lost_thoughts;
    }

    json tool_json(const tool& tool) {
        json schema = tool.parameters.is_object() ? tool.parameters : json::object();
        schema.emplace("type", "object");
        json told{{"name", tool.name}, {"input_schema", std::move(schema)}};
        if (!tool.description.empty()) told["description"] = tool.description;
        const bool strict = tool.strict.value_or(false);
        if (strict && model_.strict_tools) told["strict"] = true;
        dropped_strict_ = dropped_strict_ || (strict && !model_.strict_tools);
        return told;
    }

    void put_tools() {
        if (from_.tools.empty()) return;
        for (const auto& tool : from_.tools)
            body_["tools"].push_back(tool_json(tool));
        dropped_.note(dropped_strict_, "strict");
        put_tool_choice();
    }

    void put_tool_choice() {
        using mode = tool_choice::mode;
        const bool single = from_.parallel_tool_calls == false;
        if (!from_.tool_choice && !single) return;
        const auto choice = from_.tool_choice.value_or(tool_choice{});
        json told{{"type", "auto"}};
        if (choice.how == mode::none) told["type"] = "none";
        if (choice.how == mode::required) told["type"] = "any";
        if (choice.how == mode::named) told = {{"type", "tool"}, {"name", choice.name}};
        forced_ = choice.how == mode::required || choice.how == mode::named;
        if (single && choice.how != mode::none) told["disable_parallel_tool_use"] = true;
        body_["tool_choice"] = std::move(told);
    }

    /// A schema that lets any object through is refused by the API, and an instruction to write
    /// JSON would be words that the client did not say.
    void put_format() {
        using form = response_format::form;
        const auto& format = from_.response_format;
        if (!format || format->kind == form::text) return;
        if (!format->schema.is_object()) {
            return refuse("response_format", "takes a JSON schema, no JSON mode without one");
        }
        if (!model_.has_schemas) return refuse("response_format", "takes no JSON schema");
        auto schema = format->schema;
        forbid_more_properties(schema);
        body_["output_config"]["format"] = {{"type", "json_schema"}, {"schema", std::move(schema)}};
    }

    void put_length_and_thinking() {
        auto plan = plan_thinking(from_, model_, {forced_, lost_thoughts_});
        thinks_ = plan.on;
        body_["max_tokens"] = plan.max_tokens;
        if (!plan.thinking.is_null()) body_["thinking"] = std::move(plan.thinking);
        if (!plan.effort.empty()) body_["output_config"]["effort"] = plan.effort;
        dropped_.note(plan.refused, "reasoning_effort");
    }

    /// Thinking leaves no choice of the temperature and of the size of the pool.
    void put_sampling() {
        constexpr double temperature_max = 1;
        constexpr double thinking_top_p_min = 0.95;
        const bool tunes = model_.has_sampling && !thinks_;
        if (tunes && from_.temperature) {
            body_["temperature"] = std::min(*from_.temperature, temperature_max);
        }
        const bool clamped = tunes && from_.temperature > temperature_max;
        dropped_.note(clamped || (from_.temperature && !tunes), "temperature");
        if (tunes && from_.top_k) body_["top_k"] = *from_.top_k;
        dropped_.note(from_.top_k && !tunes, "top_k");
        const bool keeps_top_p = model_.has_sampling && from_.top_p &&
                                 (!thinks_ || *from_.top_p >= thinking_top_p_min) &&
                                 (model_.takes_both || !body_.contains("temperature"));
        if (keeps_top_p) body_["top_p"] = *from_.top_p;
        dropped_.note(from_.top_p && !keeps_top_p, "top_p");
    }

    void put_stop() {
        if (from_.stop.empty()) return;
        const bool blank = std::ranges::any_of(from_.stop, [](const std::string& text) {
            return trim(text).empty();
        });
        if (blank) return refuse("stop", "takes no stop sequence of white space alone");
        body_["stop_sequences"] = from_.stop;
    }

    void check_rest() {
        if (from_.choices > 1) refuse("n", "makes one choice only");
        if (from_.logprobs == true || from_.top_logprobs.value_or(0) > 0) {
            refuse("logprobs", "tells no probabilities");
        }
        for (const auto& modality : from_.output_modalities) {
            if (modality != "text") refuse("modalities", "answers in text only");
        }
        if (!from_.user.empty()) body_["metadata"] = {{"user_id", from_.user}};
        dropped_.note(from_.seed.has_value(), "seed");
        dropped_.note(from_.frequency_penalty.value_or(0) != 0, "frequency_penalty");
        dropped_.note(from_.presence_penalty.value_or(0) != 0, "presence_penalty");
        dropped_.note(from_.metadata.is_object() && !from_.metadata.empty(), "metadata");
    }

    const call& call_;
    const request& from_;
    const provider_settings& provider_;
    std::string_view name_;
    anthropic_model model_;
    dropped_fields dropped_;
    std::optional<failure> problem_;
    json body_;
    bool names_files_ = false;
    bool lost_thoughts_ = false;
    bool dropped_strict_ = false;
    bool forced_ = false;
    bool thinks_ = false;
};

}  // namespace

boost::system::result<anthropic_body, failure> translate_anthropic_body(
    const call& call, const provider_settings& provider, std::string_view model
) {
    return translation(call, provider, model).make();
}

}  // namespace sluice::upstream
