#pragma once

#include "upstream/providers/aws_event_stream.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// Writes messages of AWS's event streams.
namespace sluice::upstream::testing {

inline std::string big_endian(std::uint64_t number, int bytes) {
    std::string out;
    for (int shift = (bytes - 1) * 8; shift >= 0; shift -= 8)
        out += static_cast<char>((number >> static_cast<unsigned>(shift)) & 0xFFU);
    return out;
}

inline std::string text_header(std::string_view name, std::string_view value) {
    std::string out;
    out += static_cast<char>(name.size());
    out.append(name).append("\x07");
    return out.append(big_endian(value.size(), 2)).append(value);
}

inline std::string aws_message(std::string_view headers, std::string_view payload) {
    auto out = big_endian(headers.size() + payload.size() + 16, 4) + big_endian(headers.size(), 4);
    out += big_endian(crc32(out), 4);
    out.append(headers).append(payload);
    return out += big_endian(crc32(out), 4);
}

inline std::string aws_event(std::string_view type, std::string_view payload) {
    return aws_message(
        text_header(":event-type", type) + text_header(":content-type", "application/json") +
            text_header(":message-type", "event"),
        payload
    );
}

inline std::string aws_exception(std::string_view type, std::string_view payload) {
    return aws_message(
        text_header(":exception-type", type) + text_header(":message-type", "exception"), payload
    );
}

}  // namespace sluice::upstream::testing
