#include "gateway/telemetry/traces/otlp.hpp"

#include "gateway/telemetry/build_version.hpp"
#include "gateway/telemetry/traces/trace_context.hpp"
#include "upstream/json_members.hpp"

#include <algorithm>
#include <random>

namespace sluice::gateway::otlp {

namespace {

constexpr unsigned sampled = 1;
constexpr unsigned remoteness_known = 0x100;
constexpr unsigned parent_is_remote = 0x200;

/// Before 1970 it was never; a clock that says so is wrong.
std::string nanoseconds(span::time_point when) {
    const auto since = std::chrono::nanoseconds(when.time_since_epoch()).count();
    return '"' + std::to_string(std::max<std::int64_t>(since, 0)) + '"';
}

void append_text(std::string& out, std::string_view name, std::string_view value) {
    out.append(",\"").append(name).append("\":");
    upstream::append_json_string(out, value);
}

void append_event(std::string& out, const span& span) {
    out.append(R"(,"events":[{"timeUnixNano":)").append(nanoseconds(*span.event));
    append_text(out, "name", span.event_name);
    out += "}]";
}

void append_failure(std::string& out, std::string_view word) {
    out += R"(,"status":{"code":2)";
    if (!word.empty()) append_text(out, "message", word);
    out += '}';
}

}  // namespace

std::string encode(const span& span) {
    std::string out;
    out.reserve(1024);
    out.append(R"({"traceId":")").append(hex_text(span.trace_id));
    out.append(R"(","spanId":")").append(hex_text(span.id)).append(1, '"');
    if (!span.trace_state.empty()) append_text(out, "traceState", span.trace_state);
    if (span.parent != 0) append_text(out, "parentSpanId", hex_text(span.parent));
    const auto flags = sampled | remoteness_known | (span.parent_is_remote ? parent_is_remote : 0);
    out.append(",\"flags\":").append(std::to_string(flags));
    append_text(out, "name", span.name);
    out.append(",\"kind\":").append(std::to_string(static_cast<int>(span.kind)));
    out.append(",\"startTimeUnixNano\":").append(nanoseconds(span.began));
    out.append(",\"endTimeUnixNano\":").append(nanoseconds(std::max(span.began, span.ended)));
    out.append(",\"attributes\":").append(span.attributes.json());
    if (span.event) append_event(out, span);
    if (span.failed) append_failure(out, span.failure);
    return out += '}';
}

envelope make_envelope(std::string_view service_name, std::string_view instance) {
    attribute_list resource;
    resource.text("service.name", service_name);
    resource.text("service.version", build_version());
    resource.text("service.instance.id", instance);
    resource.text("telemetry.sdk.name", "sluice");
    resource.text("telemetry.sdk.language", "cpp");
    resource.text("telemetry.sdk.version", build_version());
    envelope made;
    made.head = R"({"resourceSpans":[{"resource":{"attributes":)" + resource.json() +
                R"(},"scopeSpans":[{"scope":{"name":"sluice","version":")";
    made.head.append(build_version()).append(R"("},"spans":[)");
    made.tail = "]}]}]}";
    return made;
}

std::string make_instance_id() {
    std::random_device device;
    const auto draw = [&] { return std::uint64_t{device()} << 32U | device(); };
    // Version 4, variant 1 (RFC 9562).
    const auto high = (draw() & ~std::uint64_t{0xF000}) | 0x4000U;
    const auto low = (draw() & ~(std::uint64_t{3} << 62U)) | std::uint64_t{2} << 62U;
    const auto digits = hex_text(high) + hex_text(low);
    return digits.substr(0, 8) + '-' + digits.substr(8, 4) + '-' + digits.substr(12, 4) + '-' +
           digits.substr(16, 4) + '-' + digits.substr(20);
}

}  // namespace sluice::gateway::otlp
