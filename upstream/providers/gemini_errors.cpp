#include "upstream/providers/gemini_errors.hpp"

#include "upstream/providers/json_read.hpp"
#include "upstream/providers/text.hpp"

#include <charconv>
#include <cstdint>

namespace sluice::upstream {

namespace {

using nlohmann::json;

constexpr std::size_t body_bytes_max = 64 * 1024;
constexpr std::size_t status_bytes_max = 64;

/// `{"error": {...}}`, alone or as the one element of an array.
const json* error_in(const json& body) {
    return find(body.is_array() && !body.empty() ? body.front() : body, "error");
}

/// The detail of a kind, by the end of its type's name.
const json* detail_in(const json& error, std::string_view kind) {
    const auto* details = find(error, "details");
    if (details == nullptr || !details->is_array()) return nullptr;
    for (const auto& each : *details) {
        if (find_text(each, "@type").ends_with(kind)) return &each;
    }
    return nullptr;
}

bool is_about_key(const json& error) {
    const auto* info = detail_in(error, "google.rpc.ErrorInfo");
    return info != nullptr && find_text(*info, "reason") == "API_KEY_INVALID";
}

/// "34.07s" as whole seconds, rounded up; empty where it is none.
std::string delay_of(const json& error) {
    const auto* info = detail_in(error, "google.rpc.RetryInfo");
    if (info == nullptr) return {};
    const auto text = find_text(*info, "retryDelay");
    std::uint32_t seconds = 0;
    const auto* end = text.data() + text.size();
    const auto [stop, problem] = std::from_chars(text.data(), end, seconds);
    if (problem != std::errc() || !text.ends_with('s')) return {};
    const bool fraction = *stop == '.';
    return std::to_string(std::uint64_t{seconds} + (fraction ? 1 : 0));
}

}  // namespace

failure refused_by_gemini(
    const provider_errors& errors, int status, const header_list& headers, std::string_view body
) {
    const auto parsed = parse_json(body.substr(0, body_bytes_max));
    const auto* error = error_in(parsed);
    if (error == nullptr) return errors.refused(status, headers, body);
    constexpr int unauthenticated = 401;
    auto result = errors.refused(is_about_key(*error) ? unauthenticated : status, headers, body);
    if (result.retryable && result.retry_after.empty()) result.retry_after = delay_of(*error);
    if (result.code.empty()) {
        result.code = clean_text(find_text(*error, "status"), status_bytes_max);
    }
    return result;
}

}  // namespace sluice::upstream
