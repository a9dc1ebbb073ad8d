#pragma once

#include <array>
#include <cstdint>

/// Bounds of the histograms, in nanoseconds but where they count tokens. Where OpenTelemetry's
/// GenAI conventions have some they are these, with more where they end too early.
namespace sluice::gateway {

inline constexpr std::int64_t ns_per_us = 1'000;
inline constexpr std::int64_t ns_per_ms = 1'000'000;
inline constexpr std::int64_t ns_per_s = 1'000'000'000;

/// Bounds written in another unit than nanoseconds.
template <std::size_t Size>
constexpr std::array<std::int64_t, Size> bounds_in(
    std::int64_t unit, std::array<std::int64_t, Size> bounds
) {
    for (auto& bound : bounds)
        bound *= unit;
    return bounds;
}

/// What the gateway itself takes.
inline constexpr auto added_latency_bounds = bounds_in<16>(
    ns_per_us,
    {10,
     20,
     50,
     100,
     200,
     500,
     1'000,
     2'000,
     5'000,
     10'000,
     20'000,
     50'000,
     100'000,
     200'000,
     500'000,
     1'000'000}
);

/// To the first token. The conventions end at 10 s: models that reason take minutes.
inline constexpr auto first_token_bounds =
    bounds_in<23>(ns_per_ms, {1,      5,      10,     20,     40,     60,      80,     100,
                              250,    500,    750,    1'000,  2'500,  5'000,   7'500,  10'000,
                              15'000, 20'000, 30'000, 45'000, 60'000, 120'000, 300'000});

/// Between one token and the next: fine where models write, at 10 to 100 a second.
inline constexpr auto inter_token_bounds = bounds_in<26>(
    ns_per_us,
    {100,     500,     1'000,   2'000,     5'000,     10'000,    15'000,     20'000,    25'000,
     30'000,  40'000,  50'000,  60'000,    75'000,    100'000,   150'000,    200'000,   300'000,
     400'000, 500'000, 750'000, 1'000'000, 2'500'000, 5'000'000, 10'000'000, 30'000'000}
);

/// The mean of a whole answer.
inline constexpr auto output_token_bounds =
    bounds_in<13>(ns_per_ms, {10, 25, 50, 75, 100, 150, 200, 300, 400, 500, 750, 1'000, 2'500});

/// From a request to its end. The conventions end at 82 s: long answers take longer.
inline constexpr auto duration_bounds = bounds_in<17>(
    10 * ns_per_ms,
    {1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1'024, 2'048, 4'096, 8'192, 16'384, 32'768, 65'536}
);

/// Tokens of a prompt or of an answer.
inline constexpr std::array<std::int64_t, 14> token_bounds{
    1,
    4,
    16,
    64,
    256,
    1'024,
    4'096,
    16'384,
    65'536,
    262'144,
    1'048'576,
    4'194'304,
    16'777'216,
    67'108'864};

}  // namespace sluice::gateway
