#include "upstream/providers/error_kinds.hpp"

#include <array>
#include <utility>

namespace sluice::upstream {

namespace {

/// Money is not back after a pause: asking again is of no use.
bool is_about_money(std::string_view code, std::string_view type) {
    for (const auto words : {code, type}) {
        if (words == "insufficient_quota" || words == "token_quota_reached" ||
            words.find("billing") != std::string_view::npos) {
            return true;
        }
    }
    return false;
}

error_kind client_fault(int status, std::string type) {
    return {.status = status, .type = std::move(type), .keeps_type = true};
}

error_kind server_fault(int status, std::string type, bool retryable) {
    return {.status = status, .type = std::move(type), .retryable = retryable};
}

}  // namespace

error_kind error_kind_of(int provider_status, std::string_view code, std::string_view type) {
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
            return server_fault(429, "rate_limit_error", !is_about_money(code, type));
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
