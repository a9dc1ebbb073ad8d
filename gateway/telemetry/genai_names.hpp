#pragma once

#include "upstream/generation.hpp"

#include <string>
#include <string_view>

/// The names of OpenTelemetry's GenAI semantic conventions (of August 2026), for metrics and spans.
/// They are still being changed there: this is the one place where they stand.
namespace sluice::gateway::genai {

// Attributes. As labels of metrics they have underscores for dots, see `underscored`.
inline constexpr std::string_view operation_name = "gen_ai.operation.name";
inline constexpr std::string_view provider_name = "gen_ai.provider.name";
inline constexpr std::string_view request_model = "gen_ai.request.model";
inline constexpr std::string_view request_stream = "gen_ai.request.stream";
inline constexpr std::string_view request_max_tokens = "gen_ai.request.max_tokens";
inline constexpr std::string_view response_id = "gen_ai.response.id";
inline constexpr std::string_view response_model = "gen_ai.response.model";
inline constexpr std::string_view response_finish_reasons = "gen_ai.response.finish_reasons";
inline constexpr std::string_view response_time_to_first_chunk =
    "gen_ai.response.time_to_first_chunk";
inline constexpr std::string_view token_type = "gen_ai.token.type";
inline constexpr std::string_view usage_input_tokens = "gen_ai.usage.input_tokens";
inline constexpr std::string_view usage_output_tokens = "gen_ai.usage.output_tokens";
inline constexpr std::string_view usage_cache_read = "gen_ai.usage.cache_read.input_tokens";
inline constexpr std::string_view usage_cache_write = "gen_ai.usage.cache_write.input_tokens";
inline constexpr std::string_view usage_reasoning = "gen_ai.usage.reasoning.output_tokens";
inline constexpr std::string_view input_messages = "gen_ai.input.messages";
inline constexpr std::string_view output_messages = "gen_ai.output.messages";
inline constexpr std::string_view error_type = "error.type";

// Metrics: what clients are served with is `server`, each attempt at a provider is `client`.
inline constexpr std::string_view client_token_usage = "gen_ai.client.token.usage";
inline constexpr std::string_view client_duration = "gen_ai.client.operation.duration";
inline constexpr std::string_view client_first_chunk =
    "gen_ai.client.operation.time_to_first_chunk";
inline constexpr std::string_view client_output_chunk =
    "gen_ai.client.operation.time_per_output_chunk";
inline constexpr std::string_view server_duration = "gen_ai.server.request.duration";
inline constexpr std::string_view server_first_token = "gen_ai.server.time_to_first_token";
inline constexpr std::string_view server_output_token = "gen_ai.server.time_per_output_token";

// Values of `token_type`.
inline constexpr std::string_view input = "input";
inline constexpr std::string_view output = "output";

/// What a request of this client protocol asks for, as a value of `operation_name`.
std::string_view operation_of(upstream::api api);

/// Who serves it, as a value of `provider_name`, from upstream::vendor_of. Whom the conventions
/// don't know keeps the configuration's word.
std::string_view provider_of(std::string_view vendor);

/// An attribute's or a metric's name as Prometheus has it: `gen_ai_operation_name`.
std::string underscored(std::string_view name);

}  // namespace sluice::gateway::genai
