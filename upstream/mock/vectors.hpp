#pragma once

#include <cstdint>
#include <string>

namespace sluice::upstream::mock {

/// How many numbers a vector has when nobody says, and at most.
inline constexpr std::int64_t dimensions_usual = 1536;
inline constexpr std::int64_t dimensions_max = 4096;

/// Appends a vector of length 1 whose direction the seed decides, as a JSON array of numbers: each
/// is a float, written so that it reads back as the same one.
void append_unit_vector(std::string& out, std::uint64_t seed, std::int64_t dimensions);

}  // namespace sluice::upstream::mock
