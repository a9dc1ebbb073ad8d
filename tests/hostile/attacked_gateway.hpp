#pragma once

#include "tests/end_to_end/support/gateway_process.hpp"

#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <string>

/// The one gateway that all groups attack, and what it must still be after each.
namespace sluice::hostile {

/// The shared gateway, which serves the mock alone. Started when it is first asked for, ended
/// behind the last test.
end_to_end::gateway_process& attacked();
inline std::uint16_t attacked_port() {
    return attacked().port();
}

/// Holds the shared gateway to what it was before the suite: the exact text of a seeded stream in
/// two dialects, /livez at once, no descriptor more, memory within its bounds, and a log whose new
/// lines are one JSON object each, without control bytes.
void expect_unharmed();

/// What is wrong with the lines of a log; empty where each is one JSON object in printable bytes.
std::string complaint_about_log(const std::string& lines);

/// A group of attacks on the shared gateway, which is looked at behind each of its tests.
class attack : public ::testing::Test {
 protected:
    void SetUp() override { attacked(); }
    void TearDown() override { expect_unharmed(); }
};

}  // namespace sluice::hostile
