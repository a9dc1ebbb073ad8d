#include "gateway/telemetry/message_writer.hpp"

#include "upstream/json_members.hpp"

#include <nlohmann/json.hpp>

#include <cstddef>
#include <utility>

namespace sluice::gateway {

namespace {

constexpr std::size_t depth_max = 128;  // readers of spans may recurse

/// The parser takes NUL for the end of its input, which would let anything follow.
bool is_object(std::string_view text) {
    const auto begin = text.find_first_not_of(" \t\r\n");
    return begin != std::string_view::npos && text[begin] == '{' &&
           text.find('\0') == std::string_view::npos &&
           !upstream::nested_deeper_than(text, depth_max) && nlohmann::json::accept(text);
}

}  // namespace

message_writer::message_writer(std::string_view role) : text_("{\"role\":") {
    upstream::append_json_string(text_, role);
    text_ += ",\"parts\":[";
}

void message_writer::begin(std::string_view type) {
    if (std::exchange(has_parts_, true)) text_ += ',';
    text_ += "{\"type\":";
    upstream::append_json_string(text_, type);
}

void message_writer::member(std::string_view name, std::string_view text) {
    text_.append(",\"").append(name).append("\":");
    upstream::append_json_string(text_, text);
}

void message_writer::words(std::string_view type, std::string_view content) {
    begin(type);
    member("content", content);
    text_ += '}';
}

void message_writer::blob(std::string_view modality) {
    begin("blob");
    member("modality", modality);
    text_ += '}';
}

/// A tree of the arguments would cost more than their text, which is JSON already.
void message_writer::tool_call(
    std::string_view id, std::string_view name, std::string_view arguments
) {
    begin("tool_call");
    member("id", id);
    member("name", name);
    if (is_object(arguments))
        text_.append(",\"arguments\":").append(arguments);
    else
        member("arguments", arguments);
    text_ += '}';
}

std::string message_writer::finish(std::string_view finish_reason) && {
    text_ += ']';
    if (!finish_reason.empty()) member("finish_reason", finish_reason);
    text_ += '}';
    return std::move(text_);
}

}  // namespace sluice::gateway
