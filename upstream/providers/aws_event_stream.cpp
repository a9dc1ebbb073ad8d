#include "upstream/providers/aws_event_stream.hpp"

#include <array>

namespace sluice::upstream {

namespace {

constexpr std::size_t prelude_bytes = 12;  // two lengths and their checksum
constexpr std::size_t checksum_bytes = 4;
constexpr std::uint32_t polynomial = 0xEDB88320U;

constexpr std::array<std::uint32_t, 256> crc_table = [] {
    std::array<std::uint32_t, 256> table{};
    for (std::uint32_t i = 0; i < table.size(); ++i) {
        std::uint32_t value = i;
        for (int bit = 0; bit < 8; ++bit)
            value = (value >> 1U) ^ ((value & 1U) != 0 ? polynomial : 0);
        table[i] = value;
    }
    return table;
}();

std::uint32_t number_at(std::string_view bytes, std::size_t at, std::size_t size) {
    std::uint32_t number = 0;
    for (std::size_t i = 0; i < size; ++i)
        number = (number << 8U) | static_cast<unsigned char>(bytes[at + i]);
    return number;
}

/// Takes bytes off the front; fewer than asked for where there are no more.
std::string_view take(std::string_view& bytes, std::size_t size) {
    const auto taken = bytes.substr(0, size);
    bytes.remove_prefix(taken.size());
    return taken;
}

/// How long a header's value is; nothing for a type that nobody knows.
std::optional<std::size_t> value_bytes(unsigned type, std::string_view& rest) {
    switch (type) {
        case 0:  // true
        case 1:  // false
            return 0;
        case 2:  // byte
            return 1;
        case 3:  // 16 bits
            return 2;
        case 4:  // 32 bits
            return 4;
        case 5:  // 64 bits
        case 8:  // time
            return 8;
        case 9:  // UUID
            return 16;
        case 6:  // bytes
        case 7:  // text
            if (rest.size() < 2) return {};
            return number_at(take(rest, 2), 0, 2);
        default:
            return {};
    }
}

}  // namespace

std::uint32_t crc32(std::string_view bytes) {
    std::uint32_t value = 0xFFFFFFFFU;
    for (const char c : bytes)
        value = (value >> 8U) ^ crc_table[(value ^ static_cast<unsigned char>(c)) & 0xFFU];
    return ~value;
}

void aws_event_stream::feed(std::string_view bytes) {
    if (!problem_.empty()) return;
    buffer_.erase(0, begin_);
    begin_ = 0;
    buffer_ += bytes;
}

std::string_view aws_event_stream::incomplete() const {
    return std::string_view(buffer_).substr(begin_);
}

bool aws_event_stream::check_prelude(std::string_view rest) {
    const auto whole = number_at(rest, 0, 4);
    const auto headers = number_at(rest, 4, 4);
    if (number_at(rest, 8, 4) != crc32(rest.substr(0, 8))) {
        problem_ = "sent something that is no AWS event stream";
    } else if (whole < prelude_bytes + checksum_bytes || headers > whole - prelude_bytes - checksum_bytes) {
        problem_ = "sent an event with impossible lengths";
    } else if (whole > message_bytes_max) {
        problem_ = "sent an event that is too large";
    } else {
        size_ = whole;
    }
    return problem_.empty();
}

std::optional<aws_event_stream::message> aws_event_stream::next() {
    if (!problem_.empty()) return {};
    const auto rest = incomplete();
    if (size_ == 0 && (rest.size() < prelude_bytes || !check_prelude(rest))) return {};
    if (rest.size() < size_) return {};
    const auto bytes = rest.substr(0, size_);
    const auto checked = bytes.substr(0, size_ - checksum_bytes);
    if (number_at(bytes, checked.size(), 4) != crc32(checked)) {
        problem_ = "sent an event that was damaged on its way";
        return {};
    }
    const auto headers = number_at(bytes, 4, 4);
    message read;
    if (!read_headers(checked.substr(prelude_bytes, headers), read)) {
        problem_ = "sent an event with broken headers";
        return {};
    }
    read.payload = checked.substr(prelude_bytes + headers);
    begin_ += size_;
    size_ = 0;
    return read;
}

bool aws_event_stream::read_headers(std::string_view headers, message& read) {
    while (!headers.empty()) {
        const std::size_t name_bytes = static_cast<unsigned char>(take(headers, 1)[0]);
        const auto name = take(headers, name_bytes);
        if (name.size() < name_bytes || headers.empty()) return false;
        const unsigned type = static_cast<unsigned char>(take(headers, 1)[0]);
        const auto size = value_bytes(type, headers);
        if (!size || headers.size() < *size) return false;
        const auto value = take(headers, *size);
        if (type != 7) continue;
        if (name == ":message-type") read.kind = value;
        if (name == ":event-type" || name == ":exception-type" || name == ":error-code")
            read.type = value;
        if (name == ":error-message") read.error = value;
    }
    return true;
}

}  // namespace sluice::upstream
