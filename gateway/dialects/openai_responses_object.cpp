#include "gateway/dialects/json_input.hpp"
#include "gateway/dialects/json_text.hpp"
#include "gateway/dialects/openai_responses_shapes.hpp"
#include "upstream/json_members.hpp"

namespace sluice::gateway {

namespace {

using json = nlohmann::ordered_json;

/// What a response repeats of its request, with what stands there when the request says nothing.
json repeated_defaults() {
    return {
        {"instructions", nullptr},
        {"max_output_tokens", nullptr},
        {"max_tool_calls", nullptr},
        {"parallel_tool_calls", true},
        {"previous_response_id", nullptr},
        {"reasoning", {{"effort", nullptr}, {"summary", nullptr}}},
        {"store", false},
        {"temperature", nullptr},
        {"text", {{"format", {{"type", "text"}}}}},
        {"tool_choice", "auto"},
        {"tools", json::array()},
        {"top_logprobs", 0},
        {"top_p", nullptr},
        {"truncation", "disabled"},
        {"user", nullptr},
        {"metadata", json::object()},
    };
}

/// Nothing is stored here, and nothing truncated, whatever was asked for.
bool is_ours_to_say(std::string_view key) {
    return key == "store" || key == "truncation";
}

json repeated_of(std::string_view body) {
    auto repeated = repeated_defaults();
    if (body.empty() || upstream::nested_deeper_than(body, json_depth_max)) return repeated;
    upstream::json_walker member(body);
    while (member.next()) {
        const auto key = upstream::unescape_json(member.raw_key());
        if (!repeated.contains(key) || is_ours_to_say(key)) continue;
        auto value = json::parse(member.value(), nullptr, false);
        if (!value.is_discarded() && !value.is_null()) repeated[key] = std::move(value);
    }
    return repeated;
}

json error_of(const response_standing& standing) {
    if (standing.failure == nullptr) {
        return standing.status == "failed" ? json{{"code", "server_error"}, {"message", ""}}
                                           : json(nullptr);
    }
    return {
        {"code", upstream::to_string(standing.failure->outcome)},
        {"message", standing.failure->message},
    };
}

}  // namespace

response_object::response_object(const upstream::call& call, const stream_names& names)
    : id_("resp_" + names.id),
      model_(names.route),
      created_(names.created),
      request_(repeated_of(call.body)) {}

void response_object::know(const upstream::identity& who) {
    if (!who.model.empty()) model_ = who.model;
}

void response_object::adopt(const upstream::identity& who) {
    know(who);
    if (!who.id.empty()) id_ = who.id;
    if (who.created != 0) created_ = who.created;
}

json response_object::describe(const response_standing& standing, json output, json usage) const {
    json details(nullptr);
    if (!standing.incomplete_reason.empty()) details = {{"reason", standing.incomplete_reason}};
    json object{
        {"id", id_},
        {"object", "response"},
        {"created_at", created_},
        {"status", standing.status},
        {"background", false},
        {"error", error_of(standing)},
        {"incomplete_details", std::move(details)},
        {"model", model_},
        {"output", std::move(output)},
    };
    object.update(request_);
    object["usage"] = std::move(usage);
    return object;
}

}  // namespace sluice::gateway
