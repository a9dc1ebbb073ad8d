#include "tests/bench/provider/order.hpp"

#include <charconv>
#include <cmath>

namespace sluice::bench {

namespace {

constexpr double rate_max = 1e6;
constexpr std::int64_t ttft_ms_max = 3'600'000;

/// Takes `name` and the number behind it off the front; the fields stand in one order.
template <typename Number>
bool take(std::string_view& text, std::string_view name, Number& value) {
    if (!text.starts_with(name)) return false;
    const char* begin = text.data() + name.size();
    Number read{};
    const auto [end, error] = std::from_chars(begin, text.data() + text.size(), read);
    if (error != std::errc{}) return false;
    value = read;
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    return true;
}

bool asks_usage(std::string_view body) {
    constexpr std::string_view name = "\"include_usage\"";
    const std::size_t at = body.find(name);
    if (at == std::string_view::npos) return false;
    body.remove_prefix(at + name.size());
    const auto skip_blanks = [&body] {
        const std::size_t blanks = body.find_first_not_of(" \t\r\n");
        body.remove_prefix(blanks == std::string_view::npos ? body.size() : blanks);
    };
    skip_blanks();
    if (!body.starts_with(':')) return false;
    body.remove_prefix(1);
    skip_blanks();
    return body.starts_with("true");
}

}  // namespace

order order_of(std::string_view body) {
    order asked;
    asked.usage = asks_usage(body);
    const std::size_t at = body.find("bench id=");
    if (at == std::string_view::npos) return asked;
    std::string_view text = body.substr(at);
    std::int64_t ttft_ms = 0;
    if (take(text, "bench id=", asked.id) && take(text, " tokens=", asked.tokens) &&
        take(text, " rate=", asked.rate))
        take(text, " ttft_ms=", ttft_ms);
    if (!std::isfinite(asked.rate) || asked.rate < 0 || asked.rate > rate_max) asked.rate = 0;
    if (ttft_ms > 0 && ttft_ms <= ttft_ms_max) asked.ttft_ns = ttft_ms * 1'000'000;
    return asked;
}

}  // namespace sluice::bench
