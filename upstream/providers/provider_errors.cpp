#include "upstream/providers/provider_errors.hpp"

#include "upstream/providers/error_kinds.hpp"
#include "upstream/providers/json_read.hpp"
#include "upstream/providers/text.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

namespace sluice::upstream {

namespace {

using nlohmann::json;

constexpr std::size_t message_bytes_max =
    2048;                                    // for people; some providers quote the whole request
constexpr std::size_t word_bytes_max = 128;  // types, codes and parameters are words
constexpr std::size_t body_bytes_max = 64 * 1024;  // an error that is longer is none
constexpr std::size_t secret_bytes_min = 6;        // a shorter "key" occurs in ordinary words

std::string word(std::string_view text) {
    return clean_text(text, word_bytes_max);
}

std::string code_text(const json* code) {
    if (code == nullptr) return {};
    if (code->is_string()) return word(text_of(code));
    return code->is_number_integer() ? std::to_string(code->get<std::int64_t>()) : std::string();
}

int status_in(const json& object) {
    for (const char* key : {"status_code", "raw_status_code", "code", "status"}) {
        const auto status = find_count(object, key);
        if (status && *status >= 400 && *status < 600) return static_cast<int>(*status);
    }
    return 0;
}

/// FastAPI's `detail`: a text, or a list of `{loc, msg}`.
std::string_view detail_text(const json* detail) {
    if (detail == nullptr) return {};
    if (detail->is_array() && !detail->empty()) return find_text(detail->front(), "msg");
    if (detail->is_object()) return find_text(*detail, "message");
    return text_of(detail);
}

void replace_if(std::string& target, std::string value) {
    if (!value.empty()) target = std::move(value);
}

/// The level below: `error`, or watsonx.ai's list of `errors`, whose first counts.
const json* inner_level(const json& object) {
    const auto* list = find(object, "errors");
    if (list != nullptr && list->is_array() && !list->empty()) return &list->front();
    return find(object, "error");
}

/// Reads one level; what an inner level says replaces what an outer one said.
void read_level(const json& object, error_details& details) {
    for (const auto text :
         {detail_text(find(object, "detail")),
          find_text(object, "error_description"),
          find_text(object, "error"),
          find_text(object, "message")}) {
        replace_if(details.message, clean_text(text, message_bytes_max));
    }
    replace_if(details.type, word(find_text(object, "error_type")));
    replace_if(details.type, word(find_text(object, "type")));
    replace_if(details.code, code_text(find(object, "code")));
    replace_if(details.param, word(find_text(object, "param")));
    if (const int status = status_in(object)) details.status = status;
}

bool looks_like_credentials(const error_details& details) {
    const auto message = lower_case(details.message);
    const auto has = [&](std::string_view words) {
        return message.find(words) != std::string::npos;
    };
    return details.code == "invalid_api_key" || has("incorrect api key") ||
           has("invalid api key") || has("api key not valid");
}

std::string_view header(const header_list& headers, std::string_view name) {
    for (const auto& [key, value] : headers) {
        if (key == name) return trim(value);
    }
    return {};
}

/// A wait that is told in milliseconds as seconds, with a fraction where there is one; empty where
/// it is none.
std::string seconds_of(std::string_view milliseconds) {
    std::uint32_t whole = 0;
    const auto* const last = milliseconds.data() + milliseconds.size();
    const auto [end, problem] = std::from_chars(milliseconds.data(), last, whole);
    if (problem != std::errc()) return {};
    const auto count = std::uint64_t{whole} + (end == last ? 0 : 1);
    auto text = std::to_string(count / 1000);
    if (count % 1000 == 0) return text;
    auto fraction = std::to_string(1000 + count % 1000).substr(1);
    fraction.erase(fraction.find_last_not_of('0') + 1);
    return text + '.' + fraction;
}

bool is_letter_or_digit(char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/// A count of seconds, or a date as HTTP writes it.
bool may_be_wait(std::string_view text) {
    constexpr std::size_t date_bytes_max = 40;
    constexpr std::string_view number = "0123456789.";
    if (text.empty() || text.size() > date_bytes_max) return false;
    if (text.find_first_not_of(number) == std::string_view::npos) return true;
    const bool letters = std::ranges::all_of(text, [](char c) {
        return is_letter_or_digit(c) || c == ' ' || c == ',' || c == ':' || c == '-';
    });
    return letters && std::ranges::count(text, ':') == 2;
}

bool names_a_secret(std::string_view header_name) {
    const auto name = lower_case(header_name);
    return std::ranges::any_of(
        std::initializer_list<std::string_view>{"auth", "key", "token", "secret", "cookie"},
        [&](std::string_view part) { return name.find(part) != std::string::npos; }
    );
}

}  // namespace

error_details error_details_of(const json& body) {
    error_details details;
    const json* node = body.is_array() && !body.empty() ? &body.front() : &body;
    // Two levels of `error` are seen behind proxies; deeper is not looked for.
    for (int level = 0; level < 3 && node != nullptr && node->is_object(); ++level) {
        read_level(*node, details);
        node = inner_level(*node);
    }
    return details;
}

provider_errors::provider_errors(const provider_settings& provider, std::string_view client_key)
    : name_(provider.name), own_key_(!provider.client_key) {
    const auto keep = [this](std::string_view secret) {
        if (secret.size() >= secret_bytes_min) secrets_.emplace_back(secret);
    };
    keep(trim(provider.api_key));
    keep(trim(provider.bearer_token));
    keep(trim(provider.secret_access_key));
    keep(trim(provider.session_token));
    keep(trim(client_key));
    for (const auto& [header_name, value] : provider.headers) {
        // Behind a scheme, such as Bearer.
        const auto text = trim(value);
        if (names_a_secret(header_name)) keep(text.substr(text.find(' ') + 1));
    }
}

std::string provider_errors::subject() const {
    return name_.empty() ? std::string("the provider") : "the provider '" + name_ + "'";
}

std::string provider_errors::redact(std::string text) const {
    for (const auto& secret : secrets_) {
        for (auto at = text.find(secret); at != std::string::npos; at = text.find(secret, at)) {
            text.replace(at, secret.size(), "***");
            at += 3;
        }
    }
    return text;
}

/// What is told in milliseconds says the same more finely.
std::string provider_errors::retry_after_in(const header_list& headers) const {
    auto fine = seconds_of(header(headers, "retry-after-ms"));
    if (!fine.empty()) return fine;
    const std::string value(header(headers, "retry-after"));
    return may_be_wait(value) && redact(value) == value ? value : std::string();
}

failure provider_errors::describe(
    int status, const error_details& details, std::string_view fallback
) const {
    auto kind = error_kind_of(status, details.code, details.type, details.message);
    const bool credentials = status == 401 || status == 403 || looks_like_credentials(details);
    failure result;
    if (credentials && own_key_) {
        // Providers quote parts of the key here: none of their words goes on.
        result.status = 502;
        result.type = "upstream_error";
        result.code = "upstream_credentials";
        result.remedy = remedy::elsewhere;
        result.message = subject() + " refused the gateway's own credentials (HTTP " +
                         std::to_string(status) + ")";
        return result;
    }
    result.status = kind.status;
    result.type = kind.keeps_type && !details.type.empty() ? redact(details.type) : kind.type;
    result.retryable = kind.retryable;
    // Whose own key is refused is not answered at the gateway's expense.
    const bool client_refused = !own_key_ && (credentials || kind.about_key);
    result.remedy = client_refused ? remedy::none : kind.remedy;
    if (details.code != std::to_string(status)) result.code = redact(details.code);
    result.param = redact(details.param);
    result.message = redact(details.message);
    if (result.message.empty()) result.message = subject() + " " + std::string(fallback);
    return result;
}

failure provider_errors::refused(int status, const header_list& headers, std::string_view body)
    const {
    const auto parsed = parse_json(body.substr(0, body_bytes_max));
    const bool redirect = status >= 300 && status < 400;
    auto fallback = "answered with HTTP status " + std::to_string(status);
    if (redirect) fallback += ": redirect refused";
    const bool silent = redirect || parsed.is_discarded();
    auto result = describe(status, silent ? error_details() : error_details_of(parsed), fallback);
    const bool told_to_client = result.status == 429 || result.status == 503;
    if (told_to_client || result.remedy == remedy::again)
        result.retry_after = retry_after_in(headers);
    return result;
}

failure provider_errors::reported(const json& error) const {
    auto details = error_details_of(error);
    if (error.is_string()) details.message = clean_text(text_of(&error), message_bytes_max);
    const int status =
        details.status != 0 ? details.status : status_in_words(details.code, details.type);
    return describe(status, details, "reported an error within its answer");
}

failure provider_errors::reported(std::string_view text) const {
    const auto parsed = parse_json(text);
    if (!parsed.is_discarded()) return reported(parsed);
    return reported(json(clean_text(text, message_bytes_max)));
}

failure provider_errors::broken(outcome how, std::string_view message, bool retryable) const {
    failure result;
    result.outcome = how;
    result.type = "upstream_error";
    result.message = subject() + " " + redact(std::string(message));
    result.retryable = retryable;
    result.remedy = remedy::again;
    return result;
}

}  // namespace sluice::upstream
