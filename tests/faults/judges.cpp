#include "tests/faults/judges.hpp"

#include "sse/parser.hpp"
#include "tests/faults/known_answer.hpp"

#include <nlohmann/json.hpp>

#include <optional>
#include <vector>

namespace sluice::faults {
namespace {

using nlohmann::json;
using result = finding::kind;

constexpr std::size_t frame_bytes_max = 64U << 20;

/// What was read of an answer, in no dialect's words.
struct reading {
    std::string text;
    std::string finish;  ///< the dialect's word
    int terminals = 0;
    std::optional<json> error;
    std::string complaint;  ///< the first one

    void complain(const std::string& why) {
        if (complaint.empty()) complaint = why;
    }
    bool over() const { return terminals > 0 || error; }
};

std::string shown(std::string_view text) {
    constexpr std::size_t bytes_max = 160;
    if (text.size() <= bytes_max)
        return json(text).dump(-1, ' ', true, json::error_handler_t::replace);
    return shown(text.substr(0, bytes_max / 2)) + "..." +
           shown(text.substr(text.size() - bytes_max / 2));
}

json member(const json& value, const char* name) {
    if (!value.is_object()) return {};
    const auto found = value.find(name);
    return found == value.end() ? json() : *found;
}

std::string text_member(const json& value, const char* name) {
    const auto found = member(value, name);
    return found.is_string() ? found.get<std::string>() : "";
}

json first_of(const json& list) {
    return list.is_array() && !list.empty() ? list.front() : json();
}

struct event {
    std::string type;
    std::string id;
    std::string data;
};

std::vector<event> events_in(const std::string& body, reading& into) {
    sse::parser parser(frame_bytes_max);
    parser.feed(body);
    std::vector<event> events;
    while (const auto frame = parser.next()) {
        if (!frame->dispatched) continue;
        events.push_back(
            {std::string(frame->type), std::string(frame->last_event_id), std::string(frame->data)}
        );
    }
    if (parser.failed()) into.complain("a block too large for the client");
    const auto tail = parser.incomplete();
    if (tail.find_first_not_of("\r\n") != std::string_view::npos)
        into.complain("the stream ends within a frame: " + shown(tail));
    return events;
}

// ---- the dialects' events ----

void read_chat_event(const event& event, reading& into) {
    if (event.data == "[DONE]") {
        ++into.terminals;
        return;
    }
    const auto value = json::parse(event.data, nullptr, false);
    if (value.is_discarded()) return into.complain("no JSON: " + shown(event.data));
    if (value.contains("error")) {
        into.error = member(value, "error");
        return;
    }
    const auto choice = first_of(member(value, "choices"));
    into.text += text_member(member(choice, "delta"), "content");
    if (const auto why = text_member(choice, "finish_reason"); !why.empty()) into.finish = why;
}

void read_anthropic_event(const event& event, bool& started, reading& into) {
    const auto value = json::parse(event.data, nullptr, false);
    if (value.is_discarded()) return into.complain("no JSON: " + shown(event.data));
    const auto type = text_member(value, "type");
    const bool unnamed = type.empty() && event.type == "message";
    if (event.type != type && !unnamed)
        into.complain("event '" + event.type + "' whose data is of type '" + type + "'");
    if (type == "message_start") {
        if (started) into.complain("a second message_start");
        started = true;
    } else if (type == "content_block_delta") {
        if (!started) into.complain("content before message_start");
        into.text += text_member(member(value, "delta"), "text");
    } else if (type == "message_delta") {
        into.finish = text_member(member(value, "delta"), "stop_reason");
    } else if (type == "message_stop") {
        ++into.terminals;
    } else if (type == "error") {
        into.error = member(value, "error");
    }
}

void read_native_event(const event& event, reading& into) {
    const auto value = json::parse(event.data, nullptr, false);
    if (!value.is_object()) return into.complain("no JSON object: " + shown(event.data));
    if (event.type == "start") return;
    if (event.type == "message") {
        into.text += text_member(value, "text");
        return;
    }
    if (event.type != "done") return into.complain("an event of type '" + event.type + "'");
    into.finish = text_member(value, "finish_reason");
    if (into.finish == "error") {
        into.error = member(value, "error");
    } else {
        ++into.terminals;
    }
}

/// `{stream}/N`, dense from 0.
void check_sequence(const std::vector<event>& events, reading& into) {
    for (std::size_t i = 0; i < events.size(); ++i) {
        const auto& id = events[i].id;
        if (id.substr(id.find('/') + 1) == std::to_string(i)) continue;
        return into.complain("event " + std::to_string(i) + " has the id '" + id + "'");
    }
}

reading read_stream(client kind, const std::string& body) {
    reading into;
    const auto events = events_in(body, into);
    bool started = false;
    for (const auto& event : events) {
        if (into.over()) into.complain("something follows the end: " + shown(event.data));
        if (kind == client::openai) read_chat_event(event, into);
        if (kind == client::anthropic) read_anthropic_event(event, started, into);
        if (kind == client::native) read_native_event(event, into);
    }
    if (kind == client::native) check_sequence(events, into);
    return into;
}

reading read_document(client kind, const std::string& body) {
    reading into;
    const auto value = json::parse(body, nullptr, false);
    if (!value.is_object()) {
        into.complain("no JSON object: " + shown(body));
        return into;
    }
    ++into.terminals;
    if (kind == client::openai) {
        const auto choice = first_of(member(value, "choices"));
        into.text = text_member(member(choice, "message"), "content");
        into.finish = text_member(choice, "finish_reason");
    } else if (kind == client::anthropic) {
        for (const auto& part : member(value, "content"))
            into.text += text_member(part, "text");
        into.finish = text_member(value, "stop_reason");
    } else {
        into.text = text_member(value, "text");
        into.finish = text_member(value, "finish_reason");
    }
    return into;
}

// ---- the verdict ----

finding wrong(const std::string& why) {
    return {result::wrong, why, false, ""};
}

bool is_prefix(const std::string& text, bool repeated) {
    if (!repeated) return known_answer().starts_with(text);
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != known_answer()[i % known_answer().size()]) return false;
    }
    return true;
}

