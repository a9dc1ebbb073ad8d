#include "upstream/providers/anthropic_model.hpp"
#include "upstream/providers/anthropic_schema.hpp"
#include "upstream/providers/anthropic_thinking.hpp"
#include "upstream/providers/bedrock_conversation.hpp"
#include "upstream/providers/bedrock_request.hpp"
#include "upstream/providers/text.hpp"
#include "upstream/providers/translation.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <set>
#include <string>
#include <utility>

namespace sluice::upstream {

namespace {

using nlohmann::json;

/// Whose model it is: what is not common to all goes up in its maker's own words.
enum class family { claude, nova, gpt_oss, other };

/// An inference profile of one's own tells nothing by its name.
family family_of(std::string_view model) {
    const auto name = lower_case(model);
    const auto has = [&](std::string_view part) { return name.find(part) != std::string::npos; };
    if (has("claude") || has("anthropic.")) return family::claude;
    if (has("amazon.nova")) return family::nova;
    if (has("gpt-oss")) return family::gpt_oss;
    return family::other;
}

class translation {
 public:
    translation(const call& call, const provider_settings& provider, std::string_view model)
        : call_(call),
          from_(call.request),
          provider_(provider),
          name_(model),
          family_(family_of(model)),
          model_(anthropic_model_of(model)),
          dropped_(call) {}

    boost::system::result<http_request, failure> make() {
        refuse_what_it_lacks();
        put_conversation();
        put_tools();
        put_format();
        put_reasoning();
        put_sampling();
        if (problem_) return std::move(*problem_);
        note_dropped();
        http_request made;
        made.body = dump_body(body_);
        made.dropped = dropped_.take();
        return made;
    }

 private:
    void refuse(std::string_view field, std::string_view why) {
        if (!problem_) problem_ = cannot_carry(call_, provider_, name_, field, why);
    }

    bool claude() const { return family_ == family::claude; }
    json& additional() { return body_["additionalModelRequestFields"]; }
    json& inference() { return body_["inferenceConfig"]; }

    void refuse_what_it_lacks() {
        if (call_.embedding || call_.api == api::openai_embeddings)
            refuse("input", "makes no embeddings");
        if (call_.api == api::anthropic_count_tokens && !problem_) {
            problem_ = rejected(
                404,
                "not_found_error",
                "the target '" + target_name(provider_, name_) + "' counts no tokens"
            );
        }
        if (from_.choices > 1) refuse("n", "makes one choice only");
        if (from_.logprobs == true || from_.top_logprobs.value_or(0) > 0)
            refuse("logprobs", "tells no probabilities");
        const auto& wanted = from_.output_modalities;
        if (std::ranges::any_of(wanted, [](const auto& each) { return each != "text"; }))
            refuse("modalities", "answers in text only");
    }

    void put_conversation() {
        if (from_.prefilled && claude() && !model_.prefills)
            refuse("messages", "takes no beginning of its own answer");
        auto told = tell_bedrock(from_.messages, claude());
        if (!told.why.empty()) refuse("messages", told.why);
        body_["messages"] = std::move(told.messages);
        if (!told.system.empty()) body_["system"] = std::move(told.system);
        tools_called_ = std::move(told.tools_called);
        lost_thoughts_ = told.lost_thoughts;
    }

    static json tool_json(const tool& from) {
        json schema = from.parameters.is_object() ? from.parameters : json::object();
        schema.emplace("type", "object");
        json spec{{"name", from.name}, {"inputSchema", {{"json", std::move(schema)}}}};
        if (!from.description.empty()) spec["description"] = from.description;
        return {{"toolSpec", std::move(spec)}};
    }

    /// A conversation with calls in it is refused without the tools that they call.
    void put_tools() {
        using mode = tool_choice::mode;
        const auto how = from_.tool_choice ? from_.tool_choice->how : mode::automatic;
        const bool none = how == mode::none;
        if (none && tools_called_.empty()) return;
        auto tools = json::array();
        auto missing = tools_called_;
        for (const auto& tool : from_.tools) {
            tools.push_back(tool_json(tool));
            missing.erase(tool.name);
        }
        for (const auto& name : missing)
            tools.push_back(tool_json({name, {}, {}, {}}));
        if (tools.empty()) return;
        body_["toolConfig"]["tools"] = std::move(tools);
        put_tool_choice(how, from_.parallel_tool_calls == false && !from_.tools.empty());
    }

