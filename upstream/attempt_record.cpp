#include "upstream/attempt_record.hpp"

#include <string_view>

namespace sluice::upstream {

namespace {

void append_hex(std::string& out, std::uint64_t value, int digits) {
    constexpr std::string_view hex = "0123456789abcdef";
    for (int shift = (digits - 1) * 4; shift >= 0; shift -= 4)
        out += hex[(value >> shift) & 15U];
}

}  // namespace

std::string trace_parent::header_of(int attempt) const {
    std::string out = "00-";
    for (const auto byte : trace_id)
        append_hex(out, byte, 2);
    out += '-';
    append_hex(out, span_of(attempt), 16);
    out += '-';
    append_hex(out, flags, 2);
    return out;
}

}  // namespace sluice::upstream
