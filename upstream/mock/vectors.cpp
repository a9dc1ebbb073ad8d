#include "upstream/mock/vectors.hpp"

#include "upstream/mock/hash.hpp"

#include <array>
#include <charconv>
#include <cmath>
#include <cstddef>
#include <vector>

namespace sluice::upstream::mock {

void append_unit_vector(std::string& out, std::uint64_t seed, std::int64_t dimensions) {
    constexpr std::uint64_t steps = 2001;  // -1000 to 1000: whole numbers, added up exactly
    dice dice(seed);
    std::vector<double> numbers(static_cast<std::size_t>(dimensions));
    double squares = 0;
    for (double& number : numbers) {
        number = static_cast<double>(dice.below(steps)) - 1000;
        squares += number * number;
    }
    if (squares == 0) squares = numbers.front() = 1;
    const double length = std::sqrt(squares);
    out += '[';
    for (const double number : numbers) {
        std::array<char, 32> digits{};
        const auto value = static_cast<float>(number / length);
        const auto end = std::to_chars(digits.begin(), digits.end(), value).ptr;
        out.append(digits.begin(), end);
        out += ',';
    }
    out.back() = ']';
}

}  // namespace sluice::upstream::mock
