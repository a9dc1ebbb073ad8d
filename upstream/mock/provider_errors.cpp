#include "upstream/mock/provider_errors.hpp"

#include "upstream/mock/cuts.hpp"
#include "upstream/mock/provider_words.hpp"
#include "upstream/providers/error_kinds.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace sluice::upstream::mock {
namespace {

std::string with_model(std::string_view text, std::string_view model) {
    std::string out;
    for (const char c : text) {
        if (c == '@')
            out += whole_characters(model, model_bytes_max);
        else
            out += c;
    }
    return out;
}

failure with_remedy(failure why) {
    why.remedy = error_kind_of(why.status, why.code, why.type, why.message).remedy;
    return why;
}

/// In the gateway's own words: for its own APIs, and for a status of which no provider says more.
failure asked_for(int status) {
    constexpr std::array<std::pair<int, std::string_view>, 8> types{{
        {401, "authentication_error"},
        {403, "permission_error"},
        {404, "not_found_error"},
        {408, "timeout_error"},
        {413, "request_too_large"},
        {429, "rate_limit_error"},
        {504, "timeout_error"},
        {529, "overloaded_error"},
    }};
    failure out;
    out.status = status;
    out.type = status < 500 ? "invalid_request_error" : "api_error";
    for (const auto& [number, type] : types) {
        if (number == status) out.type = type;
    }
    out.message = "X-Mock-Error asked for status " + std::to_string(status);
    if (status == 429) out.retry_after = "1";
    return with_remedy(std::move(out));
}

}  // namespace

failure provider_failure(int status, api api, std::string_view model) {
    const auto all = words_of(provider_of(api));
    const auto said = std::ranges::find(all, status, &words::status);
    if (said == all.end()) return asked_for(status);
    failure out;
    out.status = status;
    out.type = said->type;
    out.message = with_model(said->message, model);
    out.code = said->code;
    out.param = said->param;
    out.retry_after = said->retry_after;
    return with_remedy(std::move(out));
}

failure quota_failure(api api, std::string_view model) {
    failure out = provider_failure(429, api, model);
    out.retry_after.clear();
    out.remedy = remedy::elsewhere;
    switch (provider_of(api)) {
        case provider::openai:
            out.type = out.code = "insufficient_quota";
            out.message =
                "You exceeded your current quota, please check your plan and billing details. For "
                "more information on this error, read the docs: "
                "https://platform.openai.com/docs/guides/error-codes/api-errors.";
            break;
        case provider::anthropic:
            return provider_failure(402, api, model);
        case provider::google:
            out.message =
                "You exceeded your current quota, please check your plan and billing details. For "
                "more information on this error, head to: "
                "https://ai.google.dev/gemini-api/docs/rate-limits.";
            break;
        case provider::ollama:
            out.message =
                "you (mock) have reached your session usage limit, upgrade for higher limits: "
                "https://ollama.com/upgrade";
            break;
        case provider::none:
            break;
    }
    return out;
}

failure overloaded_in_stream(api api) {
    switch (provider_of(api)) {
        case provider::openai:
            return provider_failure(api == api::openai_responses ? 503 : 500, api, {});
        case provider::anthropic:
            return provider_failure(529, api, {});
        case provider::google:
        case provider::ollama:
            return provider_failure(503, api, {});
        case provider::none:
            break;
    }
    failure out = asked_for(529);
    out.message = "X-Mock-Error asked for an overload in the stream";
    return out;
}

header_list provider_error_headers(const failure& failure, api api, std::optional<double> wait_s) {
    const int status = failure.status;
    const bool passes = status == 408 || status == 409 || status == 429 || status >= 500;
    const bool worth_it = passes && !(status == 429 && failure.retry_after.empty());
    header_list out;
    switch (provider_of(api)) {
        case provider::openai:
            if (wait_s)
                out.emplace_back("retry-after-ms", whole(*wait_s * 1000));
            else if (!failure.retry_after.empty())
                out.emplace_back("retry-after-ms", failure.retry_after + "000");
            if (status == 429) out.emplace_back("x-should-retry", worth_it ? "true" : "false");
            break;
        case provider::anthropic:
            out.emplace_back("x-should-retry", worth_it ? "true" : "false");
            break;
        default:
            break;
    }
    return out;
}

}  // namespace sluice::upstream::mock