std::string complaint_of_error(const json& error, client kind) {
    if (!error.is_object()) return "an error that is no object: " + error.dump();
    if (text_member(error, "message").empty()) return "an error without a message";
    if (text_member(error, "type").empty()) return "an error without a type";
    if (kind == client::native && !member(error, "retryable").is_boolean())
        return "an error that does not say whether it is retryable";
    const bool chat = kind == client::openai;
    if (chat && !(error.contains("param") && error.contains("code")))
        return "an error without param and code";
    return "";
}

finding judge_error(const json& error, client kind, bool in_stream) {
    const auto why = complaint_of_error(error, kind);
    if (!why.empty()) return wrong(why);
    return {result::error, "", in_stream, text_member(error, "message")};
}

finding judge_refusal(const end_to_end::http_response& answer, client kind) {
    if (answer.status < 400) return wrong("status " + std::to_string(answer.status));
    if (!answer.header("Content-Type").starts_with("application/json"))
        return wrong("a refusal of type " + answer.header("Content-Type"));
    const auto body = json::parse(answer.body, nullptr, false);
    if (!body.is_object()) return wrong("a refusal that is no JSON: " + shown(answer.body));
    if (kind == client::anthropic && text_member(body, "type") != "error")
        return wrong("a refusal that is not of type error");
    return judge_error(member(body, "error"), kind, false);
}

finding judge_text(const reading& read, const judging& how) {
    const auto good = how.kind == client::anthropic ? "end_turn" : "stop";
    if (read.terminals != 1) return wrong(std::to_string(read.terminals) + " terminals");
    if (read.text != known_answer()) {
        return wrong(
            "a success whose text is not the known answer (" + std::to_string(read.text.size()) +
            " of " + std::to_string(known_answer().size()) + " bytes): " + shown(read.text)
        );
    }
    if (read.finish != good && !(how.finish_may_lack && read.finish.empty()))
        return wrong("a success that finished by '" + read.finish + "'");
    return {result::text, "", false, ""};
}

}  // namespace

std::string_view to_string(client kind) {
    if (kind == client::native) return "native";
    return kind == client::openai ? "openai" : "anthropic";
}

finding judge(const end_to_end::http_response& answer, const judging& how) {
    if (answer.status != 200) return judge_refusal(answer, how.kind);
    const std::string wanted = how.streamed ? "text/event-stream" : "application/json";
    if (!answer.header("Content-Type").starts_with(wanted))
        return wrong("a success of type " + answer.header("Content-Type"));
    const auto read =
        how.streamed ? read_stream(how.kind, answer.body) : read_document(how.kind, answer.body);
    if (!read.complaint.empty()) return wrong(read.complaint);
    if (!read.error) {
        if (read.terminals == 0) return wrong("an end without a terminal");
        return judge_text(read, how);
    }
    if (read.terminals > 0) return wrong("an error behind a terminal");
    if (!is_prefix(read.text, how.repeated))
        return wrong("an error behind a text that is no prefix: " + shown(read.text));
    return judge_error(*read.error, how.kind, true);
}

}  // namespace sluice::faults