    /// Converse has no word for none and for one at a time; Claude has.
    void put_tool_choice(tool_choice::mode how, bool single) {
        using mode = tool_choice::mode;
        const auto name = from_.tool_choice ? from_.tool_choice->name : std::string();
        forced_ = how == mode::required || how == mode::named;
        if (how == mode::none || single) {
            if (!claude() && single)
                return refuse("parallel_tool_calls", "cannot be kept to one call at a time");
            if (!claude())
                return refuse("tool_choice", "cannot be kept from its tools in this conversation");
            json told{{"type", "auto"}};
            if (how == mode::none) told["type"] = "none";
            if (how == mode::required) told["type"] = "any";
            if (how == mode::named) told = {{"type", "tool"}, {"name", name}};
            if (how != mode::none) told["disable_parallel_tool_use"] = true;
            additional()["tool_choice"] = std::move(told);
        } else if (how == mode::required) {
            body_["toolConfig"]["toolChoice"] = {{"any", json::object()}};
        } else if (how == mode::named) {
            body_["toolConfig"]["toolChoice"] = {{"tool", {{"name", name}}}};
        }
    }

    void put_format() {
        using form = response_format::form;
        const auto& format = from_.response_format;
        if (!format || format->kind == form::text) return;
        if (!format->schema.is_object())
            return refuse("response_format", "takes a JSON schema, no JSON mode without one");
        auto wanted = format->schema;
        if (claude()) forbid_more_properties(wanted);
        const json schema{
            {"name", format->name.empty() ? "answer" : format->name},
            {"schema", dump_body(wanted)}};
        body_["outputConfig"]["textFormat"] = {
            {"type", "json_schema"}, {"structure", {{"jsonSchema", schema}}}};
    }

    void put_reasoning() {
        if (claude()) return put_claude_thinking();
        const auto& wish = from_.reasoning;
        if (!wish.said()) return;
        const bool off = wish.enabled == false || wish.effort == "none";
        if (family_ == family::nova) {
            json config{{"type", off ? "disabled" : "enabled"}};
            if (!off) config["maxReasoningEffort"] = plain_effort();
            additional()["reasoningConfig"] = std::move(config);
        } else if (family_ == family::gpt_oss) {
            additional()["reasoning_effort"] = off ? "low" : plain_effort();
            dropped_.note(off, "reasoning_effort");
        } else {
            dropped_.note(!off, "reasoning_effort");
        }
    }

    /// In the three words that all know.
    const char* plain_effort() const {
        const auto& effort = from_.reasoning.effort;
        if (effort == "minimal" || effort == "low") return "low";
        return effort.empty() || effort == "medium" ? "medium" : "high";
    }

    /// Left to itself, Converse cuts Claude's answers at 4096 tokens, thoughts among them.
    void put_claude_thinking() {
        auto plan = plan_thinking(from_, model_, {forced_, lost_thoughts_});
        thinks_ = plan.on;
        inference()["maxTokens"] = plan.max_tokens;
        if (!plan.thinking.is_null()) additional()["thinking"] = std::move(plan.thinking);
        if (!plan.effort.empty()) additional()["output_config"]["effort"] = plan.effort;
        dropped_.note(plan.refused, "reasoning_effort");
    }

    void put_sampling() {
        constexpr double temperature_max = 1;
        const bool tunes = !claude() || (model_.has_sampling && !thinks_);
        if (from_.max_tokens && !claude()) inference()["maxTokens"] = *from_.max_tokens;
        if (!from_.stop.empty()) inference()["stopSequences"] = from_.stop;
        if (tunes && from_.temperature)
            inference()["temperature"] = std::min(*from_.temperature, temperature_max);
        dropped_.note(
            from_.temperature && (!tunes || *from_.temperature > temperature_max), "temperature"
        );
        const bool both = !claude() || model_.takes_both || !from_.temperature;
        if (from_.top_p && tunes && both) inference()["topP"] = *from_.top_p;
        dropped_.note(from_.top_p && !(tunes && both), "top_p");
        put_top_k(tunes);
    }

    void put_top_k(bool tunes) {
        if (!from_.top_k) return;
        if (claude() && tunes)
            additional()["top_k"] = *from_.top_k;
        else if (family_ == family::nova)
            additional()["inferenceConfig"]["topK"] = *from_.top_k;
        else
            dropped_.note(true, "top_k");
    }

    void note_dropped() {
        dropped_.note(from_.seed.has_value(), "seed");
        dropped_.note(from_.frequency_penalty.value_or(0) != 0, "frequency_penalty");
        dropped_.note(from_.presence_penalty.value_or(0) != 0, "presence_penalty");
        dropped_.note(!from_.user.empty(), "user");
        dropped_.note(from_.metadata.is_object() && !from_.metadata.empty(), "metadata");
    }

    const call& call_;
    const request& from_;
    const provider_settings& provider_;
    std::string_view name_;
    family family_;
    anthropic_model model_;
    dropped_fields dropped_;
    std::optional<failure> problem_;
    json body_ = json::object();
    std::set<std::string> tools_called_;
    bool lost_thoughts_ = false;
    bool forced_ = false;
    bool thinks_ = false;
};

}  // namespace

boost::system::result<http_request, failure> translate_bedrock_body(
    const call& call, const provider_settings& provider, std::string_view model
) {
    if (auto refusal = refuse_untranslatable(call, provider, model)) return std::move(*refusal);
    return translation(call, provider, model).make();
}

}  // namespace sluice::upstream
