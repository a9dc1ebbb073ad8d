#include "upstream/routing/answers.hpp"

#include <algorithm>
#include <array>
#include <string>

namespace sluice::upstream {

namespace {

/// What providers call the id of a request.
bool names_request(std::string_view header) {
    static constexpr std::array<std::string_view, 6> names{
        "x-request-id",
        "request-id",
        "apim-request-id",
        "x-global-transaction-id",
        "x-amzn-requestid",
        "x-generation-id"};
    return std::ranges::find(names, header) != names.end();
}

bool tells_limits(std::string_view header) {
    return header.starts_with("x-ratelimit-") || header.starts_with("anthropic-ratelimit-");
}

}  // namespace

void read_head(response_head& into, int status, const header_list& headers) {
    into.status = status;
    for (const auto& [name, value] : headers) {
        if (names_request(name)) {
            if (into.request_id.empty()) into.request_id = value;
        } else if (tells_limits(name)) {
            into.headers.emplace_back(name, value);
        }
    }
}

failure failure_of_transfer(transfer_error error, int status, std::string_view message) {
    failure reason;
    reason.type = "upstream_error";
    reason.retryable = true;
    reason.message = "the provider could not be reached: ";
    switch (error) {
        case transfer_error::connect_timeout:
            reason.status = 504;
            reason.type = "timeout_error";
            break;
        case transfer_error::broken:
            reason.outcome = status == 0 ? outcome::upstream_error : outcome::upstream_eof;
            reason.message = "the provider's answer broke off: ";
            break;
        case transfer_error::tls:
        case transfer_error::internal:
            reason.retryable = false;
            break;
        case transfer_error::none:
        case transfer_error::resolve:
        case transfer_error::connect:
            break;
    }
    reason.message += message;
    return reason;
}

}  // namespace sluice::upstream
