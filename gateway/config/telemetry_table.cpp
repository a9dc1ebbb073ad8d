#include "gateway/config/headers_value.hpp"
#include "gateway/config/rules.hpp"
#include "gateway/config/tables.hpp"
#include "gateway/config/values.hpp"

namespace sluice::gateway {

namespace {

complaint check_service_name(std::string& name) {
    if (name.empty() || name.size() > 255) return "must have 1 to 255 characters";
    return std::nullopt;
}

const section<trace_settings>& trace_table() {
    static const section<trace_settings> table{
        {},
        {make_field<trace_settings>(
             "endpoint",
             "Where spans go, an OTLP/HTTP collector; /v1/traces is appended.",
             &trace_settings::endpoint,
             text_value{check_base_url, "^https?://[^?#@\\s]+$"},
             true
         ),
         make_field<trace_settings>(
             "headers", "Sent with every export.", &trace_settings::headers, headers_value{}
         ),
         make_field<trace_settings>(
             "service_name",
             "What the gateway is called in its spans.",
             &trace_settings::service_name,
             text_value{check_service_name}
         ),
         make_field<trace_settings>(
             "sample",
             "Share of the requests that begin a trace here.",
             &trace_settings::sample,
             number_value{0, 1}
         ),
         make_field<trace_settings>(
             "trust_parent",
             "Whether a caller decides if a trace that it began is sampled.",
             &trace_settings::trust_parent,
             flag_value{}
         ),
         make_field<trace_settings>(
             "content",
             "Whether spans bear prompts and answers.",
             &trace_settings::content,
             flag_value{}
         ),
         make_field<trace_settings>(
             "queue",
             "How many spans of a worker wait at most; more are dropped, and counted.",
             &trace_settings::queue,
             integer_value{1, 1'000'000}
         )}};
    return table;
}

/// There are none without an endpoint: nothing to show, and no default to fall back on.
field<telemetry_settings> traces_field() {
    auto made = make_field<telemetry_settings>(
        "traces",
        "Spans of OpenTelemetry; without it, none are made.",
        &telemetry_settings::traces,
        object_value<trace_settings>{&trace_table()}
    );
    made.schema = [](const telemetry_settings&) { return schema_of(trace_table()); };
    made.write = [write = made.write](const telemetry_settings& from) {
        return from.traces.endpoint.empty() ? json() : write(from);
    };
    return made;
}

}  // namespace

const section<telemetry_settings>& telemetry_table() {
    static const section<telemetry_settings> table{
        {},
        {make_field<telemetry_settings>(
             "histograms",
             "Latencies of tokens and streams in /metrics.",
             &telemetry_settings::histograms,
             flag_value{}
         ),
         make_field<telemetry_settings>(
             "server_timing",
             "Server-Timing on answers, and the same in the native 'done'.",
             &telemetry_settings::server_timing,
             flag_value{}
         ),
         traces_field()}};
    return table;
}

}  // namespace sluice::gateway
