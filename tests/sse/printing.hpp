#pragma once

#include "tests/sse/parsing.hpp"

#include <gtest/gtest.h>

#include <ostream>

namespace sluice::sse::testing {

/// A literal with the NULs in it.
template <std::size_t Size>
std::string bytes(const char (&literal)[Size]) {
    return {literal, Size - 1};  // keeps NUL
}

inline std::ostream& operator<<(std::ostream& out, const block& block) {
    return out << "{type " << ::testing::PrintToString(block.type) << ", data "
               << ::testing::PrintToString(block.data) << ", id "
               << ::testing::PrintToString(block.last_event_id) << ", "
               << (block.dispatched ? "event" : "no event") << "}";
}

}  // namespace sluice::sse::testing
