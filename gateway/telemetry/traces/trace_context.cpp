#include "gateway/telemetry/traces/trace_context.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <random>
#include <utility>

namespace sluice::gateway {

namespace {

// 00-{32 digits}-{16 digits}-{2 digits}
constexpr std::size_t trace_id_at = 3;
constexpr std::size_t parent_at = 36;
constexpr std::size_t flags_at = 53;
constexpr std::size_t size_of_version_00 = 55;
constexpr unsigned sampled_flag = 1;
// What everybody has to pass on at least.
constexpr std::size_t state_bytes_max = 512;
constexpr std::ptrdiff_t state_members_max = 32;

/// Lower-case digits only, 16 of them at most.
std::optional<std::uint64_t> read_hex(std::string_view digits) {
    std::uint64_t value = 0;
    for (const char c : digits) {
        const bool decimal = c >= '0' && c <= '9';
        if (!decimal && (c < 'a' || c > 'f')) return std::nullopt;
        value = value << 4U | static_cast<std::uint64_t>(decimal ? c - '0' : c - 'a' + 10);
    }
    return value;
}

/// What stands behind the flags of a later version is not looked at; version 00 has nothing there.
bool has_form_of_version(std::string_view text) {
    if (text.size() < size_of_version_00) return false;
    const auto version = text.substr(0, 2);
    if (version == "ff" || !read_hex(version)) return false;
    if (text.size() > size_of_version_00 && (version == "00" || text[size_of_version_00] != '-'))
        return false;
    return text[trace_id_at - 1] == '-' && text[parent_at - 1] == '-' && text[flags_at - 1] == '-';
}

/// Ids have to differ; nobody gains by guessing one.
std::uint64_t random_id() {
    thread_local std::mt19937_64 generator = [] {
        std::random_device device;
        std::seed_seq seed{device(), device(), device(), device(), device(), device()};
        return std::mt19937_64{seed};
    }();
    std::uint64_t id = 0;
    while (id == 0)
        id = generator();
    return id;
}

void put_bytes(std::array<std::uint8_t, 16>& out, std::size_t at, std::uint64_t value) {
    for (std::size_t i = 0; i < 8; ++i)
        out[at + i] = static_cast<std::uint8_t>(value >> (56U - 8U * i));
}

/// By the trace's id alone, so that all who ask for the same share choose the same traces: its last
/// 56 bits are taken for random ones (W3C Trace Context Level 2, OpenTelemetry's sampling).
bool falls_into(double share, const std::array<std::uint8_t, 16>& trace_id) {
    if (share >= 1) return true;
    std::uint64_t drawn = 0;
    for (std::size_t i = 9; i < trace_id.size(); ++i)
        drawn = drawn << 8U | trace_id[i];
    // Whole numbers: as a fraction the highest of them would be rounded to one.
    return drawn >= static_cast<std::uint64_t>(std::ldexp(1 - share, 56));
}

/// Longer ones, and what is no text, would go to the provider and into each span.
bool is_fit_to_pass_on(std::string_view state) {
    const auto printable = [](char c) { return c >= ' ' && c <= '~'; };
    return state.size() <= state_bytes_max && std::ranges::all_of(state, printable) &&
           std::ranges::count(state, ',') < state_members_max;
}

/// Several of them are none: nobody knows which one holds.
std::optional<trace_context> callers_context(const upstream::header_list& headers) {
    std::optional<trace_context> found;
    bool first = true;
    for (const auto& [name, value] : headers) {
        if (name != "traceparent") continue;
        if (!std::exchange(first, false)) return std::nullopt;
        found = read_traceparent(value);
    }
    return found;
}

}  // namespace

std::optional<trace_context> read_traceparent(std::string_view text) {
    if (!has_form_of_version(text)) return std::nullopt;
    const auto high = read_hex(text.substr(trace_id_at, 16));
    const auto low = read_hex(text.substr(trace_id_at + 16, 16));
    const auto parent = read_hex(text.substr(parent_at, 16));
    const auto flags = read_hex(text.substr(flags_at, 2));
    if (!high || !low || !parent || !flags) return std::nullopt;
    if ((*high == 0 && *low == 0) || *parent == 0) return std::nullopt;
    trace_context read;
    put_bytes(read.trace_id, 0, *high);
    put_bytes(read.trace_id, 8, *low);
    read.parent = *parent;
    read.sampled = (*flags & sampled_flag) != 0;
    return read;
}

std::optional<trace_context> begin_trace(
    const upstream::header_list& headers, const trace_settings& settings
) {
    if (settings.endpoint.empty()) return std::nullopt;
    auto begun = callers_context(headers);
    const bool decided = begun && settings.trust_parent;
    if (!begun) {
        begun.emplace();
        put_bytes(begun->trace_id, 0, random_id());
        put_bytes(begun->trace_id, 8, random_id());
    }
    begun->span = random_id();
    if (!decided) begun->sampled = falls_into(settings.sample, begun->trace_id);
    return begun;
}

upstream::trace_parent parent_of_attempts(const trace_context& request) {
    upstream::trace_parent parent;
    parent.trace_id = request.trace_id;
    parent.first_span = random_id();
    parent.flags = request.sampled ? sampled_flag : 0;
    return parent;
}

std::string tracestate_of(const upstream::header_list& headers) {
    std::string joined;
    if (!callers_context(headers)) return joined;
    for (const auto& [name, value] : headers) {
        if (name != "tracestate" || value.empty()) continue;
        if (!joined.empty()) joined += ',';
        joined += value;
    }
    if (!is_fit_to_pass_on(joined)) joined.clear();
    return joined;
}

void keep_trace_headers(upstream::header_list& headers, bool traced) {
    auto state = tracestate_of(headers);
    std::erase_if(headers, [traced](const auto& header) {
        return header.first == "tracestate" || (traced && header.first == "traceparent");
    });
    if (!state.empty()) headers.emplace_back("tracestate", std::move(state));
}

std::string hex_text(std::uint64_t id) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string text(16, '0');
    for (std::size_t i = 0; i < text.size(); ++i)
        text[i] = digits[(id >> (60U - 4U * i)) & 15U];
    return text;
}

std::string hex_text(const std::array<std::uint8_t, 16>& id) {
    std::uint64_t high = 0;
    std::uint64_t low = 0;
    for (std::size_t i = 0; i < 8; ++i) {
        high = high << 8U | id[i];
        low = low << 8U | id[i + 8];
    }
    return hex_text(high) + hex_text(low);
}

}  // namespace sluice::gateway
