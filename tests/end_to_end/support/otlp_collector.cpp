#include "tests/end_to_end/support/otlp_collector.hpp"

#include <algorithm>
#include <csignal>
#include <initializer_list>
#include <regex>
#include <string_view>

namespace sluice::end_to_end {
namespace {

using nlohmann::json;

[[noreturn]] void refuse(const std::string& what, const json& value) {
    throw harness_error("no OTLP: " + what + ": " + value.dump().substr(0, 500));
}

/// Nothing but these fields, and these of them.
void check_fields(
    const json& message,
    std::initializer_list<std::string_view> required,
    std::initializer_list<std::string_view> optional = {}
) {
    if (!message.is_object()) refuse("no message", message);
    for (const auto name : required) {
        if (!message.contains(name)) refuse("without " + std::string(name), message);
    }
    const auto known = [&](std::string_view name) {
        return std::ranges::find(required, name) != required.end() ||
               std::ranges::find(optional, name) != optional.end();
    };
    for (const auto& field : message.items()) {
        if (!known(field.key())) refuse("unknown field " + field.key(), message);
    }
}

void check_text(const json& message, const char* name, const char* form) {
    const auto& value = message.at(name);
    if (!value.is_string() || !std::regex_match(value.get<std::string>(), std::regex(form)))
        refuse(std::string(name) + " is malformed", message);
}

void check_any_value(const json& value) {
    if (!value.is_object() || value.size() != 1) refuse("no value", value);
    const auto& kind = value.begin().key();
    const auto& held = value.begin().value();
    bool right = false;
    if (kind == "stringValue") right = held.is_string();
    if (kind == "boolValue") right = held.is_boolean();
    if (kind == "doubleValue") right = held.is_number();
    if (kind == "intValue")
        right = held.is_string() && std::regex_match(held.get<std::string>(), std::regex("-?\\d+"));
    if (kind == "arrayValue") {
        check_fields(held, {"values"});
        for (const auto& one : held.at("values"))
            check_any_value(one);
        right = true;
    }
    if (!right) refuse("the value is malformed", value);
}

void check_attributes(const json& list) {
    if (!list.is_array()) refuse("no attributes", list);
    for (const auto& one : list) {
        check_fields(one, {"key", "value"});
        check_text(one, "key", "[a-z_.]+");
        check_any_value(one.at("value"));
        const auto same = [&](const json& other) { return other.at("key") == one.at("key"); };
        if (std::ranges::count_if(list, same) != 1) refuse("twice " + one.at("key").dump(), list);
    }
}

void check_span(const json& span) {
    check_fields(
        span,
        {"traceId", "spanId", "name", "kind", "startTimeUnixNano", "endTimeUnixNano", "attributes"},
        {"traceState", "parentSpanId", "flags", "events", "status"}
    );
    check_text(span, "traceId", "[0-9a-f]{32}");
    check_text(span, "spanId", "[0-9a-f]{16}");
    if (span.contains("parentSpanId")) check_text(span, "parentSpanId", "[0-9a-f]{16}");
    check_text(span, "startTimeUnixNano", "[1-9][0-9]{18}");
    check_text(span, "endTimeUnixNano", "[1-9][0-9]{18}");
    if (span.at("startTimeUnixNano") > span.at("endTimeUnixNano")) refuse("ends too early", span);
    if (span.at("kind") != 2 && span.at("kind") != 3) refuse("of no such kind", span);
    if (!span.value("flags", json(0)).is_number_unsigned()) refuse("flags are malformed", span);
    check_attributes(span.at("attributes"));
    for (const auto& event : span.value("events", json::array())) {
        check_fields(event, {"timeUnixNano", "name"}, {"attributes"});
        check_text(event, "timeUnixNano", "[1-9][0-9]{18}");
    }
    if (span.contains("status")) check_fields(span.at("status"), {"code"}, {"message"});
}

}  // namespace

std::vector<json> read_export(const json& body) {
    std::vector<json> spans;
    check_fields(body, {"resourceSpans"});
    for (const auto& of_resource : body.at("resourceSpans")) {
        check_fields(of_resource, {"resource", "scopeSpans"});
        check_fields(of_resource.at("resource"), {"attributes"});
        check_attributes(of_resource.at("resource").at("attributes"));
        for (const auto& of_scope : of_resource.at("scopeSpans")) {
            check_fields(of_scope, {"scope", "spans"});
            check_fields(of_scope.at("scope"), {"name", "version"});
            for (const auto& span : of_scope.at("spans")) {
                check_span(span);
                spans.push_back(span);
            }
        }
    }
    return spans;
}

json attribute(const json& span, const std::string& name) {
    for (const auto& one : span.at("attributes")) {
        if (one.at("key") == name) return one.at("value").begin().value();
    }
    return nullptr;
}

std::string otlp_collector::configuration(const std::string& more) const {
    return "telemetry: {traces: {endpoint: \"http://127.0.0.1:" + std::to_string(port()) + "\"" +
           (more.empty() ? "" : ", " + more) + "}}";
}

std::vector<json> otlp_collector::expect_spans(std::size_t count) {
    std::vector<json> spans;
    while (spans.size() < count) {
        const auto request = server_.expect_request();
        ++fetched_;
        if (request.method != "POST" || request.target != "/v1/traces")
            throw harness_error("no export: " + request.method + " " + request.target);
        for (auto& span : read_export(request.json()))
            spans.push_back(std::move(span));
    }
    std::ranges::stable_sort(spans, {}, [](const json& span) {
        return span.at("startTimeUnixNano").get<std::string>();
    });
    return spans;
}

std::vector<json> otlp_collector::spans_of(gateway_process& gateway) {
    gateway.signal(SIGTERM);
    if (gateway.wait_exit() != 0) throw harness_error("the gateway did not end in order");
    std::vector<json> spans;
    while (fetched_ < server_.calls()) {
        for (auto& span : expect_spans(1))
            spans.push_back(std::move(span));
    }
    return spans;
}

}  // namespace sluice::end_to_end
