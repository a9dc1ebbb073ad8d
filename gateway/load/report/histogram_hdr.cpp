#include "gateway/load/report/histogram.hpp"
#include "gateway/load/report/histogram_layout.hpp"

#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <bit>
#include <limits>
#include <optional>
#include <string>
#include <utility>
#include <zlib.h>

namespace sluice::gateway::load {

namespace {

// The low digit 1 of the second byte says that words are ZigZag LEB128.
constexpr std::uint32_t plain_cookie = 0x1c849303;
constexpr std::uint32_t deflated_cookie = 0x1c849304;
constexpr std::uint32_t word_size_bits = 0xf0;
constexpr std::uint32_t leb128 = 0x10;
constexpr std::uint32_t significant_digits = 2;
constexpr std::uint64_t unit_ns = 1;
constexpr std::size_t head_bytes = 40;
constexpr std::size_t outer_head_bytes = 8;
constexpr std::size_t word_bytes_max = 9;
// A word has a sign.
constexpr std::uint64_t count_max = std::numeric_limits<std::int64_t>::max();
// Each bucket has one word at most.
constexpr std::size_t plain_bytes_max = head_bytes + layout::bucket_count * word_bytes_max;
// What does not become smaller grows by a few bytes only; the rest is room for other encoders.
constexpr std::size_t base64_bytes_max = 2 * plain_bytes_max;

void put_big_endian(std::string& to, std::uint64_t value, int bytes) {
    for (int shift = 8 * (bytes - 1); shift >= 0; shift -= 8)
        to += static_cast<char>(value >> shift & 0xff);
}

std::uint64_t big_endian(std::string_view bytes) {
    std::uint64_t value = 0;
    for (const char byte : bytes)
        value = value << 8 | static_cast<unsigned char>(byte);
    return value;
}

/// LEB128 whose ninth byte has eight bits.
void put_word(std::string& to, std::int64_t value) {
    auto left = static_cast<std::uint64_t>(value) << 1 ^ static_cast<std::uint64_t>(value >> 63);
    for (std::size_t i = 0; i + 1 < word_bytes_max && left >= 0x80; ++i) {
        to += static_cast<char>(left | 0x80);
        left >>= 7;
    }
    to += static_cast<char>(left);
}

std::optional<std::int64_t> take_word(std::string_view& bytes) {
    std::uint64_t word = 0;
    for (std::size_t i = 0; i < word_bytes_max; ++i) {
        if (bytes.empty()) return {};
        const auto byte = static_cast<unsigned char>(bytes.front());
        bytes.remove_prefix(1);
        const bool last = i + 1 == word_bytes_max || byte < 0x80;
        word |= static_cast<std::uint64_t>(i + 1 == word_bytes_max ? byte : byte & 0x7f) << 7 * i;
        if (last) break;
    }
    return static_cast<std::int64_t>(word >> 1 ^ (~(word & 1) + 1));
}

std::string encode_base64(std::string_view bytes) {
    std::string text(4 * ((bytes.size() + 2) / 3) + 1, '\0');
    const int length = EVP_EncodeBlock(
        reinterpret_cast<unsigned char*>(text.data()),
        reinterpret_cast<const unsigned char*>(bytes.data()),
        static_cast<int>(bytes.size())
    );
    text.resize(static_cast<std::size_t>(length));
    return text;
}

std::optional<std::string> decode_base64(std::string_view text) {
    if (text.empty() || text.size() > base64_bytes_max || text.size() % 4 != 0) return {};
    std::string bytes(text.size() / 4 * 3, '\0');
    const int length = EVP_DecodeBlock(
        reinterpret_cast<unsigned char*>(bytes.data()),
        reinterpret_cast<const unsigned char*>(text.data()),
        static_cast<int>(text.size())
    );
    if (length < 0) return {};
    const std::size_t padding = text.ends_with("==") ? 2 : text.ends_with('=') ? 1 : 0;
    bytes.resize(static_cast<std::size_t>(length) - padding);
    return bytes;
}

std::string deflated(std::string_view plain) {
    uLongf length = compressBound(plain.size());
    std::string bytes(length, '\0');
    // It fails only for want of memory or room, and the room is what zlib asks for.
    compress2(
        reinterpret_cast<Bytef*>(bytes.data()),
        &length,
        reinterpret_cast<const Bytef*>(plain.data()),
        plain.size(),
        Z_BEST_COMPRESSION
    );
    bytes.resize(length);
    return bytes;
}

/// Nothing where it is no zlib stream or holds more than any histogram of this layout.
std::optional<std::string> inflated(std::string_view bytes) {
    std::string plain(plain_bytes_max, '\0');
    uLongf length = plain.size();
    const int how = uncompress(
        reinterpret_cast<Bytef*>(plain.data()),
        &length,
        reinterpret_cast<const Bytef*>(bytes.data()),
        bytes.size()
    );
    if (how != Z_OK) return {};
    plain.resize(length);
    return plain;
}

/// Puts what `text` wraps into `plain`; why there is nothing, or empty.
std::string mistake_of_wrapping(std::string_view text, std::string& plain) {
    const auto outer = decode_base64(text);
    if (!outer) return "it is no base64, or too long";
    const std::string_view bytes = *outer;
    const bool known = bytes.size() > outer_head_bytes &&
                       (big_endian(bytes.substr(0, 4)) & ~word_size_bits) == deflated_cookie;
    if (!known) return "it is no deflated HdrHistogram of version 2";
    const std::string_view body = bytes.substr(outer_head_bytes);
    const std::uint64_t told = big_endian(bytes.substr(4, 4));
    if (told > body.size()) return "it is cut off";
    auto inner = inflated(body.substr(0, told));
    if (!inner) return "its deflated part is broken or too long";
    plain = std::move(*inner);
    return {};
}

/// Why the head of a histogram is not of this layout; empty: it is.
std::string mistake_of_head(std::string_view plain) {
    if (plain.size() < head_bytes) return "its head is cut off";
    if (big_endian(plain.substr(0, 4)) != (plain_cookie | leb128))
        return "it is no HdrHistogram of version 2";
    if (big_endian(plain.substr(4, 4)) != plain.size() - head_bytes)
        return "its length is not what its head says";
    // The JavaScript library writes 1 and shifts nothing; true shifts are multiples of 128.
    if (big_endian(plain.substr(8, 4)) > 1) return "its buckets are shifted";
    const bool same = big_endian(plain.substr(12, 4)) == significant_digits &&
                      big_endian(plain.substr(16, 8)) == unit_ns;
    return same ? "" : "its buckets are not those of two significant digits and a unit of 1 ns";
}

/// One word for each count, and one for each run of zeros; none for those at the end.
std::string words_of(const std::vector<std::uint64_t>& counts) {
    std::size_t used = counts.size();
    while (used > 0 && counts[used - 1] == 0)
        --used;
    std::string words;
    for (std::size_t at = 0; at < used;) {
        std::size_t end = at;
        while (counts[end] == 0)
            ++end;
        const auto zeros = static_cast<std::int64_t>(end - at);
        if (zeros > 1) put_word(words, -zeros);
        if (zeros == 1) put_word(words, 0);
        put_word(words, static_cast<std::int64_t>(counts[end]));
        at = end + 1;
    }
    return words;
}

std::string head_of(std::size_t words_bytes) {
    std::string head;
    put_big_endian(head, plain_cookie | leb128, 4);
    put_big_endian(head, words_bytes, 4);
    put_big_endian(head, 0, 4);  // nothing is shifted
    put_big_endian(head, significant_digits, 4);
    put_big_endian(head, unit_ns, 8);
    put_big_endian(head, layout::value_max, 8);
    put_big_endian(head, std::bit_cast<std::uint64_t>(1.0), 8);  // counts are no fractions
    return head;
}

}  // namespace

std::string histogram::hdr_base64() const {
    const std::string words = words_of(buckets_);
    const std::string packed = deflated(head_of(words.size()) + words);
    std::string outer;
    put_big_endian(outer, deflated_cookie | leb128, 4);
    put_big_endian(outer, packed.size(), 4);
    return encode_base64(outer + packed);
}

boost::system::result<histogram, std::string> histogram::from_hdr_base64(std::string_view text) {
    std::string plain;
    std::string mistake = mistake_of_wrapping(text, plain);
    if (mistake.empty()) mistake = mistake_of_head(plain);
    if (!mistake.empty()) return mistake;
    histogram made;
    std::string_view words = std::string_view(plain).substr(head_bytes);
    for (std::size_t bucket = 0; !words.empty();) {
        const auto word = take_word(words);
        if (!word) return std::string("its last count is cut off");
        const auto skipped = *word < 0 ? ~static_cast<std::uint64_t>(*word) + 1 : 0;
        const std::size_t left = made.buckets_.size() - bucket;
        if (std::max<std::uint64_t>(skipped, 1) > left)
            return std::string("it has times above 70 minutes");
        bucket += skipped;
        if (skipped > 0) continue;
        const auto times = static_cast<std::uint64_t>(*word);
        if (times > count_max - made.count_)
            return std::string("it counts more times than there can be");
        if (times > 0) made.put(bucket, times);
        ++bucket;
    }
    return made;
}

void histogram::put(std::size_t bucket, std::uint64_t times) {
    const std::int64_t least = layout::least_of(bucket);
    const std::int64_t greatest = layout::greatest_of(bucket);
    const double middle = static_cast<double>(least) + static_cast<double>(greatest - least) / 2;
    min_ns_ = count_ == 0 ? least : std::min(min_ns_, least);
    max_ns_ = std::max(max_ns_, greatest);
    sum_ns_ += middle * static_cast<double>(times);
    count_ += times;
    buckets_[bucket] += times;
}

}  // namespace sluice::gateway::load
