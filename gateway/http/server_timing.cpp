#include "gateway/http/server_timing.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <string_view>

namespace sluice::gateway {

namespace {

/// No double: there is one of these for every answer.
void append_ms(std::string& out, generation_timing::span time) {
    const auto us = std::max<generation_timing::span::rep>(time.count(), 0);
    std::array<char, 24> digits{};
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), us / 1000).ptr;
    out.append(digits.data(), end);
    const auto rest = us % 1000;
    if (rest == 0) return;
    const auto digit = [](auto value) { return static_cast<char>('0' + value % 10); };
    const std::array<char, 4> decimals{'.', digit(rest / 100), digit(rest / 10), digit(rest)};
    std::string_view told{decimals.data(), decimals.size()};
    while (told.back() == '0')
        told.remove_suffix(1);
    out.append(told);
}

}  // namespace

std::string server_timing_text(
    const std::optional<generation_timing>& generation, generation_timing::span total
) {
    std::string text;
    text.reserve(80);
    if (generation) {
        append_ms(text.append("queue;dur="), generation->queue);
        append_ms(text.append(", upstream;dur="), generation->upstream);
        text.append(", ");
    }
    append_ms(text.append("total;dur="), total);
    return text;
}

}  // namespace sluice::gateway
