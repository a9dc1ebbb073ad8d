#include "upstream/mock/fault.hpp"

#include <array>
#include <charconv>

namespace sluice::upstream::mock {
namespace {

/// As many events or tokens as an answer can have.
constexpr std::uint64_t events_max = 1'000'000;
/// No answer of the mock model is longer.
constexpr std::uint64_t bytes_max = std::uint64_t{1} << 40U;
constexpr std::uint64_t huge_bytes_usual = std::uint64_t{1} << 20U;
/// More than careful readers take, and no more than a stranger may make the gateway hold for each
/// request.
constexpr std::uint64_t huge_bytes_max = std::uint64_t{8} << 20U;
constexpr std::uint64_t trickle_max = 1'000'000'000;

using kind = fault::kind;
using wire = wire_fault::kind;

/// One form of the text. What the upstream side suffers has no `wire`.
struct form {
    std::string_view word;
    fault::kind what;
    wire_fault::kind on_wire;
    std::uint64_t min;
    std::uint64_t max;
};

constexpr auto forms = std::to_array<form>({
    {"reset-after", kind::reset_after, wire::none, 0, events_max},
    {"stall-after", kind::stall_after, wire::none, 0, events_max},
    {"truncate-after", kind::truncate_after, wire::none, 0, events_max},
    {"error-after", kind::error_after, wire::none, 0, events_max},
    {"cut-after", kind::on_the_wire, wire::cut, 0, events_max},
    {"cut-at-byte", kind::on_the_wire, wire::cut_bytes, 0, bytes_max},
    {"cut-character", kind::on_the_wire, wire::cut_character, 1, events_max},
    {"malformed", kind::on_the_wire, wire::malformed, 1, events_max},
    {"huge", kind::on_the_wire, wire::huge, 1, events_max},
    {"lose", kind::on_the_wire, wire::lose, 1, events_max},
    {"repeat", kind::on_the_wire, wire::repeat, 1, events_max},
    {"alter", kind::on_the_wire, wire::alter, 1, events_max},
    {"swap", kind::on_the_wire, wire::swap, 1, events_max},
    {"early-end", kind::on_the_wire, wire::early_end, 1, events_max},
    {"trickle", kind::on_the_wire, wire::trickle, 1, trickle_max},
});

constexpr std::string_view unended_word = "unended";

std::optional<std::uint64_t> parse_number(
    std::string_view text, std::uint64_t min, std::uint64_t max
) {
    std::uint64_t number = 0;
    const char* const end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, number);
    if (error != std::errc{} || stop != end || number < min || number > max) return std::nullopt;
    return number;
}

std::optional<fault> parse_status(std::string_view text) {
    const auto status = parse_number(text, 400, 599);
    if (!status || text.size() != 3) return std::nullopt;
    return fault{kind::status, static_cast<std::int64_t>(*status), {}};
}

std::optional<fault> parse_form(const form& form, std::string_view number) {
    fault made{form.what, 0, {form.on_wire, 0, 0}};
    if (form.on_wire == wire::huge) {
        const std::size_t colon = number.find(':');
        made.wire.size = huge_bytes_usual;
        if (colon != std::string_view::npos) {
            const auto size = parse_number(number.substr(colon + 1), 1, huge_bytes_max);
            if (!size) return std::nullopt;
            made.wire.size = *size;
            number = number.substr(0, colon);
        }
    }
    const auto at = parse_number(number, form.min, form.max);
    if (!at) return std::nullopt;
    if (form.on_wire == wire::none)
        made.value = static_cast<std::int64_t>(*at);
    else
        made.wire.at = *at;
    return made;
}

}  // namespace

std::optional<fault> parse_fault(std::string_view value) {
    if (value.empty()) return fault{};
    if (value == unended_word) return fault{kind::on_the_wire, 0, {wire::unended, 0, 0}};
    const std::size_t equals = value.find('=');
    if (equals == std::string_view::npos) return parse_status(value);
    for (const form& form : forms) {
        if (form.word == value.substr(0, equals)) return parse_form(form, value.substr(equals + 1));
    }
    return std::nullopt;
}

std::string fault_text(const fault& fault) {
    if (fault.what == kind::none) return {};
    if (fault.what == kind::status) return std::to_string(fault.value);
    for (const form& form : forms) {
        if (form.what != fault.what || form.on_wire != fault.wire.what) continue;
        const bool wired = form.on_wire != wire::none;
        std::string text(form.word);
        text += "=" + (wired ? std::to_string(fault.wire.at) : std::to_string(fault.value));
        if (form.on_wire == wire::huge) text += ":" + std::to_string(fault.wire.size);
        return text;
    }
    return std::string(unended_word);
}

std::string_view fault_syntax() {
    return "must be an HTTP status of 400 to 599; or reset-after=N, stall-after=N, "
           "truncate-after=N or error-after=N with N up to 1000000 tokens; or cut-after=N, "
           "cut-character=N, malformed=N, huge=N:BYTES (8388608 at most), lose=N, repeat=N, "
           "alter=N, swap=N or early-end=N with N counting events with content from 1; or "
           "cut-at-byte=N, trickle=BYTES (a second) or unended";
}

}  // namespace sluice::upstream::mock
