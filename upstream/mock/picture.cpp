#include "upstream/mock/picture.hpp"

#include "upstream/mock/hash.hpp"

#include <array>
#include <cstddef>

namespace sluice::upstream::mock {
namespace {

constexpr std::size_t side_pixels = 8;

std::uint32_t crc32(std::string_view bytes) {
    std::uint32_t crc = 0xffffffffU;
    for (const char c : bytes) {
        crc ^= static_cast<unsigned char>(c);
        for (int bit = 0; bit < 8; ++bit)
            crc = (crc >> 1) ^ ((crc & 1U) != 0 ? 0xedb88320U : 0U);
    }
    return ~crc;
}

std::uint32_t adler32(std::string_view bytes) {
    std::uint32_t low = 1;
    std::uint32_t high = 0;
    for (const char c : bytes) {
        low = (low + static_cast<unsigned char>(c)) % 65521U;
        high = (high + low) % 65521U;
    }
    return high << 16 | low;
}

void append_big_endian(std::string& out, std::uint32_t value) {
    for (int shift = 24; shift >= 0; shift -= 8)
        out += static_cast<char>(value >> shift & 0xffU);
}

void append_chunk(std::string& out, std::string_view type, std::string_view data) {
    append_big_endian(out, static_cast<std::uint32_t>(data.size()));
    std::string body(type);
    body += data;
    out += body;
    append_big_endian(out, crc32(body));
}

/// Rows of RGB, mirrored left to right, each after its filter byte (none).
std::string draw(std::uint64_t seed) {
    const std::uint64_t colour = mix(seed);
    const std::uint64_t pattern = mix(seed, 1);
    std::string rows;
    for (std::size_t y = 0; y < side_pixels; ++y) {
        rows += '\0';
        for (std::size_t x = 0; x < side_pixels; ++x) {
            const std::size_t column = x < side_pixels / 2 ? x : side_pixels - 1 - x;
            const bool lit = (pattern >> (y * side_pixels / 2 + column) & 1U) != 0;
            for (int shift = 0; shift < 24; shift += 8) {
                rows += static_cast<char>(lit ? colour >> shift & 0xffU : 0xf0U);
            }
        }
    }
    return rows;
}

/// A zlib stream of one stored block; `bytes` is shorter than 64 KiB.
std::string store(std::string_view bytes) {
    const auto size = static_cast<std::uint16_t>(bytes.size());
    std::string out("\x78\x01\x01", 3);
    for (const std::uint32_t half : {std::uint32_t{size}, ~std::uint32_t{size}}) {
        out += static_cast<char>(half & 0xffU);
        out += static_cast<char>(half >> 8 & 0xffU);
    }
    out += bytes;
    append_big_endian(out, adler32(bytes));
    return out;
}

}  // namespace

std::string make_png(std::uint64_t seed) {
    std::string header;
    append_big_endian(header, side_pixels);
    append_big_endian(header, side_pixels);
    header += std::string_view(
        "\x08\x02\x00\x00\x00", 5
    );  // 8 bits, RGB, the only methods, not interlaced
    std::string out("\x89PNG\r\n\x1a\n", 8);
    append_chunk(out, "IHDR", header);
    append_chunk(out, "IDAT", store(draw(seed)));
    append_chunk(out, "IEND", "");
    return out;
}

std::string encode_base64(std::string_view bytes) {
    constexpr std::string_view digits =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    std::string out;
    for (std::size_t at = 0; at < bytes.size(); at += 3) {
        const std::string_view group = bytes.substr(at, 3);
        std::uint32_t bits = 0;
        for (std::size_t i = 0; i < 3; ++i) {
            bits = bits << 8 | (i < group.size() ? static_cast<unsigned char>(group[i]) : 0U);
        }
        for (std::size_t i = 0; i < 4; ++i) {
            out += i <= group.size() ? digits[bits >> (18 - 6 * i) & 63U] : '=';
        }
    }
    return out;
}

}  // namespace sluice::upstream::mock
