#include "gateway/http/body_input.hpp"

#include "gateway/dialects/json_input.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace sluice::gateway {

namespace {

constexpr std::string_view mock_header = "x-mock-";
constexpr std::string_view mock_parameter = "mock_";

enum class body_type { json, unsaid, other };

std::string media_type(std::string_view value) {
    std::string type{value.substr(0, value.find(';'))};
    std::erase_if(type, [](char c) { return c == ' ' || c == '\t'; });
    for (char& c : type) {
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    }
    return type;
}

body_type classify(const http_request& request) {
    const auto header = request.header("content-type");
    const auto type = header ? media_type(*header) : std::string{};
    if (type == "application/json" || type.ends_with("+json")) return body_type::json;
    const bool unsaid =
        type.empty() || type == "text/plain" || type == "application/x-www-form-urlencoded";
    // A page's form can send these without a preflight, so they are taken from no page.
    return unsaid && !request.header("origin") ? body_type::unsaid : body_type::other;
}

upstream::failure wrong_type() {
    auto reason =
        bad_request("the body must be JSON: send it with -H 'Content-Type: application/json'");
    reason.status = 415;
    return reason;
}

/// Numbers and words of a query string as JSON would have them.
nlohmann::json parameter_value(const std::string& key, const std::string& text) {
    const bool textual = key == "prompt" || key == "system" || key == "model" || key == "user" ||
                         key == "stop" || key == "reasoning_effort";
    if (textual) return text;
    auto value = nlohmann::json::parse(text, nullptr, false);
    return value.is_discarded() || value.is_structured() ? nlohmann::json(text) : value;
}

}  // namespace

boost::system::result<decoded_request, upstream::failure> decode_body(
    http_request& request, const dialect& dialect, const said_in_path& path
) {
    const auto type = classify(request);
    if (type == body_type::other) return wrong_type();
    if (request.body.empty()) return bad_request("the request has no body");
    if (auto outlined = dialect.outline(request.body)) return std::move(*outlined);
    auto decoded = dialect.decode(std::move(request.body), path);
    if (!decoded && type == body_type::unsaid && decoded.error().code == invalid_json_code) {
        auto reason = decoded.error();
        reason.message += "; send JSON with -H 'Content-Type: application/json'";
        return reason;
    }
    return decoded;
}

boost::system::result<decoded_request, upstream::failure> decode_query(const http_request& request
) {
    nlohmann::json body = nlohmann::json::object();
    for (const auto& [key, value] : parse_query(request.query)) {
        const bool about_the_stream = key == "last_event_id" || key == "request";
        if (key.starts_with(mock_parameter) || about_the_stream) continue;
        if (body.contains(key)) return bad_request("the parameter '" + key + "' stands twice", key);
        body[key] = parameter_value(key, value);
    }
    if (!body.contains("prompt")) return bad_request("'prompt' is required", "prompt");
    body.erase("stream");
    try {
        return native_dialect().decode(body.dump());
    } catch (const nlohmann::json::exception&) {
        return bad_request("the query is not valid UTF-8");
    }
}

bool wants_document(const http_request& request) {
    const auto accept = request.header("accept");
    return accept && media_type(*accept) == "application/json" &&
           accept->find("text/event-stream") == std::string_view::npos;
}

std::optional<bool> asks_to_detach(const http_request& request) {
    const auto text = request.method == "POST" ? request.parameter("detach") : std::nullopt;
    return read_flag(text.value_or("false"));
}

std::map<std::string, std::string> mock_settings_of(const http_request& request) {
    std::map<std::string, std::string> settings;
    for (const auto& [key, value] : parse_query(request.query)) {
        if (!key.starts_with(mock_parameter)) continue;
        auto name = key.substr(mock_parameter.size());
        std::replace(name.begin(), name.end(), '_', '-');
        settings[name] = value;
    }
    for (const auto& [key, value] : request.headers) {
        if (key.starts_with(mock_header)) settings[key.substr(mock_header.size())] = value;
    }
    return settings;
}

}  // namespace sluice::gateway
