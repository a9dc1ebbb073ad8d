#include "upstream/providers/cohere_stream.hpp"

#include "upstream/providers/json_read.hpp"

#include <algorithm>
#include <array>
#include <numeric>
#include <optional>

namespace sluice::upstream {

namespace {

using nlohmann::json;

constexpr std::string_view terminator = "[DONE]";
constexpr std::size_t id_bytes_max = 256;  // it is remembered for ids of calls that have none

const json nothing = json::object();

const json& member(const json& object, const char* key) {
    const auto* found = find(object, key);
    return found != nullptr && found->is_object() ? *found : nothing;
}

struct meaning {
    std::string_view word;
    finish_reason reason;
};
constexpr std::array meanings{
    meaning{"COMPLETE", finish_reason::stop},
    meaning{"STOP_SEQUENCE", finish_reason::stop},
    meaning{"MAX_TOKENS", finish_reason::length},
    meaning{"TOOL_CALL", finish_reason::tool_calls},
    meaning{"ERROR_TOXIC", finish_reason::content_filter},
};

finish_reason reason_of(std::string_view word) {
    const auto found = std::ranges::find(meanings, word, &meaning::word);
    return found == meanings.end() ? finish_reason::stop : found->reason;
}

/// The tokens that were counted; those that are billed leave out what Cohere itself put in.
std::optional<usage> usage_of(const json& told) {
    const auto& tokens = member(told, "tokens");
    const auto& billed = member(told, "billed_units");
    const auto count = [&](const char* key) {
        const auto counted = find_count(tokens, key);
        return counted ? counted : find_count(billed, key);
    };
    usage result;
    result.input_tokens = count("input_tokens");
    result.output_tokens = count("output_tokens");
    result.reasoning_tokens = find_count(tokens, "reasoning_tokens");
    result.cached_tokens = find_count(told, "cached_tokens");
    if (result == usage{}) return {};
    return result;
}

/// `{text, token_ids, logprobs}` as one entry: of several tokens, the probability of all.
std::string logprobs_json(const json& told, std::string_view text) {
    const auto* values = find(told, "logprobs");
    if (values == nullptr || !values->is_array() || values->empty()) return {};
    double sum = 0;
    for (const auto& value : *values) {
        if (!value.is_number()) return {};
        sum += value.get<double>();
    }
    auto bytes = json::array();
    for (const char byte : text)
        bytes.push_back(static_cast<unsigned char>(byte));
    const json entry{
        {"token", text},
        {"logprob", sum},
        {"bytes", std::move(bytes)},
        {"top_logprobs", json::array()}};
    return json::array({entry}).dump(-1, ' ', false, json::error_handler_t::replace);
}

}  // namespace

void cohere_stream::read(const sse::frame& frame, std::string_view data, batch& out) {
    if (data == terminator) return;
    if (frame.type == "error") return fail(errors().reported(data), out);
    const auto event = parse_event(data, out);
    if (event.is_object()) read_event(event, out);
}

void cohere_stream::read_event(const json& event, batch& out) {
    const auto type = find_text(event, "type");
    const auto& delta = member(event, "delta");
    const auto& message = member(delta, "message");
    if (type == "content-delta" || type == "content-start") {
        read_content(event, message, out);
    } else if (type == "tool-call-delta") {
        read_arguments(event, message, out);
    } else if (type == "tool-plan-delta") {
        read_plan(message, out);
    } else if (type == "tool-call-start") {
        begin_call(event, message, out);
    } else if (type == "tool-call-end") {
        if (auto* call = find_call(event)) end_call(*call, out);
    } else if (type == "citation-start") {
        if (const auto* citation = find(message, "citations")) {
            citations_.read(*citation, texts(), out);
        }
    } else if (type == "message-start") {
        read_start(event, out);
    } else if (type == "message-end") {
        read_end(delta, out);
    }
}

/// Error reports have neither a type nor anything else that events have.
bool cohere_stream::is_error(const json& value) const {
    if (event_stream::is_error(value)) return true;
    return find(value, "type") == nullptr && !find_text(value, "message").empty();
}

bool cohere_stream::is_document(const json& value) const {
    return find(value, "finish_reason") != nullptr;
}

void cohere_stream::read_start(const json& event, batch& out) {
    const auto id = find_text(event, "id");
    if (id.empty() || !id_.empty()) return;
    id_ = id.substr(0, id_bytes_max);
    out.items.emplace_back(identity{texts().keep(id), {}, 0});
}

void cohere_stream::read_content(const json& event, const json& message, batch& out) {
    const auto& content = member(message, "content");
    const auto thinking = find_text(content, "thinking");
    if (!thinking.empty()) out.items.emplace_back(reasoning_delta{0, texts().keep(thinking)});
    const auto text = find_text(content, "text");
    if (text.empty()) return;
    const auto logprobs = logprobs_json(member(event, "logprobs"), text);
    if (!logprobs.empty()) out.items.emplace_back(logprobs_delta{0, texts().keep(logprobs)});
    citations_.see_text(find_count(event, "index").value_or(0), text);
    out.items.emplace_back(text_delta{0, texts().keep(text)});
}

void cohere_stream::read_plan(const json& message, batch& out) {
    const auto plan = find_text(message, "tool_plan");
    if (!plan.empty()) out.items.emplace_back(reasoning_delta{0, texts().keep(plan)});
}

// ---- tool calls ----

void cohere_stream::begin_call(const json& event, const json& message, batch& out) {
    if (calls_.size() == calls_max)
        return fail_broken("sent more tool calls than there can be", out);
    const auto& told = member(message, "tool_calls");
    const auto& function = member(told, "function");
    auto& call = calls_.emplace_back();
    call.provider_index = find_count(event, "index").value_or(-1);
    tool_call_delta begin;
    begin.index = static_cast<int>(calls_.size() - 1);
    const auto id = find_text(told, "id");
    begin.id = texts().keep(
        id.empty() ? "call_" + id_ + "_" + std::to_string(begin.index) : std::string(id)
    );
    begin.name = texts().keep(find_text(function, "name"));
    out.items.emplace_back(begin);
    put_arguments(call, find_text(function, "arguments"), out);
}

void cohere_stream::read_arguments(const json& event, const json& message, batch& out) {
    auto* call = find_call(event);
    if (call == nullptr) return;
    const auto& function = member(member(message, "tool_calls"), "function");
    put_arguments(*call, find_text(function, "arguments"), out);
}

void cohere_stream::put_arguments(call_state& call, std::string_view arguments, batch& out) {
    if (arguments.empty() || call.ended) return;
    call.has_arguments = true;
    tool_call_delta part;
    part.index = static_cast<int>(&call - calls_.data());
    part.arguments = texts().keep(arguments);
    out.items.emplace_back(part);
}

/// A call without parameters has no arguments at all, where everybody else has an empty object.
void cohere_stream::end_call(call_state& call, batch& out) {
    if (!call.has_arguments) put_arguments(call, "{}", out);
    call.ended = true;
}

/// The latest with the event's index; where there is none, the latest.
cohere_stream::call_state* cohere_stream::find_call(const json& event) {
    const auto index = find_count(event, "index").value_or(-1);
    const auto same = [&](const call_state& call) {
        return index == -1 || call.provider_index == index;
    };
    const auto found = std::find_if(calls_.rbegin(), calls_.rend(), same);
    return found == calls_.rend() ? nullptr : &*found;
}

// ---- the end ----

void cohere_stream::read_end(const json& delta, batch& out) {
    for (auto& call : calls_)
        end_call(call, out);
    if (const auto counted = usage_of(member(delta, "usage"))) out.items.emplace_back(*counted);
    const auto word = find_text(delta, "finish_reason");
    const auto* error = find(delta, "error");
    const bool failed = is_truthy(error) || word == "ERROR" || word == "TIMEOUT";
    if (!failed && word.empty()) return fail_unexplained(out);
    if (!failed) return finish(word, out);
    const bool said = error != nullptr && error->is_string() && !text_of(error).empty();
    json report{{"type", word}};
    if (said) report["message"] = *error;
    if (word == "TIMEOUT") report["code"] = "timeout";
    fail(errors().reported(report), out);
}

void cohere_stream::finish(std::string_view word, batch& out) {
    auto reason = reason_of(word);
    if (reason == finish_reason::stop && !calls_.empty()) reason = finish_reason::tool_calls;
    out.items.emplace_back(upstream::finish{0, reason, texts().keep(word), {}});
    complete(out);
}

}  // namespace sluice::upstream
