#include "upstream/mock/cuts.hpp"
#include "upstream/mock/provider_errors.hpp"
#include "upstream/mock/provider_words.hpp"

#include <algorithm>
#include <cmath>

namespace sluice::upstream::mock {
namespace {

/// `30,000`, as Anthropic writes numbers.
std::string with_commas(std::int64_t number) {
    std::string out = std::to_string(number);
    for (std::size_t at = out.size(); at > 3;) {
        at -= 3;
        out.insert(at, ",");
    }
    return out;
}

std::string openai_limit(const limit_reached& limit, std::string_view model) {
    const std::string requested = ", Requested " + std::to_string(limit.requested) + ". ";
    const std::string visit =
        " Visit https://platform.openai.com/account/rate-limits to learn more.";
    std::string out = limit.never_fits ? "Request too large for " : "Rate limit reached for ";
    out += std::string(model) + " in organization org-mock on ";
    out += limit.tokens ? "tokens per min (TPM): Limit " : "requests per min (RPM): Limit ";
    out += std::to_string(limit.limit);
    if (limit.never_fits)
        return out + requested +
               "The input or output tokens must be reduced in order to run successfully." + visit;
    return out + ", Used " + std::to_string(limit.used) + requested + "Please try again in " +
           duration_text(limit.wait_s) + "." + visit;
}

std::string anthropic_limit(const limit_reached& limit, std::string_view model) {
    return "This request would exceed your organization's rate limit of " +
           with_commas(limit.limit) + (limit.tokens ? " input tokens" : " requests") +
           " per minute (org: 00000000-0000-4000-8000-000000000000, model: " + std::string(model) +
           "). For details, refer to: https://docs.claude.com/en/api/rate-limits. You can see the "
           "response headers for current usage. Please reduce the prompt length or the maximum "
           "tokens requested, or try again later. You may also contact sales at "
           "https://claude.com/contact-sales to discuss your options for a rate limit increase.";
}

std::string google_limit(const limit_reached& limit, std::string_view model) {
    const std::string metric = limit.tokens ? "input_token_count" : "requests";
    return "You exceeded your current quota, please check your plan and billing details. For more "
           "information on this error, head to: https://ai.google.dev/gemini-api/docs/rate-limits. "
           "\n* Quota exceeded for metric: "
           "generativelanguage.googleapis.com/generate_content_free_tier_" +
           metric + ", limit: " + std::to_string(limit.limit) + ", model: " + std::string(model) +
           "\nPlease retry in " + duration_text(limit.wait_s) + ".";
}

std::string plain_limit(const limit_reached& limit) {
    return "the mock model's limit of " + std::to_string(limit.limit) +
           (limit.tokens ? " tokens" : " requests") +
           " per minute is reached: " + std::to_string(limit.used) + " used, " +
           std::to_string(limit.requested) + " asked for";
}

}  // namespace

std::string whole(double number) {
    return std::to_string(std::max<std::int64_t>(1, std::llround(std::ceil(number - 1e-6))));
}

failure limit_failure(const limit_reached& limit, api api, std::string_view model) {
    failure out = provider_failure(429, api, model);
    model = whole_characters(model, model_bytes_max);
    out.retry_after = limit.never_fits ? "" : whole(limit.wait_s);
    if (limit.never_fits) out.remedy = remedy::elsewhere;
    switch (provider_of(api)) {
        case provider::openai:
            out.type = limit.tokens ? "tokens" : "requests";
            out.message = openai_limit(limit, model);
            break;
        case provider::anthropic:
            out.message = anthropic_limit(limit, model);
            break;
        case provider::google:
            out.message = google_limit(limit, model);
            break;
        case provider::ollama:
            break;
        case provider::none:
            out.message = plain_limit(limit);
            break;
    }
    return out;
}

std::string duration_text(double seconds) {
    // So much is for ever; and it keeps what is no number out of the arithmetic.
    constexpr double most_s = 1e9;
    const double bounded = seconds > 0 ? std::min(seconds, most_s) : 0;
    // A sum of fractions may be a whole number of milliseconds and a hair.
    std::int64_t ms = std::llround(std::ceil(bounded * 1000 - 1e-6));
    if (ms <= 0) return "0s";
    if (ms < 1000) return std::to_string(ms) + "ms";
    const std::int64_t hours = ms / 3'600'000;
    const std::int64_t minutes = ms / 60'000 % 60;
    std::string out;
    if (hours > 0) out += std::to_string(hours) + "h";
    if (hours > 0 || minutes > 0) out += std::to_string(minutes) + "m";
    ms %= 60'000;
    out += std::to_string(ms / 1000);
    std::string fraction = std::to_string(1000 + ms % 1000).substr(1);
    fraction.erase(fraction.find_last_not_of('0') + 1);
    if (!fraction.empty()) out += "." + fraction;
    return out + "s";
}

}  // namespace sluice::upstream::mock
