#include "gateway/dialects/json_input.hpp"
#include "gateway/dialects/json_text.hpp"
#include "gateway/dialects/ollama_answers.hpp"

#include <nlohmann/json.hpp>

#include <array>
#include <chrono>
#include <cstdio>
#include <limits>

namespace sluice::gateway {

namespace {

/// The object that a text is; discarded where it is none.
nlohmann::json object_in(std::string_view text) {
    using nlohmann::json;
    const bool deep = upstream::nested_deeper_than(text, json_depth_max);
    auto parsed = deep || text.find('\0') != std::string_view::npos
                      ? json(json::value_t::discarded)
                      : json::parse(text, nullptr, false);
    return parsed.is_object() ? parsed : json(json::value_t::discarded);
}

void append_count(std::string& out, std::string_view name, std::int64_t value) {
    out.append(",\"").append(name).append("\":").append(std::to_string(value));
}

}  // namespace

bool is_json_object(std::string_view text) {
    return !object_in(text).is_discarded();
}

std::string rfc3339(std::int64_t unix_seconds) {
    using namespace std::chrono;
    // From the beginning of the calendar to where years get a fifth digit.
    constexpr std::int64_t latest = 253402300799;
    const std::int64_t valid = unix_seconds < 0 || unix_seconds > latest ? 0 : unix_seconds;
    const sys_seconds at{seconds(valid)};
    const auto day = floor<days>(at);
    const year_month_day date(day);
    const hh_mm_ss clock(at - day);
    std::array<char, 64> text{};
    std::snprintf(
        text.data(),
        text.size(),
        "%04d-%02u-%02uT%02d:%02d:%02dZ",
        static_cast<int>(date.year()),
        static_cast<unsigned>(date.month()),
        static_cast<unsigned>(date.day()),
        static_cast<int>(clock.hours().count()),
        static_cast<int>(clock.minutes().count()),
        static_cast<int>(clock.seconds().count())
    );
    return text.data();
}

std::string_view ollama_reason(upstream::finish_reason reason) {
    switch (reason) {
        case upstream::finish_reason::length:
            return "length";
        case upstream::finish_reason::content_filter:
            return "content_filter";
        case upstream::finish_reason::stop:
        case upstream::finish_reason::tool_calls:
            break;
    }
    return "stop";
}

std::string ollama_end(std::string_view reason, const upstream::usage& usage) {
    std::string out = ",\"done_reason\":";
    append_json_string(out, reason);
    out += ",\"total_duration\":0,\"load_duration\":0";
    if (usage.input_tokens) append_count(out, "prompt_eval_count", *usage.input_tokens);
    append_count(out, "prompt_eval_duration", 0);
    if (usage.output_tokens) append_count(out, "eval_count", *usage.output_tokens);
    append_count(out, "eval_duration", 0);
    return out;
}

std::string ollama_call(
    std::string_view id, std::string_view name, int index, std::string_view arguments
) {
    std::string out = "{";
    if (!id.empty()) {
        out += "\"id\":";
        append_json_string(out, id);
        out += ',';
    }
    out.append("\"function\":{\"index\":").append(std::to_string(index)).append(",\"name\":");
    append_json_string(out, name);
    out += ",\"arguments\":";
    const auto object = object_in(arguments);
    if (!object.is_discarded())
        out += dump_json(object);
    else if (arguments.find_first_not_of(" \t\r\n") == std::string_view::npos)
        out += "{}";
    else
        append_json_string(out, arguments);
    return out += "}}";
}

std::string ollama_error(const upstream::failure& failure) {
    std::string out = "{\"error\":";
    append_json_string(out, failure.message);
    return out += '}';
}

}  // namespace sluice::gateway
