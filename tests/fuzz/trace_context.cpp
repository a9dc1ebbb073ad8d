// What clients and collectors say of traces: a traceparent that is read is one by the letter of the
// recommendation, and says the same when it is written again; the parameters of a body that was not
// decoded are within their bounds; what was not taken is no more than a number.
//
// Input: any text.

#include "gateway/telemetry/traces/trace_context.hpp"

#include "gateway/telemetry/traces/export_answer.hpp"
#include "gateway/telemetry/traces/request_wishes.hpp"
#include "gateway/telemetry/traces/server_address.hpp"
#include "tests/fuzz/check.hpp"

#include <cstdint>
#include <regex>
#include <string>
#include <string_view>

namespace {

using namespace sluice::gateway;

/// As it is written down.
bool is_traceparent(const std::string& text) {
    static const std::regex form(
        "(00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}|"
        "(?!00|ff)[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}(-[^]*)?)"
    );
    return std::regex_match(text, form) && text.substr(3, 32) != std::string(32, '0') &&
           text.substr(36, 16) != std::string(16, '0');
}

void check_traceparent(std::string_view text) {
    const auto read = read_traceparent(text);
    // std::regex recurses into what it matches.
    if (text.size() <= 1000) FUZZ_CHECK(read.has_value() == is_traceparent(std::string(text)));
    if (!read) return;
    FUZZ_CHECK(text.substr(3, 32) == hex_text(read->trace_id));
    FUZZ_CHECK(text.substr(36, 16) == hex_text(read->parent));
    const auto again = read_traceparent(
        "00-" + hex_text(read->trace_id) + "-" + hex_text(read->parent) +
        (read->sampled ? "-01" : "-00")
    );
    FUZZ_CHECK(again && again->trace_id == read->trace_id && again->parent == read->parent);
    FUZZ_CHECK(again->sampled == read->sampled);
}

void check_wishes(std::string_view body) {
    const auto wishes = wishes_in(body);
    FUZZ_CHECK(wishes.stop.size() <= request_wishes::stops_max);
    for (const auto& stop : wishes.stop)
        FUZZ_CHECK(stop.size() <= request_wishes::stop_bytes_max);
    FUZZ_CHECK(!wishes.choices || *wishes.choices > 1);
    FUZZ_CHECK(wishes == wishes_in(body));
}

void check_address(const server_address& read) {
    FUZZ_CHECK(!read.port || (*read.port >= 1 && *read.port <= 65535));
    FUZZ_CHECK(read.address.size() <= 255);
}

}  // namespace

// NOLINTNEXTLINE(readability-identifier-naming)
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view input(reinterpret_cast<const char*>(data), size);
    check_traceparent(input);
    check_wishes(input);
    check_address(read_authority(input));
    check_address(address_of_url(input));
    FUZZ_CHECK(read_partial_success(input).rejected >= 0);
    return 0;
}
