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

bool names_limit(std::string_view header) {
    return header.starts_with("x-ratelimit-") || header.starts_with("anthropic-ratelimit-");
}

/// A number, a duration or a date. Whatever else a provider puts there is not for the client.
bool is_limit(std::string_view value) {
    constexpr std::size_t bytes_max = 40;  // a date with fractions of a second has thirty
    const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
    if (value.empty() || value.size() > bytes_max || !is_digit(value.front())) return false;
    return std::ranges::all_of(value, [&](char c) {
        const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        return is_digit(c) || letter || c == '.' || c == ':' || c == '+' || c == '-';
    });
}

/// Visible characters, and no more than an id needs.
bool is_request_id(std::string_view value) {
    constexpr std::size_t bytes_max = 256;
    return !value.empty() && value.size() <= bytes_max &&
           std::ranges::all_of(value, [](char c) { return c > ' ' && c <= '~'; });
}

}  // namespace

void read_head(response_head& into, int status, const header_list& headers) {
    into.status = status;
    for (const auto& [name, value] : headers) {
        if (names_request(name)) {
            if (into.request_id.empty() && is_request_id(value)) into.request_id = value;
        } else if (names_limit(name) && is_limit(value)) {
            into.headers.emplace_back(name, value);
        }
    }
}

failure failure_of_transfer(transfer_error error, int status, std::string_view message) {
    failure reason;
    reason.type = "upstream_error";
    reason.retryable = true;
    reason.remedy = remedy::again;
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
            reason.remedy = remedy::elsewhere;
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
