#include "gateway/config/rules.hpp"

#include <algorithm>
#include <array>

namespace sluice::gateway {

namespace {

constexpr std::size_t url_secret_bytes_min = 16;
constexpr std::size_t label_bytes_max = 64;
constexpr std::size_t label_value_bytes_max = 128;
constexpr std::size_t model_bytes_max = 256;
constexpr std::size_t header_bytes_max = 128;
constexpr std::size_t instruction_bytes_max = 4096;  // it is paid for each time it is sent

constexpr std::string_view letters_and_digits =
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

bool consists_of(std::string_view text, std::string_view more) {
    return std::all_of(text.begin(), text.end(), [&](char c) {
        return letters_and_digits.find(c) != std::string_view::npos ||
               more.find(c) != std::string_view::npos;
    });
}

bool is_header_name(std::string_view name) {
    return !name.empty() && name.size() <= header_bytes_max && consists_of(name, "!#$%&'*+-.^_`|~");
}

template <std::size_t Size>
bool is_one_of(std::string_view name, const std::array<std::string_view, Size>& names) {
    return std::find(names.begin(), names.end(), name) != names.end();
}

/// The transfer writes these itself.
bool is_of_the_connection(std::string_view name) {
    constexpr std::array<std::string_view, 11> names{
        "host",
        "content-length",
        "transfer-encoding",
        "connection",
        "keep-alive",
        "proxy-connection",
        "upgrade",
        "te",
        "trailer",
        "expect",
        "accept-encoding"};
    return is_one_of(name, names);
}

bool is_a_credential(std::string_view name) {
    constexpr std::array<std::string_view, 6> names{
        "authorization", "proxy-authorization", "cookie", "x-api-key", "api-key", "x-goog-api-key"};
    return is_one_of(name, names);
}

/// Controls beyond ASCII, line and paragraph ends, marks that turn the direction of a line round.
bool has_invisible_controls(std::string_view text) {
    const auto follows = [&](std::string_view lead, unsigned char first, unsigned char last) {
        for (auto at = text.find(lead); at != text.npos; at = text.find(lead, at + 1)) {
            if (at + lead.size() == text.size()) return false;
            const auto byte = static_cast<unsigned char>(text[at + lead.size()]);
            if (byte >= first && byte <= last) return true;
        }
        return false;
    };
    return follows("\xC2", 0x80, 0x9F) ||      // U+0080 to U+009F
           follows("\xE2\x80", 0x8E, 0x8F) ||  // U+200E and U+200F
           follows("\xE2\x80", 0xA8, 0xAE) ||  // U+2028 to U+202E
           follows("\xE2\x81", 0xA6, 0xA9);    // U+2066 to U+2069
}

bool is_private_to_the_client(std::string_view name) {
    return is_a_credential(name) || name.starts_with("x-mock-") || name.starts_with("x-stream-") ||
           name.starts_with("x-sluice-");
}

}  // namespace

bool has_control_characters(std::string_view text) {
    return std::any_of(text.begin(), text.end(), [](unsigned char byte) {
        return byte < 0x20 || byte == 0x7F;
    });
}

std::string lower_case(std::string_view text) {
    std::string lower(text);
    for (char& c : lower) {
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    }
    return lower;
}

complaint check_anything(std::string&) {
    return std::nullopt;
}

complaint check_host_name(std::string& name) {
    if (!consists_of(name, ".-_")) return "must be a host name without scheme and port";
    name = lower_case(name);
    return std::nullopt;
}

complaint check_label(std::string& label) {
    if (label.size() <= label_bytes_max && consists_of(label, "._-")) return std::nullopt;
    return "must be at most 64 letters, digits, '.', '_' and '-'";
}

complaint check_label_value(std::string& value) {
    if (value.size() > label_value_bytes_max) return "must be at most 128 bytes";
    if (has_invisible_controls(value)) return "must not hold control characters";
    return std::nullopt;
}

complaint check_url_secret(std::string& secret) {
    if (secret.size() >= url_secret_bytes_min) return std::nullopt;
    return "must be at least 16 bytes";
}

complaint check_target_model(std::string& name) {
    if (name.size() > model_bytes_max) return "must be at most 256 bytes";
    if (name.find(' ') != std::string::npos) return "must not hold spaces";
    if (std::count(name.begin(), name.end(), '*') > 1) return "must not hold more than one '*'";
    return std::nullopt;
}

complaint check_route_name(std::string& name) {
    const std::size_t star = name.find('*');
    if (star != std::string::npos && star + 1 != name.size()) {
        return "must have its '*' at the end only";
    }
    return check_target_model(name);
}

complaint check_model_name(std::string& name) {
    if (name.find('*') != std::string::npos) return "must not hold '*'";
    return check_target_model(name);
}

complaint check_header_name(std::string& name) {
    if (!is_header_name(name)) return "is not a header name";
    if (is_of_the_connection(lower_case(name))) return "is a header that the gateway sets itself";
    return std::nullopt;
}

bool holds_a_credential(std::string_view header) {
    const std::string name = lower_case(header);
    constexpr std::array<std::string_view, 7> endings{
        "key", "token", "secret", "password", "auth", "authorization", "cookie"};
    return std::any_of(endings.begin(), endings.end(), [&](std::string_view ending) {
        return name.ends_with(ending);
    });
}

complaint check_forwarded_header(std::string& name) {
    name = lower_case(name);
    if (is_private_to_the_client(name)) return "is a header that is never passed on";
    return check_header_name(name);
}

complaint check_sticky_header(std::string& name) {
    name = lower_case(name);
    if (is_a_credential(name)) return "is a header that holds credentials";
    return check_header_name(name);
}

complaint check_instruction(std::string& text) {
    if (text.size() <= instruction_bytes_max) return std::nullopt;
    return "must be at most 4096 bytes";
}

complaint check_sha256(std::string& digits) {
    digits = lower_case(digits);
    const bool hexadecimal = digits.find_first_not_of("0123456789abcdef") == std::string::npos;
    if (digits.size() == 64 && hexadecimal) return std::nullopt;
    return "must be 64 hexadecimal digits, as sha256sum prints them";
}

}  // namespace sluice::gateway
