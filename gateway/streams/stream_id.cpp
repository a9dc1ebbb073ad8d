#include "gateway/streams/stream_id.hpp"

#include "gateway/streams/random_bytes.hpp"

#include <openssl/evp.h>
#include <openssl/sha.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdio>

namespace sluice::gateway {

namespace {

constexpr std::size_t id_bytes = 16;
constexpr std::size_t random_characters = 22;  // 128 bits in base64url without padding

std::string base64url(const unsigned char* bytes, std::size_t size) {
    std::string text(4 * ((size + 2) / 3) + 1, '\0');
    const int written = EVP_EncodeBlock(
        reinterpret_cast<unsigned char*>(text.data()), bytes, static_cast<int>(size)
    );
    text.resize(static_cast<std::size_t>(written));
    while (text.ends_with('='))
        text.pop_back();
    std::replace(text.begin(), text.end(), '+', '-');
    std::replace(text.begin(), text.end(), '/', '_');
    return text;
}

template <class Number>
std::optional<Number> parse_number(std::string_view digits, std::size_t digits_max) {
    Number value = 0;
    if (digits.empty() || digits.size() > digits_max) return std::nullopt;
    const auto* end = digits.data() + digits.size();
    const auto [stop, error] = std::from_chars(digits.data(), end, value);
    const bool plain = digits.front() >= '0' && digits.front() <= '9';
    if (error != std::errc{} || stop != end || !plain) return std::nullopt;
    return value;
}

bool is_base64url(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_';
}

}  // namespace

std::string make_stream_id(unsigned worker) {
    const auto bits = random_bytes<id_bytes>();
    return std::to_string(worker) + "-" + base64url(bits.data(), bits.size());
}

std::optional<unsigned> worker_of(std::string_view id) {
    const auto dash = id.find('-');
    if (dash == std::string_view::npos) return std::nullopt;
    const auto random = id.substr(dash + 1);
    if (random.size() != random_characters) return std::nullopt;
    if (!std::all_of(random.begin(), random.end(), is_base64url)) return std::nullopt;
    return parse_number<unsigned>(id.substr(0, dash), 5);
}

std::string short_hash(std::string_view id) {
    std::array<unsigned char, SHA256_DIGEST_LENGTH> digest{};
    SHA256(reinterpret_cast<const unsigned char*>(id.data()), id.size(), digest.data());
    std::array<char, 9> text{};
    std::snprintf(
        text.data(), text.size(), "%02x%02x%02x%02x", digest[0], digest[1], digest[2], digest[3]
    );
    return text.data();
}

std::string without_stream_ids(std::string_view text) {
    std::string out;
    while (!text.empty()) {
        const auto dash = text.find_first_not_of("0123456789");
        const auto id = text.substr(0, std::min(dash, text.size()) + 1 + random_characters);
        if (dash > 0 && worker_of(id)) {
            out += short_hash(id);
            text.remove_prefix(id.size());
            continue;
        }
        // The next number may be an id's.
        const auto next = text.find_first_of("0123456789", dash == 0 ? 0 : dash);
        const auto plain = text.substr(0, next);
        out += plain;
        text.remove_prefix(plain.size());
    }
    return out;
}

std::optional<stream_position> parse_position(std::string_view text) {
    stream_position position;
    if (const auto slash = text.rfind('/'); slash != std::string_view::npos) {
        position.id = text.substr(0, slash);
        if (!worker_of(position.id)) return std::nullopt;
        text.remove_prefix(slash + 1);
    }
    const auto sequence = parse_number<std::uint64_t>(text, 18);
    if (!sequence) return std::nullopt;
    position.sequence = *sequence;
    return position;
}

}  // namespace sluice::gateway
