#include "upstream/providers/openai_reasoning.hpp"

#include <array>
#include <cstdint>
#include <string>
#include <utility>
#include <variant>

namespace sluice::upstream {

namespace {

using nlohmann::json;
using origin = reasoning_state::origin;
using form = reasoning_state::form;

// Anthropic's advice and OpenRouter's shares of max_tokens are of this order.
constexpr std::int64_t low_budget_max = 2048;
constexpr std::int64_t medium_budget_max = 8192;

constexpr std::string_view none = "none";

/// Models refuse efforts that they don't know, so nothing is said of what was not asked.
bool put_effort(const reasoning_wish& wish, const openai_host& host, json& body) {
    const auto word = openai_effort_of(wish, host.wide_effort);
    if (word.empty()) return !is_thoughtless(wish);
    body["reasoning_effort"] = word;
    return true;
}

bool put_object(const reasoning_wish& wish, const openai_host& host, json& body) {
    auto object = json::object();
    if (!wish.effort.empty())
        object["effort"] = openai_effort_of(wish, host.wide_effort);
    else if (wish.budget && *wish.budget > 0)
        object["max_tokens"] = *wish.budget;
    else if (is_thoughtless(wish))
        object["enabled"] = false;
    else if (wish.enabled)
        object["enabled"] = true;
    if (wish.visible == false) object["exclude"] = true;
    if (!object.empty()) body["reasoning"] = std::move(object);
    return true;
}

bool put_toggle(const reasoning_wish& wish, const openai_host& host, json& body) {
    if (!wish.said()) return true;
    body["thinking"]["type"] = is_thoughtless(wish) ? "disabled" : "enabled";
    const bool more = !is_thoughtless(wish) && (!wish.effort.empty() || wish.budget);
    if (!more) return true;
    if (host.reasoning != openai_host::thinking::both) return false;
    return put_effort(wish, host, body);
}

std::string thoughts_of(const message& from) {
    std::string text;
    for (const auto& part : from.content) {
        if (const auto* thought = std::get_if<reasoning_part>(&part)) text += thought->text;
    }
    return text;
}

json detail_of(const reasoning_part& part) {
    const auto& state = part.state;
    const bool opaque = state && (state->how != form::signature || state->from == origin::gemini);
    json detail{{"type", opaque ? "reasoning.encrypted" : "reasoning.text"}};
    if (opaque)
        detail["data"] = state->data;
    else
        detail["text"] = part.text;
    if (!state) return detail;
    if (!opaque) detail["signature"] = state->data;
    detail["format"] = format_of_origin(state->from);
    if (!state->id.empty()) detail["id"] = state->id;
    return detail;
}

json details_of(const message& from) {
    auto details = json::array();
    const auto add = [&](json detail) {
        detail["index"] = details.size();
        details.push_back(std::move(detail));
    };
    for (const auto& part : from.content) {
        const auto* thought = std::get_if<reasoning_part>(&part);
        if (thought == nullptr) continue;
        auto detail = detail_of(*thought);
        // What is encrypted stands beside its text, not in its place.
        if (detail["type"] == "reasoning.encrypted" && !thought->text.empty())
            add(detail_of({thought->text, {}}));
        add(std::move(detail));
    }
    for (const auto& call : from.tool_calls) {
        if (!call.state) continue;
        auto detail = detail_of({{}, call.state});
        detail["id"] = call.id;
        add(std::move(detail));
    }
    return details;
}

struct format_name {
    origin from;
    std::string_view format;
};
constexpr std::array formats{
    format_name{origin::anthropic, "anthropic-claude-v1"},
    format_name{origin::gemini, "google-gemini-v1"},
    format_name{origin::openai_responses, "openai-responses-v1"},
};

}  // namespace

bool is_thoughtless(const reasoning_wish& wish) {
    if (!wish.effort.empty()) return wish.effort == none;
    return !wish.enabled.value_or(true) || wish.budget == 0;
}

std::string openai_effort_of(const reasoning_wish& wish, bool wide) {
    auto word = wish.effort;
    if (word.empty() && !is_thoughtless(wish) && wish.budget) {
        if (*wish.budget <= low_budget_max) return "low";
        return *wish.budget <= medium_budget_max ? "medium" : "high";
    }
    if (word == "max") word = "xhigh";
    if (wide) return word;
    if (word == "minimal") return "low";
    return word == "xhigh" ? "high" : word;
}

bool put_openai_reasoning(const reasoning_wish& wish, const openai_host& host, json& body) {
    switch (host.reasoning) {
        case openai_host::thinking::effort:
            return put_effort(wish, host, body);
        case openai_host::thinking::object:
            return put_object(wish, host, body);
        case openai_host::thinking::toggle:
        case openai_host::thinking::both:
            return put_toggle(wish, host, body);
        case openai_host::thinking::nothing:
            break;
    }
    return !wish.said();
}

void put_openai_thoughts(const message& from, const openai_host& host, json& to) {
    using thoughts = openai_host::thoughts;
    if (host.history == thoughts::details) {
        auto details = details_of(from);
        if (!details.empty()) to["reasoning_details"] = std::move(details);
        return;
    }
    const bool wanted = host.history == thoughts::content ||
                        (host.history == thoughts::calls && !from.tool_calls.empty());
    if (!wanted) return;
    auto text = thoughts_of(from);
    if (!text.empty()) to["reasoning_content"] = std::move(text);
}

reasoning_state::origin origin_of_format(std::string_view format) {
    for (const auto& each : formats) {
        if (each.format == format) return each.from;
    }
    return origin::other;
}

std::string_view format_of_origin(reasoning_state::origin whose) {
    for (const auto& each : formats) {
        if (each.from == whose) return each.format;
    }
    return "unknown";
}

reasoning_state::form form_of_encrypted(reasoning_state::origin whose) {
    if (whose == origin::anthropic) return form::redacted;
    return whose == origin::gemini ? form::signature : form::encrypted;
}

}  // namespace sluice::upstream
