#pragma once

#include <cstdint>
#include <string_view>

/// Numbers that are the same on every machine, in every build and in every run. (`std::hash` and
/// the standard distributions are not.)
namespace sluice::upstream::mock {

/// Spreads `value` over all 64 bits (the finaliser of splitmix64).
constexpr std::uint64_t mix(std::uint64_t value) {
    value += 0x9e3779b97f4a7c15U;
    value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9U;
    value = (value ^ (value >> 27)) * 0x94d049bb133111ebU;
    return value ^ (value >> 31);
}

/// One number made of two; the order matters.
constexpr std::uint64_t mix(std::uint64_t first, std::uint64_t second) {
    return mix(mix(first) ^ second);
}

/// FNV-1a over a sequence of strings. Where one string ends and the next begins counts too.
class fingerprint {
 public:
    constexpr void add(std::string_view bytes) {
        add_number(bytes.size());
        for (const char c : bytes)
            step(static_cast<unsigned char>(c));
    }
    constexpr void add_number(std::uint64_t number) {
        for (int shift = 0; shift < 64; shift += 8)
            step((number >> shift) & 0xffU);
    }
    constexpr std::uint64_t value() const { return state_; }

 private:
    constexpr void step(std::uint64_t byte) { state_ = (state_ ^ byte) * 0x100000001b3U; }

    std::uint64_t state_ = 0xcbf29ce484222325U;
};

/// A sequence of numbers drawn from a seed.
class dice {
 public:
    constexpr explicit dice(std::uint64_t seed) : state_(mix(seed)) {}

    constexpr std::uint64_t roll() {
        state_ += 0x9e3779b97f4a7c15U;
        return mix(state_);
    }
    /// One of 0 .. bound-1; `bound` is not 0.
    constexpr std::uint64_t below(std::uint64_t bound) { return roll() % bound; }

 private:
    std::uint64_t state_;
};

}  // namespace sluice::upstream::mock
