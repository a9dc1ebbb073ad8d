#pragma once

#include "gateway/telemetry/genai_names.hpp"

#include <string_view>

/// Attributes of spans besides those that spans and metrics share: of the GenAI conventions, of
/// OpenTelemetry's general ones, and the gateway's own.
namespace sluice::gateway::genai {

inline constexpr std::string_view request_temperature = "gen_ai.request.temperature";
inline constexpr std::string_view request_top_p = "gen_ai.request.top_p";
inline constexpr std::string_view request_top_k = "gen_ai.request.top_k";
inline constexpr std::string_view request_seed = "gen_ai.request.seed";
inline constexpr std::string_view request_stop_sequences = "gen_ai.request.stop_sequences";
inline constexpr std::string_view request_frequency_penalty = "gen_ai.request.frequency_penalty";
inline constexpr std::string_view request_presence_penalty = "gen_ai.request.presence_penalty";
inline constexpr std::string_view request_choice_count = "gen_ai.request.choice.count";

}  // namespace sluice::gateway::genai

namespace sluice::gateway::span_names {

// OpenTelemetry's general conventions.
inline constexpr std::string_view http_request_method = "http.request.method";
inline constexpr std::string_view http_response_status_code = "http.response.status_code";
inline constexpr std::string_view server_address = "server.address";
inline constexpr std::string_view server_port = "server.port";
inline constexpr std::string_view url_path = "url.path";
inline constexpr std::string_view url_scheme = "url.scheme";

// Ours.
inline constexpr std::string_view attempt = "sluice.attempt";
inline constexpr std::string_view attempts = "sluice.attempts";
inline constexpr std::string_view dialect = "sluice.dialect";
inline constexpr std::string_view discarded_tokens = "sluice.discarded_tokens";
inline constexpr std::string_view key = "sluice.key";
inline constexpr std::string_view outcome = "sluice.outcome";
inline constexpr std::string_view provider = "sluice.provider";
inline constexpr std::string_view request_id = "sluice.request_id";
inline constexpr std::string_view route = "sluice.route";
inline constexpr std::string_view stream = "sluice.stream";
inline constexpr std::string_view target = "sluice.target";
inline constexpr std::string_view upstream_request_id = "sluice.upstream_request_id";
inline constexpr std::string_view usage_estimated = "sluice.usage_estimated";
/// An event.
inline constexpr std::string_view first_token = "first_token";

}  // namespace sluice::gateway::span_names
