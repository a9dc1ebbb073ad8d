#include "gateway/http/trickle.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace sluice::gateway::testing {
namespace {

using namespace std::chrono_literals;

const trickle::clock::time_point begun{1h};

/// How long it takes until so many bytes have gone out, each piece as soon as it may.
std::chrono::duration<double> time_for(trickle& pace, std::size_t bytes) {
    auto now = begun;
    for (std::size_t gone = 0; gone < bytes;) {
        now = std::max(now, pace.next());
        pace.note(pace.piece_bytes(), now);
        gone += pace.piece_bytes();
    }
    return pace.next() - begun;
}

TEST(Trickle, LetsSoManyBytesGoInASecond) {
    for (const std::uint64_t rate : {1U, 7U, 20U, 1000U, 1'000'000U}) {
        trickle pace{rate};
        EXPECT_NEAR(time_for(pace, rate).count(), 1.0, 1e-3) << rate;
    }
}

TEST(Trickle, GoesInSmallPieces) {
    EXPECT_EQ(trickle{1}.piece_bytes(), 1U);
    EXPECT_EQ(trickle{1000}.piece_bytes(), 50U);
}

TEST(Trickle, WhatWasNotUsedIsLost) {
    trickle pace{1000};
    pace.note(50, begun);
    const auto later = begun + 10s;
    pace.note(50, later);
    EXPECT_EQ(pace.next(), later + 50ms);
}

TEST(Trickle, NoRateIsOneByteASecondAndNoneIsTooLarge) {
    trickle slow{0};
    slow.note(1, begun);
    EXPECT_EQ(slow.next(), begun + 1s);
    EXPECT_GT(trickle{~std::uint64_t{0}}.piece_bytes(), 1U << 20U);
}

}  // namespace
}  // namespace sluice::gateway::testing
