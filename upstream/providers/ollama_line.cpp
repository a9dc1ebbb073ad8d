#include "upstream/providers/ollama_line.hpp"

#include "upstream/json_members.hpp"
#include "upstream/providers/json_outline.hpp"
#include "upstream/providers/json_read.hpp"
#include "upstream/providers/translation.hpp"

#include <algorithm>
#include <chrono>
#include <optional>
#include <string>
#include <utility>

namespace sluice::upstream {

namespace {

using nlohmann::json;

bool has_text(std::string_view value) {
    return value.starts_with('"') && value.size() > 2;
}

bool has_elements(std::string_view value) {
    return value.starts_with('[') && json_walker(value).next();
}

void glance_at_message(std::string_view message, ollama_glance& seen) {
    json_walker member(message);
    while (member.next()) {
        if (member.key_is("content") || member.key_is("thinking")) {
            seen.content |= has_text(member.value());
        } else if (member.key_is("tool_calls") && has_elements(member.value())) {
            seen.content = seen.called = true;
        } else if (member.key_is("images")) {
            seen.content |= has_elements(member.value());
        }
    }
}

/// Digits only, as they fit into an id.
std::string digits_of(std::string_view text) {
    std::string digits;
    for (const char c : text.substr(0, 40)) {
        if (c >= '0' && c <= '9') digits += c;
    }
    return digits;
}

/// Older servers give calls no id: the time of the line and the place of the call make one up.
std::string made_up_id(std::string_view created, int index) {
    return "call_" + digits_of(created) + "_" + std::to_string(index);
}

/// Always an object in text; a server that is not Ollama may have sent the text already.
std::string arguments_text(const json* arguments) {
    if (arguments == nullptr || arguments->is_null()) return "{}";
    if (arguments->is_string()) return arguments->get<std::string>();
    return dump_body(*arguments);
}

finish_reason reason_of(std::string_view word, bool called) {
    if (word == "length") return finish_reason::length;
    if (word == "content_filter") return finish_reason::content_filter;
    return called ? finish_reason::tool_calls : finish_reason::stop;
}

std::optional<int> number_at(std::string_view text, std::size_t at, std::size_t digits) {
    int number = 0;
    if (text.size() < at + digits) return {};
    for (const char c : text.substr(at, digits)) {
        if (c < '0' || c > '9') return {};
        number = number * 10 + (c - '0');
    }
    return number;
}

/// Minutes east of Greenwich; nothing where `zone` is no time zone.
std::optional<int> offset_of(std::string_view zone) {
    if (zone == "Z" || zone == "z") return 0;
    if (zone.size() != 6 || (zone[0] != '+' && zone[0] != '-')) return {};
    const auto hours = number_at(zone, 1, 2);
    const auto minutes = number_at(zone, 4, 2);
    if (!hours || !minutes) return {};
    return (zone[0] == '-' ? -1 : 1) * (*hours * 60 + *minutes);
}

}  // namespace

std::int64_t unix_seconds(std::string_view time) {
    using namespace std::chrono;
    const auto year_number = number_at(time, 0, 4);
    const auto month_number = number_at(time, 5, 2);
    const auto day_number = number_at(time, 8, 2);
    const auto hour = number_at(time, 11, 2);
    const auto minute = number_at(time, 14, 2);
    const auto second = number_at(time, 17, 2);
    if (!year_number || !month_number || !day_number || !hour || !minute || !second) return 0;
    const year_month_day date{
        year(*year_number),
        month(static_cast<unsigned>(*month_number)),
        day(static_cast<unsigned>(*day_number))};
    auto zone = time.substr(19);
    if (zone.starts_with('.')) {
        zone = zone.substr(std::min(zone.find_first_not_of("0123456789", 1), zone.size()));
    }
    const auto offset = offset_of(zone);
    if (!date.ok() || !offset) return 0;
    const auto at = sys_days(date) + hours(*hour) + minutes(*minute - *offset) + seconds(*second);
    return duration_cast<seconds>(at.time_since_epoch()).count();
}

ollama_glance glance_at_ollama(std::string_view line) {
    ollama_glance seen;
    json_walker member(line);
    while (member.next()) {
        const auto value = member.value();
        if (member.key_is("message")) {
            glance_at_message(value, seen);
        } else if (member.key_is("response") || member.key_is("thinking") || member.key_is("image")) {
            seen.content |= has_text(value);
        } else if (member.key_is("tool_calls") && has_elements(value)) {
            seen.content = seen.called = true;
        } else if (member.key_is("done")) {
            seen.done = value == "true";
        } else if (member.key_is("error")) {
            seen.error = true;
        } else if (member.key_is("model") && has_text(value)) {
            seen.model = value.substr(1, value.size() - 2);
        }
    }
    seen.broken = member.failed() || !line.starts_with('{');
    seen.content |= seen.done;
    return seen;
}

void ollama_teller::tell_identity(const json& line, batch_texts& texts, batch& out) {
    const auto model = find_text(line, "model");
    if (identified_ || model.empty()) return;
    identified_ = true;
    out.items.emplace_back(identity{
        {}, texts.keep(model), unix_seconds(find_text(line, "created_at"))});
}

void ollama_teller::tell(const json& line, batch_texts& texts, batch& out) {
    tell_identity(line, texts, out);
    if (const auto* probabilities = find(line, "logprobs");
        probabilities != nullptr && probabilities->is_array() && !probabilities->empty()) {
        out.items.emplace_back(logprobs_delta{0, texts.keep(dump_body(*probabilities))});
    }
    tell_content(line, "response", texts, out);
    if (const auto* message = find(line, "message")) tell_content(*message, "content", texts, out);
    for (const auto* holder : {find(line, "message"), &line}) {
        const auto* calls = holder == nullptr ? nullptr : find(*holder, "tool_calls");
        if (calls != nullptr && calls->is_array())
            tell_calls(*calls, find_text(line, "created_at"), texts, out);
    }
    tell_end(line, texts, out);
}

void ollama_teller::tell_content(
    const json& from, const char* text, batch_texts& texts, batch& out
) {
    const auto thought = find_text(from, "thinking");
    const auto words = find_text(from, text);
    if (!thought.empty()) out.items.emplace_back(reasoning_delta{0, texts.keep(thought)});
    if (!words.empty()) out.items.emplace_back(text_delta{0, texts.keep(words)});
}

void ollama_teller::tell_calls(
    const json& calls, std::string_view created, batch_texts& texts, batch& out
) {
    for (const auto& each : calls) {
        const auto* function = find(each, "function");
        const auto name = function == nullptr ? std::string_view() : find_text(*function, "name");
        if (name.empty() || calls_ == tool_calls_max) continue;
        const auto given = find_text(each, "id");
        const auto id = given.empty() ? made_up_id(created, calls_) : std::string(given);
        const auto arguments = arguments_text(find(*function, "arguments"));
        out.items.emplace_back(tool_call_delta{
            0, calls_++, texts.keep(id), texts.keep(name), texts.keep(arguments)});
    }
}

void ollama_teller::tell_end(const json& line, batch_texts& texts, batch& out) {
    const auto* done = find(line, "done");
    if (done == nullptr || !done->is_boolean() || !done->get<bool>()) return;
    const auto word = find_text(line, "done_reason");
    out.items.emplace_back(finish{0, reason_of(word, calls_ > 0), texts.keep(word)});
    usage counted;
    // The count is left out where all of the prompt was cached.
    counted.input_tokens = find_count(line, "prompt_eval_count");
    counted.output_tokens = find_count(line, "eval_count");
    if (counted != usage()) out.items.emplace_back(counted);
}

void ollama_teller::tell_outline(
    std::string_view line, const ollama_glance& seen, batch_texts& texts, batch& out
) {
    if (seen.called) calls_ = 1;
    const bool known = identified_ || seen.model.empty();
    if (known && !seen.done) return;
    const auto outline = outline_of(
        line, {"model", "created_at", "done", "done_reason", "prompt_eval_count", "eval_count"}
    );
    tell_identity(outline, texts, out);
    tell_end(outline, texts, out);
}

}  // namespace sluice::upstream
