#include "tests/hostile/documented_fields.hpp"

#include "tests/hostile/wire_case.hpp"

namespace sluice::hostile {
namespace {

using end_to_end::http_response;
using nlohmann::json;

std::vector<surface> made() {
    std::vector<surface> all;
    add_chat(all);
    add_openai(all);
    add_anthropic(all);
    add_gemini_and_ollama(all);
    return all;
}

bool says(const json& object, const char* key) {
    return object.is_object() && object.contains(key) && object[key].is_string() &&
           !object[key].get_ref<const std::string&>().empty();
}

bool has_native_shape(const json& error) {
    return says(error, "type") && says(error, "message") && error.contains("retryable") &&
           error["retryable"].is_boolean();
}

bool has_openai_shape(const json& error) {
    return says(error, "type") && says(error, "message") && error.contains("param") &&
           error.contains("code");
}

bool has_gemini_shape(const json& error, int status) {
    return says(error, "message") && says(error, "status") && error.value("code", 0) == status;
}

bool has_shape(const json& body, error_shape shape, int status) {
    const auto error = body.value("error", json());
    switch (shape) {
        case error_shape::native:
            return has_native_shape(error);
        case error_shape::openai:
            return has_openai_shape(error);
        case error_shape::anthropic:
            return body.value("type", "") == "error" && says(error, "type") &&
                   says(error, "message");
        case error_shape::gemini:
            return has_gemini_shape(error, status);
        case error_shape::ollama:
            return says(body, "error");
    }
    return false;
}

/// A string that stands in no body of ours.
constexpr const char* placeholder = "@@here@@";

}  // namespace

const std::vector<surface>& all_surfaces() {
    static const auto all = made();
    return all;
}

std::string complaint_about_shape(const surface& where, const http_response& answer) {
    const auto body = json::parse(answer.body, nullptr, false);
    if (!body.is_object()) return "no JSON object: " + printable(answer.body);
    if (!has_shape(body, where.shape, answer.status))
        return "not in this dialect's shape: " + printable(answer.body);
    if (answer.header("Content-Type").rfind("application/json", 0) != 0)
        return "the type is " + answer.header("Content-Type");
    return answer.has("X-Request-Id") ? "" : "no X-Request-Id";
}

std::string body_with(const surface& where, const std::string& pointer, const std::string& value) {
    auto body = where.body;
    body[json::json_pointer(pointer)] = placeholder;
    auto text = body.dump();
    const auto mark = json(placeholder).dump();
    return text.replace(text.find(mark), mark.size(), value);
}

texts operator+(texts left, const texts& right) {
    left.insert(left.end(), right.begin(), right.end());
    return left;
}

texts no_text() {
    return {"7", "true", "[]", "{}", "[\"x\"]"};
}

texts no_boolean() {
    return {"1", "0", "\"true\"", "\"\"", "[]", "{}"};
}

texts no_list() {
    return {"7", "\"x\"", "{}", "true"};
}

texts no_object() {
    return {"7", "\"x\"", "[]", "true"};
}

texts no_number(const texts& beyond) {
    return texts{"\"1\"", "true", "[]", "{}", "[1]"} + beyond;
}

texts no_integer(const texts& beyond) {
    return no_number(beyond) + texts{"1.5", "18446744073709551616"};
}

}  // namespace sluice::hostile
