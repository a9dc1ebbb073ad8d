#include "upstream/mock/provider_words.hpp"

#include <array>

namespace sluice::upstream::mock {
namespace {

constexpr auto openai_words = std::to_array<words>({
    {400,
     "invalid_request_error",
     "Invalid 'temperature': decimal above maximum value. Expected a value <= 2, but got 99.0 "
     "instead.",
     "decimal_above_max_value",
     "temperature"},
    {401,
     "invalid_request_error",
     "Incorrect API key provided: sk-mock****************0000. You can find your API key at "
     "https://platform.openai.com/account/api-keys.",
     "invalid_api_key"},
    {403,
     "request_forbidden",
     "Country, region, or territory not supported",
     "unsupported_country_region_territory"},
    {404,
     "invalid_request_error",
     "The model `@` does not exist or you do not have access to it.",
     "model_not_found"},
    {408, "invalid_request_error", "Request timed out."},
    {409,
     "invalid_request_error",
     "Another process is currently operating on this conversation. Please retry in a few seconds.",
     "conversation_locked"},
    {413,
     "invalid_request_error",
     "Maximum content size limit (26214400) exceeded (26214401 bytes read)"},
    {422, "invalid_request_error", "Unprocessable entity."},
    {429,
     "requests",
     "Rate limit reached for @ in organization org-mock on requests per min (RPM): Limit 500, Used "
     "500, Requested 1. Please try again in 120ms. Visit "
     "https://platform.openai.com/account/rate-limits to learn more.",
     "rate_limit_exceeded",
     "",
     "1"},
    {500,
     "server_error",
     "The server had an error while processing your request. Sorry about that!"},
    {502, "server_error", "Bad gateway."},
    {503,
     "service_unavailable_error",
     "Our servers are currently overloaded. Please try again later.",
     "server_is_overloaded",
     "",
     "1"},
    {504, "server_error", "Gateway timeout."},
    {529,
     "server_error",
     "The server is currently overloaded with other requests. Sorry about that! You can retry your "
     "request, or contact us through our help center at help.openai.com if the error persists."},
});

constexpr auto anthropic_words = std::to_array<words>({
    {400, "invalid_request_error", "temperature: range: 0..1"},
    {401, "authentication_error", "invalid x-api-key"},
    {402,
     "billing_error",
     "Your credit balance is too low to access the Anthropic API. Please go to Plans & Billing to "
     "upgrade or purchase credits."},
    {403,
     "permission_error",
     "Your API key does not have permission to use the specified resource."},
    {404, "not_found_error", "model: @"},
    {408, "timeout_error", "Request timed out"},
    {409, "invalid_request_error", "Conflict"},
    {413, "request_too_large", "Request exceeds the maximum size"},
    {422, "invalid_request_error", "messages.0: Input does not match the expected shape."},
    {429,
     "rate_limit_error",
     "This request would exceed your organization's rate limit of 50 requests per minute (org: "
     "00000000-0000-4000-8000-000000000000, model: @). For details, refer to: "
     "https://docs.claude.com/en/api/rate-limits. You can see the response headers for current "
     "usage. Please reduce the prompt length or the maximum tokens requested, or try again later. "
     "You may also contact sales at https://claude.com/contact-sales to discuss your options for a "
     "rate limit increase.",
     "",
     "",
     "1"},
    {500, "api_error", "Internal server error"},
    {502, "api_error", "Bad gateway"},
    {503, "api_error", "Service unavailable"},
    {504, "timeout_error", "Request timed out"},
    {529, "overloaded_error", "Overloaded"},
});

constexpr auto google_words = std::to_array<words>({
    {400,
     "invalid_request_error",
     "* GenerateContentRequest.contents: contents is not specified\n"},
    {401,
     "authentication_error",
     "Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie "
     "or other valid authentication credential. See "
     "https://developers.google.com/identity/sign-in/web/devconsole-project."},
    {403, "permission_error", "The caller does not have permission"},
    {404,
     "not_found_error",
     "models/@ is not found for API version v1beta, or is not supported for generateContent. Call "
     "ModelService.ListModels to see the list of available models and their supported methods."},
    {408, "timeout_error", "Request timed out."},
    {409, "invalid_request_error", "The operation was aborted."},
    {413, "invalid_request_error", "Request payload size exceeds the limit: 20971520 bytes."},
    {422, "invalid_request_error", "Request contains an invalid argument."},
    {429, "rate_limit_error", "Resource has been exhausted (e.g. check quota).", "", "", "1"},
    {500,
     "api_error",
     "An internal error has occurred. Please retry or report in "
     "https://developers.generativeai.google/guide/troubleshooting"},
    {502, "api_error", "Bad Gateway"},
    {503, "overloaded_error", "The model is overloaded. Please try again later."},
    {504, "timeout_error", "Deadline expired before operation could complete."},
    {529, "overloaded_error", "The model is overloaded. Please try again later."},
});

constexpr auto ollama_words = std::to_array<words>({
    {400, "invalid_request_error", "\"@\" does not support tools"},
    {401, "authentication_error", "unauthorized"},
    {403, "permission_error", "forbidden"},
    {404, "not_found_error", "model '@' not found"},
    {408, "timeout_error", "request timeout"},
    {413, "request_too_large", "http: request body too large"},
    {429, "rate_limit_error", "too many requests"},
    {500, "api_error", "llama runner process has terminated: exit status 2"},
    {502, "api_error", "bad gateway"},
    {503, "overloaded_error", "server busy, please try again.  maximum pending requests exceeded"},
    {504, "timeout_error", "timed out waiting for llama runner to start"},
});

}  // namespace

provider provider_of(api api) {
    switch (api) {
        case api::openai_chat:
        case api::openai_completions:
        case api::openai_responses:
        case api::openai_embeddings:
            return provider::openai;
        case api::anthropic_messages:
        case api::anthropic_count_tokens:
            return provider::anthropic;
        case api::gemini:
            return provider::google;
        case api::ollama_chat:
        case api::ollama_generate:
            return provider::ollama;
        case api::native:
        case api::ui_messages:
            break;
    }
    return provider::none;
}

std::span<const words> words_of(provider provider) {
    switch (provider) {
        case provider::openai:
            return openai_words;
        case provider::anthropic:
            return anthropic_words;
        case provider::google:
            return google_words;
        case provider::ollama:
            return ollama_words;
        case provider::none:
            break;
    }
    return {};
}

}  // namespace sluice::upstream::mock
