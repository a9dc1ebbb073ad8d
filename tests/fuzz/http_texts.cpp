// The small texts of HTTP: queries, escapes, positions, signed URLs, presented keys, cookies. None
// is read beyond its end, and what is read can be written again and read the same.
//
// Input: any text.

#include "gateway/admission/keys.hpp"
#include "gateway/admission/page_session.hpp"
#include "gateway/admission/signed_url.hpp"
#include "gateway/http/message.hpp"
#include "gateway/streams/stream_id.hpp"
#include "tests/fuzz/check.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace {

using namespace sluice::gateway;

std::string escaped(std::string_view text) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string out;
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        out.append("%") += digits[byte >> 4U];
        out += digits[byte & 15U];
    }
    return out;
}

void check_query(const std::string& text) {
    const auto read = parse_query(text);
    std::string again;
    for (const auto& [name, value] : read)
        again.append(escaped(name)).append("=").append(escaped(value)).append("&");
    const auto read_again = parse_query(again);
    // A parameter without a name and a value is one all the same.
    FUZZ_CHECK(read_again == read);
    http_request request;
    request.query = text;
    for (const auto& [name, value] : read)
        FUZZ_CHECK(request.parameter(name).has_value());
    FUZZ_CHECK(percent_decode(escaped(text), true) == text);
    FUZZ_CHECK(percent_decode(text, false).size() <= text.size());
}

void check_header(const std::string& text) {
    const auto shown = header_text(text);
    FUZZ_CHECK(shown.size() <= 200);
    FUZZ_CHECK(std::all_of(shown.begin(), shown.end(), [](char c) { return c > ' ' && c < 0x7f; }));
    std::string head;
    append_head(head, 200, {{"X-Value", text}, {text, "value"}});
    FUZZ_CHECK(head.find("\r\n\r\n") == head.size() - 4);
    FUZZ_CHECK(head.find('\0') == std::string::npos);
    FUZZ_CHECK(std::count(head.begin(), head.end(), '\n') <= 4);
}

void check_position(std::string_view text) {
    const auto position = parse_position(text);
    if (!position) return;
    FUZZ_CHECK(position->id.empty() || worker_of(position->id));
    const auto written =
        (position->id.empty() ? "" : position->id + "/") + std::to_string(position->sequence);
    const auto again = parse_position(written);
    FUZZ_CHECK(again && again->id == position->id && again->sequence == position->sequence);
}

/// Nobody guesses a signature, and any time can be looked at.
void check_signature(const std::string& text) {
    using clock = std::chrono::system_clock;
    const url_signer signer("a secret of the gateway's own, long enough");
    const auto expires = clock::time_point(std::chrono::hours(500'000));
    const auto now = expires - std::chrono::hours(1);
    const auto url = signer.sign("1-abcdefghijklmnopqrstuv", expires);
    http_request request;
    request.query = text;
    const url_signature given{
        request.parameter("expires").value_or(""), request.parameter("signature").value_or("")};
    const bool right = url.ends_with("?expires=" + given.expires + "&signature=" + given.signature);
    FUZZ_CHECK(signer.verify("1-abcdefghijklmnopqrstuv", given, now) == right);
}

void check_key(std::string_view text) {
    const auto secret = presented_key(text, std::nullopt);
    if (secret) FUZZ_CHECK(text.ends_with(*secret));
    FUZZ_CHECK(presented_key(std::nullopt, text) == text);
}

/// Nobody makes a session's cookie up, whatever stands beside it.
void check_cookie(const std::string& text) {
    static const std::vector<client_key> keys{[] {
        client_key key;
        key.id = "team";
        return key;
    }()};
    static const key_ring ring(keys);
    const page_sessions sessions("a secret of the gateway's own, long enough");
    const auto until = std::chrono::system_clock::time_point(std::chrono::hours(500'000));
    const auto now = until - std::chrono::hours(1);
    const auto value = sessions.issue(keys.front(), until);
    const auto found = cookie_in(text, page_sessions::cookie_name);
    FUZZ_CHECK(text.find(found) != std::string::npos);
    FUZZ_CHECK((sessions.find(found, ring, now) != nullptr) == (found == value));
    FUZZ_CHECK((sessions.find(text, ring, now) != nullptr) == (text == value));
}

}  // namespace

// NOLINTNEXTLINE(readability-identifier-naming)
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string text(reinterpret_cast<const char*>(data), size);
    check_query(text);
    check_header(text);
    check_position(text);
    check_signature(text);
    check_key(text);
    check_cookie(text);
    (void)read_flag(text);
    return 0;
}
