#include "upstream/providers/iam_token.hpp"

#include "upstream/providers/json_read.hpp"
#include "upstream/providers/provider_errors.hpp"
#include "upstream/providers/text.hpp"
#include "upstream/providers/translation.hpp"

#include <algorithm>
#include <limits>
#include <optional>

namespace sluice::upstream {

namespace {

using namespace std::chrono_literals;
using std::chrono::seconds;

constexpr std::string_view public_url = "https://iam.cloud.ibm.com/identity/token";
constexpr std::string_view grant = "urn:ibm:params:oauth:grant-type:apikey";

constexpr std::size_t token_bytes_max = 16 * 1024;  // it goes into a header
constexpr std::size_t code_bytes_max = 32;
constexpr seconds life_max = 24h;  // a wrong figure must not pin a token for ever

bool is_token(std::string_view text) {
    const auto is_visible = [](char c) { return c > ' ' && c < '\x7F'; };
    return !text.empty() && text.size() <= token_bytes_max && std::ranges::all_of(text, is_visible);
}

std::optional<seconds> life_in(
    const nlohmann::json& answer, std::chrono::system_clock::time_point now
) {
    if (const auto life = find_count(answer, "expires_in")) {
        return seconds(std::min<std::int64_t>(*life, life_max.count()));
    }
    const auto end = find_count(answer, "expiration");
    if (!end) return {};
    const auto since_epoch = std::chrono::duration_cast<seconds>(now.time_since_epoch()).count();
    return seconds(std::min<std::int64_t>(*end - since_epoch, life_max.count()));
}

/// IAM's codes look like BXNIM0415E; anything else might quote the key.
std::string_view code_in(const nlohmann::json& answer) {
    const auto code = find_text(answer, "errorCode");
    const auto is_plain = [](char c) { return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'); };
    return code.size() <= code_bytes_max && std::ranges::all_of(code, is_plain)
               ? code
               : std::string_view();
}

failure no_token(const provider_settings& provider, std::string_view why) {
    failure result;
    result.type = "upstream_error";
    result.code = "upstream_credentials";
    result.remedy = remedy::elsewhere;
    result.message =
        "the provider '" + provider.name + "' got no access token: " + std::string(why);
    return result;
}

failure refused(
    const provider_settings& provider, int status, const header_list& headers, std::string_view body
) {
    auto why = "IAM answered with HTTP status " + std::to_string(status);
    const auto answer = parse_json(body);
    if (const auto code = code_in(answer); !code.empty()) why += " (" + std::string(code) + ")";
    auto result = no_token(provider, why);
    const bool busy = status == 408 || status == 429 || status >= 500;
    result.retryable = busy;
    if (!busy) return result;
    // Nothing is wrong with the key: it is as if the provider itself were busy.
    const auto judged = provider_errors(provider, {}).refused(status, headers, {});
    result.status = judged.status;
    result.type = judged.type;
    result.remedy = judged.remedy;
    result.retry_after = judged.retry_after;
    result.code.clear();
    return result;
}

}  // namespace

http_request make_iam_request(const provider_settings& provider) {
    http_request request;
    request.url = provider.iam_url.empty() ? std::string(public_url) : provider.iam_url;
    request.headers = {
        "Content-Type: application/x-www-form-urlencoded", "Accept: application/json"};
    request.body =
        "grant_type=" + percent_encode(grant) + "&apikey=" + percent_encode(trim(provider.api_key));
    return request;
}

boost::system::result<iam_token, failure> read_iam_answer(
    const provider_settings& provider,
    int status,
    const header_list& headers,
    std::string_view body,
    std::chrono::system_clock::time_point now
) {
    if (status != 200) return refused(provider, status, headers, body);
    const auto answer = parse_json(body);
    const auto token = find_text(answer, "access_token");
    const auto life = life_in(answer, now);
    if (!is_token(token) || !life || *life <= 0s) {
        auto result = no_token(provider, "IAM answered with something else");
        result.retryable = true;
        result.remedy = remedy::again;
        return result;
    }
    return iam_token{std::string(token), *life};
}

seconds iam_refresh_after(seconds life) {
    const auto margin = std::clamp<seconds>(life / 5, 60s, 600s);
    return std::max(life - margin, life / 2);
}

seconds iam_usable_for(seconds life) {
    return life - std::min<seconds>(life / 10, 30s);
}

}  // namespace sluice::upstream
