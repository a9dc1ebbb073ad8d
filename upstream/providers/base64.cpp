#include "upstream/providers/base64.hpp"

#include <cstdint>

namespace sluice::upstream {

namespace {

constexpr std::string_view alphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

}  // namespace

std::string base64_encode(std::string_view bytes) {
    std::string out;
    out.reserve((bytes.size() + 2) / 3 * 4);
    for (; !bytes.empty(); bytes.remove_prefix(bytes.size() < 3 ? bytes.size() : 3)) {
        const auto group = bytes.substr(0, 3);
        std::uint32_t value = 0;
        for (std::size_t i = 0; i < 3; ++i)
            value = (value << 8U) | (i < group.size() ? static_cast<unsigned char>(group[i]) : 0U);
        for (std::size_t i = 0; i < 4; ++i)
            out += i <= group.size() ? alphabet[(value >> (18U - 6U * i)) & 0x3FU] : '=';
    }
    return out;
}

std::optional<std::string> base64_decode(std::string_view text) {
    if (text.size() % 4 != 0) return {};
    const auto padding = text.ends_with("==") ? 2U : text.ends_with('=') ? 1U : 0U;
    std::string out;
    out.reserve(text.size() / 4 * 3);
    std::uint32_t value = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const bool pad = i + padding >= text.size();
        const auto digit = pad ? 0 : alphabet.find(text[i]);
        if (digit == std::string_view::npos) return {};
        value = (value << 6U) | static_cast<std::uint32_t>(digit);
        if (i % 4 != 3) continue;
        for (const auto shift : {16U, 8U, 0U})
            out += static_cast<char>((value >> shift) & 0xFFU);
        value = 0;
    }
    out.resize(out.size() - padding);
    return out;
}

}  // namespace sluice::upstream
