#include "upstream/mock/recording.hpp"

#include "upstream/json_members.hpp"
#include "upstream/mock/recording_words.hpp"
#include "upstream/providers/base64.hpp"
#include "upstream/providers/make_codec.hpp"
#include "upstream/utf8.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

namespace sluice::upstream {

namespace {

using kind = provider_settings::protocol;

constexpr int format_version = 1;

void append_member(std::string& out, std::string_view name, std::string_view text) {
    if (out.back() != '{') out += ',';
    append_json_string(out, name);
    out += ':';
    append_json_string(out, text);
}

void append_raw(std::string& out, std::string_view name, std::string_view value) {
    if (out.back() != '{') out += ',';
    append_json_string(out, name);
    out.append(":").append(value);
}

/// To the microsecond: finer than what a read can be told apart by.
void append_time(std::string& out, double at) {
    std::array<char, 64> digits{};
    const auto written = std::to_chars(
        digits.data(), digits.data() + digits.size(), at, std::chars_format::fixed, 6
    );
    append_raw(out, "t", {digits.data(), written.ptr});
}

void append_headers(std::string& out, const header_list& headers) {
    std::string list = "[";
    for (const auto& [name, value] : headers) {
        list += list.size() > 1 ? ",[" : "[";
        append_json_string(list, name);
        list += ',';
        append_json_string(list, value);
        list += ']';
    }
    append_raw(out, "headers", list + "]");
}

/// Text stays readable; what is none, or would grow more as text, is base64.
void append_bytes(
    std::string& out,
    std::string_view text_name,
    std::string_view base64_name,
    std::string_view bytes
) {
    if (is_utf8(bytes)) {
        const auto before = out.size();
        append_member(out, text_name, bytes);
        if (out.size() - before < recording_line_bytes_max / 2) return;
        out.resize(before);
    }
    append_member(out, base64_name, base64_encode(bytes));
}

std::string provider_object(const provider_settings& provider) {
    std::string out = "{";
    append_member(out, "name", provider.name);
    append_member(out, "kind", recorded_kind(provider.kind));
    if (const auto host = recorded_host(provider.host); !host.empty())
        append_member(out, "host", host);
    append_member(out, "base_url", provider.base_url);
    std::string apis = "[";
    for (const auto each : provider.apis) {
        if (apis.size() > 1) apis += ',';
        append_json_string(apis, recorded_api(each));
    }
    append_raw(out, "apis", apis + "]");
    append_raw(out, "ask_usage", provider.ask_usage ? "true" : "false");
    return out + "}";
}

/// What a call is translated to by a provider that does not speak the client's API.
std::optional<api> translated_protocol(const provider_settings& provider) {
    switch (provider.kind) {
        case kind::openai:
        case kind::azure:
            for (const auto each : provider.apis) {
                if (each == api::openai_chat || each == api::openai_responses) return each;
            }
            return api::openai_chat;
        case kind::anthropic:
            return api::anthropic_messages;
        case kind::gemini:
            return api::gemini;
        case kind::ollama:
            return api::ollama_chat;
        default:
            return std::nullopt;
    }
}

}  // namespace

std::optional<api> recording::protocol() const {
    const bool spoken = speaks(request.provider, request.client);
    return spoken ? request.client : translated_protocol(request.provider);
}

bool recording::is_document() const {
    return is_document_of(request.client, request.stream) &&
           speaks(request.provider, request.client);
}

bool is_recorded_ending(std::string_view word) {
    static constexpr std::array<std::string_view, 8> words{
        "whole", "left", "resolve", "connect", "connect_timeout", "tls", "broken", "internal"};
    return std::ranges::find(words, word) != words.end();
}

std::string recording_request_line(const recorded_request& request) {
    std::string out = "{";
    append_raw(out, "sluice_recording", std::to_string(format_version));
    append_member(out, "when", request.when);
    append_raw(out, "provider", provider_object(request.provider));
    append_member(out, "api", recorded_api(request.client));
    append_raw(out, "stream", request.stream ? "true" : "false");
    append_member(out, "model", request.model);
    append_member(out, "method", request.method);
    append_member(out, "url", request.url);
    append_headers(out, request.headers);
    const bool kept = request.body && request.body->size() <= recorded_body_bytes_max;
    if (kept) append_bytes(out, "body", "body_base64", *request.body);
    return out + "}\n";
}

std::string recording_head_line(double at, int status, const header_list& headers) {
    std::string out = "{";
    append_time(out, at);
    append_raw(out, "status", std::to_string(status));
    append_headers(out, headers);
    return out + "}\n";
}

void append_recording_read(std::string& out, double at, std::string_view bytes) {
    out += '{';
    append_time(out, at);
    append_bytes(out, "data", "base64", bytes);
    out += "}\n";
}

std::string recording_end_line(double at, std::string_view word, std::string_view message) {
    std::string out = "{";
    append_time(out, at);
    append_member(out, "end", word);
    if (!message.empty()) append_member(out, "message", message);
    return out + "}\n";
}

}  // namespace sluice::upstream
