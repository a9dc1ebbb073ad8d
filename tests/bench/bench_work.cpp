#include "tests/bench/bench_work.hpp"

#include <array>
#include <charconv>
#include <utility>

namespace sluice::bench {

namespace {

/// As short as it reads back the same: 50, 0.2.
std::string number_text(double value) {
    std::array<char, 32> digits{};
    const auto [end, error] = std::to_chars(
        digits.data(), digits.data() + digits.size(), value, std::chars_format::fixed
    );
    return error == std::errc{} ? std::string(digits.data(), end) : "0";
}

}  // namespace

std::optional<gateway::load::job> paced_work::next() {
    gateway::load::job made;
    made.number = number_++;
    made.output_tokens = static_cast<std::int64_t>(streams_.tokens);
    std::string prompt = "bench id=" + std::to_string(streams_.first_id + made.number);
    prompt += " tokens=" + std::to_string(streams_.tokens);
    prompt += " rate=" + number_text(streams_.rate);
    prompt += " ttft_ms=" + std::to_string(streams_.ttft_ms);
    upstream::message message;
    message.content.emplace_back(upstream::text_part{std::move(prompt)});
    made.messages.push_back(std::move(message));
    return made;
}

}  // namespace sluice::bench
