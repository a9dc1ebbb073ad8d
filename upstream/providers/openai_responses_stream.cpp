#include "upstream/providers/openai_responses_stream.hpp"

#include "upstream/json_members.hpp"
#include "upstream/providers/json_outline.hpp"
#include "upstream/providers/json_read.hpp"
#include "upstream/providers/openai_responses_outcome.hpp"
#include "upstream/providers/text.hpp"

#include <string>

namespace sluice::upstream {

namespace {

using nlohmann::json;

constexpr std::string_view terminator = "[DONE]";  // of clones

bool is_terminal(std::string_view type) {
    return type == "response.completed" || type == "response.incomplete" ||
           type == "response.failed";
}

bool is_lifecycle(std::string_view type) {
    return is_terminal(type) || type == "response.created" || type == "response.queued" ||
           type == "response.in_progress";
}

/// Events that only announce what is to come.
bool is_announcement(std::string_view type) {
    return type == "response.output_item.added" || type == "response.content_part.added" ||
           type == "response.reasoning_summary_part.added" ||
           type == "response.reasoning_part.added" || type == "keepalive";
}

/// The `response` of a lifecycle event; of its large members only that they are there.
json outline_of_response(std::string_view event) {
    json_walker member(event);
    while (member.next()) {
        if (!member.key_is("response")) continue;
        return outline_of(
            member.value(),
            {"id", "model", "created_at", "status", "error", "incomplete_details", "usage"}
        );
    }
    return json::object();
}

std::string type_within(std::string_view data) {
    return std::string(find_text(outline_of(data, {"type"}), "type"));
}

bool may_be_object(std::string_view data) {
    return data.starts_with('{') && data.ends_with('}');
}

}  // namespace

bool responses_stream::is_error(const json& value) const {
    return event_stream::is_error(value) || find_text(value, "type") == "error";
}

bool responses_stream::is_document(const json& value) const {
    return find_text(value, "object") == "response";
}

void responses_stream::read(const sse::frame& frame, std::string_view data, batch& out) {
    if (data == terminator) return skip_frame(frame.raw);
    if (transparent()) return relay(frame, data, out);
    translate(data, out);
}

/// The name of the event says enough: no token costs a tree of JSON.
void responses_stream::relay(const sse::frame& frame, std::string_view data, batch& out) {
    const bool named = frame.type != "message";
    const auto type = named ? std::string(frame.type) : type_within(data);
    if (type == "error" || type.empty() || !may_be_object(data)) {
        const auto event = parse_json(data);
        if (event.is_discarded()) return fail_broken("sent an event that is not JSON", out);
        if (type == "error" || is_error(event)) {
            return fail(responses_error_of(event, errors()), out);
        }
        return pass_frame(frame.raw, false, out);
    }
    if (is_lifecycle(type)) return relay_lifecycle(frame.raw, type, data, out);
    note_call(type, data);
    pass_frame(frame.raw, !is_announcement(type), out);
}

void responses_stream::relay_lifecycle(
    std::string_view raw, std::string_view type, std::string_view data, batch& out
) {
    const auto response = outline_of_response(data);
    identify(response, out);
    if (is_terminal(type)) settle(response, type, out);
    if (ended()) return;
    pass_frame(raw, settled_, out);
    if (settled_) complete(out);
}

void responses_stream::note_call(std::string_view type, std::string_view data) {
    if (called_) return;
    called_ = type.starts_with("response.function_call_arguments.") ||
              type.starts_with("response.custom_tool_call_input.");
    if (called_ || !type.starts_with("response.output_item.")) return;
    json_walker member(data);
    while (member.next()) {
        if (member.key_is("item")) called_ = is_responses_call(type_within(member.value()));
    }
}

void responses_stream::translate(std::string_view data, batch& out) {
    const auto event = parse_json(data);
    if (event.is_discarded()) return fail_broken("sent an event that is not JSON", out);
    if (is_error(event)) return fail(responses_error_of(event, errors()), out);
    const auto type = find_text(event, "type");
    if (!is_lifecycle(type)) return items_.read(type, event, texts(), out);
    const auto* response = find(event, "response");
    const auto nothing = json::object();
    const auto& told = response == nullptr ? nothing : *response;
    identify(told, out);
    if (!is_terminal(type)) return;
    items_.read_output(told, texts(), out);
    settle(told, type, out);
    if (!ended()) complete(out);
}

void responses_stream::identify(const json& response, batch& out) {
    if (identified_) return;
    identity who;
    who.id = texts().keep(find_text(response, "id"));
    who.model = texts().keep(find_text(response, "model"));
    who.created = find_count(response, "created_at").value_or(0);
    if (who.id.empty() && who.model.empty()) return;
    // Some clones change the id from event to event: the first one stays.
    identified_ = true;
    items_.name(who.id);
    out.items.emplace_back(who);
}

void responses_stream::settle(const json& response, std::string_view type, batch& out) {
    const auto end = responses_end_of(response, type);
    const auto counted = responses_usage_of(response);
    if (end == responses_end::failed) {
        if (counted) out.items.emplace_back(*counted);
        return fail(responses_failure_of(response, errors()), out);
    }
    settled_ = true;
    const bool called = called_ || items_.has_calls();
    out.items.emplace_back(responses_finish_of(response, end, called, texts()));
    if (counted) out.items.emplace_back(*counted);
}

/// The last event without its blank line: whole JSON is all of it.
bool responses_stream::read_last(std::string_view tail, batch& out) {
    constexpr std::string_view mark = "data:";
    const auto line = tail.starts_with(mark) ? 0 : tail.find("\ndata:");
    const auto data = line == std::string_view::npos
                          ? trim(tail)
                          : trim(tail.substr(tail.find(mark, line) + mark.size()));
    const auto event = parse_json(data);
    if (is_error(event)) {
        fail(responses_error_of(event, errors()), out);
        return true;
    }
    const auto type = std::string(find_text(event, "type"));
    if (!is_terminal(type)) return false;
    if (!transparent()) {
        translate(data, out);
        return true;
    }
    const auto frame = texts().keep("event: " + type + "\ndata: " + std::string(data) + "\n\n");
    relay_lifecycle(frame, type, data, out);
    return true;
}

}  // namespace sluice::upstream
