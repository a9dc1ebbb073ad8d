#include "upstream/providers/error_kinds.hpp"

#include "upstream/providers/text.hpp"

#include <algorithm>
#include <array>
#include <span>
#include <utility>

namespace sluice::upstream {

namespace {

/// What a provider says of an error; `message` in lower case.
struct said {
    std::string_view code;
    std::string_view type;
    std::string_view message;
};

bool has_any(std::string_view text, std::span<const std::string_view> parts) {
    return std::ranges::any_of(parts, [&](std::string_view part) {
        return text.find(part) != std::string_view::npos;
    });
}

/// Money is not back after a pause: asking again is of no use.
bool is_about_money(const said& words) {
    static constexpr std::array<std::string_view, 5> names{
        "insufficient_quota",
        "token_quota_reached",     // watsonx.ai
        "exceeded_current_quota",  // Moonshot
        "insufficient_balance",
        "billing"};
    // Anthropic's come with status 400, and as if the request were at fault.
    static constexpr std::array<std::string_view, 4> phrases{
        "credit balance",
        "insufficient balance",
        "insufficient credit",
        "specified api usage limit"};
    return has_any(words.code, names) || has_any(words.type, names) ||
           has_any(words.message, phrases);
}

/// Not every provider says 404 of a model that it does not have.
bool is_about_unknown_model(const said& words) {
    static constexpr std::array<std::string_view, 6> names{
        "model_not_found",
        "model_not_supported",
        "model_decommissioned",  // Groq
        "unsupported_model",
        "unknown_model",
        "invalid_model"};
    static constexpr std::array<std::string_view, 7> phrases{
        "model not found",
        "model not exist",              // DeepSeek
        "model identifier is invalid",  // Bedrock
        "not a valid model",            // OpenRouter
        "no such model",
        "unknown model",
        "invalid model"};
    const auto said_of_it = [&](std::string_view part) {
        return words.message.find(part) != std::string_view::npos;
    };
    return has_any(words.code, names) || has_any(words.type, names) ||
           has_any(words.message, phrases) ||
           (said_of_it("the model") && said_of_it("does not exist"));
}

remedy remedy_of(int status, const said& words) {
    switch (status) {
        case 400:
        case 413:
        case 422:
            return is_about_money(words) || is_about_unknown_model(words) ? remedy::elsewhere
                                                                          : remedy::none;
        case 408:
        case 409:
        case 498:
            return remedy::again;
        case 429:
            return is_about_money(words) ? remedy::elsewhere : remedy::again;
        default:
            return status >= 500 ? remedy::again : remedy::elsewhere;
    }
}

error_kind client_fault(int status, std::string type) {
    return {.status = status, .type = std::move(type), .keeps_type = true};
}

error_kind server_fault(int status, std::string type, bool retryable) {
    return {.status = status, .type = std::move(type), .retryable = retryable};
}

/// What the client is told of a status.
error_kind told_of(int provider_status, bool money) {
    switch (provider_status) {
        case 400:
        case 413:
        case 422:
            return client_fault(provider_status, "invalid_request_error");
        case 404:
            return client_fault(404, "not_found_error");
        // Reached only where the key was the client's own.
        case 401:
            return client_fault(401, "authentication_error");
        case 403:
            return client_fault(403, "permission_error");
        case 429:
            return server_fault(429, "rate_limit_error", !money);
        case 409: {
            // Something else is under way with what the request names, and will be over.
            auto kind = client_fault(409, "conflict_error");
            kind.retryable = true;
            return kind;
        }
        case 402:
            return server_fault(502, "billing_error", false);
        case 408:
        case 504:
            return server_fault(504, "timeout_error", true);
        case 498:  // Groq: no capacity in the flexible tier
        case 503:
        case 529:
            return server_fault(503, "overloaded_error", true);
        case 501:
            return server_fault(502, "upstream_error", false);
        default:
            break;
    }
    return server_fault(502, "upstream_error", provider_status >= 500);
}

}  // namespace

error_kind error_kind_of(
    int provider_status, std::string_view code, std::string_view type, std::string_view message
) {
    const auto lower = lower_case(message);
    const said words{code, type, lower};
    const bool money = provider_status == 402 || is_about_money(words);
    auto kind = told_of(provider_status, money);
    kind.remedy = remedy_of(provider_status, words);
    const bool spent = money && kind.remedy == remedy::elsewhere;
    kind.about_key = provider_status == 401 || provider_status == 403 || spent;
    return kind;
}

int status_in_words(std::string_view code, std::string_view type) {
    struct meaning {
        std::string_view part;
        int status;
    };
    static constexpr std::array meanings{
        meaning{"insufficient_quota", 429},
        meaning{"token_quota_reached", 429},  // watsonx.ai
        meaning{"rate_limit", 429},
        meaning{"too_many_requests", 429},
        meaning{"billing", 402},
        meaning{"request_too_large", 413},
        meaning{"overloaded", 503},
        meaning{"unavailable", 503},
        meaning{"timeout", 504},
        meaning{"api_key", 401},
        meaning{"authentication", 401},
        meaning{"authorization", 403},  // watsonx.ai
        meaning{"permission", 403},
        meaning{"model_not_found", 404},
        meaning{"not_found", 404},
        meaning{"model_not_supported", 404},
        meaning{"context_length_exceeded", 400},
        meaning{"exceed_context_size", 400},
        meaning{"TOO_MANY_TOKENS", 400},  // Cohere
        meaning{"invalid_request", 400},
        meaning{"invalid_input", 400},
        meaning{"json_type_error", 400},
        meaning{"json_validation_error", 400},
        meaning{"model_no_support", 400},
        meaning{"BadRequest", 400},
    };
    for (const auto& [part, status] : meanings) {
        for (const auto words : {code, type}) {
            if (words.find(part) != std::string_view::npos) return status;
        }
    }
    return 502;
}

}  // namespace sluice::upstream
