#include "upstream/mock/fault.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace sluice::upstream::mock {
namespace {

using kind = fault::kind;
using wire = wire_fault::kind;

fault on_the_wire(wire what, std::uint64_t at, std::uint64_t size = 0) {
    return {kind::on_the_wire, 0, {what, at, size}};
}

TEST(MockFault, ThatTheModelSuffersIsRead) {
    EXPECT_EQ(parse_fault(""), fault());
    EXPECT_FALSE(*parse_fault(""));
    EXPECT_EQ(parse_fault("400"), (fault{kind::status, 400, {}}));
    EXPECT_EQ(parse_fault("599"), (fault{kind::status, 599, {}}));
    EXPECT_EQ(parse_fault("reset-after=0"), (fault{kind::reset_after, 0, {}}));
    EXPECT_EQ(parse_fault("stall-after=7"), (fault{kind::stall_after, 7, {}}));
    EXPECT_EQ(parse_fault("truncate-after=1000000"), (fault{kind::truncate_after, 1000000, {}}));
    EXPECT_EQ(parse_fault("error-after=5"), (fault{kind::error_after, 5, {}}));
}

TEST(MockFault, ThatTheClientsConnectionSuffersIsRead) {
    EXPECT_EQ(parse_fault("cut-after=0"), on_the_wire(wire::cut, 0));
    EXPECT_EQ(parse_fault("cut-after=3"), on_the_wire(wire::cut, 3));
    EXPECT_EQ(parse_fault("cut-at-byte=4096"), on_the_wire(wire::cut_bytes, 4096));
    EXPECT_EQ(parse_fault("cut-character=2"), on_the_wire(wire::cut_character, 2));
    EXPECT_EQ(parse_fault("malformed=1"), on_the_wire(wire::malformed, 1));
    EXPECT_EQ(parse_fault("huge=3"), on_the_wire(wire::huge, 3, 1U << 20U));
    EXPECT_EQ(parse_fault("huge=3:8388608"), on_the_wire(wire::huge, 3, 8U << 20U));
    EXPECT_EQ(parse_fault("lose=10000"), on_the_wire(wire::lose, 10000));
    EXPECT_EQ(parse_fault("repeat=1"), on_the_wire(wire::repeat, 1));
    EXPECT_EQ(parse_fault("alter=1"), on_the_wire(wire::alter, 1));
    EXPECT_EQ(parse_fault("swap=1"), on_the_wire(wire::swap, 1));
    EXPECT_EQ(parse_fault("unended"), on_the_wire(wire::unended, 0));
    EXPECT_EQ(parse_fault("early-end=9"), on_the_wire(wire::early_end, 9));
    EXPECT_EQ(parse_fault("trickle=100"), on_the_wire(wire::trickle, 100));
}

TEST(MockFault, ThatCannotBeReadIsNone) {
    for (const char* const value :
         {"399",
          "600",
          "200",
          "0429",
          "-1",
          "abc",
          "429 ",
          "4e2",
          "reset-after",
          "reset-after=",
          "reset-after=-1",
          "reset-after=1000001",
          "cut-after=1x",
          "malformed=0",
          "lose=0",
          "swap=0",
          "huge=0",
          "huge=1:",
          "huge=1:0",
          "huge=1:8388609",
          "huge=:5",
          "lose=1:5",
          "trickle=0",
          "unended=1",
          "=1",
          "99999999999999999999"}) {
        EXPECT_FALSE(parse_fault(value)) << value;
    }
}

TEST(MockFault, WritesWhatItReads) {
    for (const char* const text :
         {"",
          "503",
          "reset-after=0",
          "error-after=5",
          "cut-after=3",
          "cut-at-byte=77",
          "huge=3:5000",
          "unended",
          "trickle=100"}) {
        EXPECT_EQ(fault_text(*parse_fault(text)), text);
    }
}

TEST(MockFault, NamesAllThatItTakes) {
    for (const char* const word :
         {"400 to 599",
          "reset-after=N",
          "stall-after=N",
          "truncate-after=N",
          "error-after=N",
          "cut-after=N",
          "cut-at-byte=N",
          "cut-character=N",
          "malformed=N",
          "huge=N:BYTES (8388608 at most)",
          "lose=N",
          "repeat=N",
          "alter=N",
          "swap=N",
          "unended",
          "early-end=N",
          "trickle=BYTES"}) {
        EXPECT_THAT(std::string(fault_syntax()), testing::HasSubstr(word));
    }
}

TEST(MockFault, SaysThatCutsCountEvents) {
    const std::string syntax(fault_syntax());
    EXPECT_GT(syntax.find("cut-after=N"), syntax.find("tokens"));
    EXPECT_LT(syntax.find("cut-after=N"), syntax.find("events"));
}

}  // namespace
}  // namespace sluice::upstream::mock
