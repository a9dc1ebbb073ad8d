#include "gateway/admission/estimate.hpp"

#include <algorithm>
#include <cstddef>

namespace sluice::gateway {

namespace {

constexpr std::int64_t bytes_per_token = 4;
constexpr std::int64_t media_tokens = 85;  // as the mock and the APIs' smallest pictures have it
/// Shorter ones may be words, and weigh little either way.
constexpr std::size_t media_bytes_min = 512;

/// Where the JSON text that begins behind `at` ends: at its quote, or with the body.
std::size_t end_of_text(std::string_view body, std::size_t at) {
    for (; at < body.size() && body[at] != '"'; ++at) {
        if (body[at] == '\\') ++at;
    }
    return std::min(at, body.size());
}

/// Base64 has no spaces, and no text of that length goes without.
bool is_media(std::string_view text) {
    if (text.size() < media_bytes_min) return false;
    const auto tail = text.substr(text.size() - media_bytes_min / 2);
    return std::ranges::all_of(tail, [](char c) {
        return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
               c == '+' || c == '/' || c == '-' || c == '_' || c == '=';
    });
}

}  // namespace

std::int64_t estimated_tokens(std::string_view body) {
    std::int64_t bytes = 0;
    std::int64_t media = 0;
    for (std::size_t at = 0; at < body.size();) {
        const auto quote = std::min(body.find('"', at), body.size());
        const auto begin = std::min(quote + 1, body.size());
        const auto end = end_of_text(body, begin);
        const auto text = body.substr(begin, end - begin);
        bytes += static_cast<std::int64_t>(quote - at);
        if (is_media(text))
            ++media;
        else
            bytes += static_cast<std::int64_t>(text.size());
        at = end + 1;
    }
    return bytes / bytes_per_token + media * media_tokens + 1;
}

}  // namespace sluice::gateway
