#include "gateway/dialects/opaque_state.hpp"

#include <gtest/gtest.h>

namespace sluice::gateway::testing {
namespace {

using state = upstream::reasoning_state;

TEST(OpaqueState, OfTheClientsOwnKindGoesAsItIs) {
    const state own{state::origin::anthropic, state::form::signature, "EqQB==", ""};
    EXPECT_EQ(pack_state(own, state::origin::anthropic), "EqQB==");
    EXPECT_EQ(unpack_state("EqQB==", state::origin::anthropic), own);
}

TEST(OpaqueState, OfAnotherKindComesBackAsWhatItWas) {
    for (const auto from :
         {state::origin::gemini, state::origin::openai_responses, state::origin::other}) {
        for (const auto how :
             {state::form::signature, state::form::redacted, state::form::encrypted}) {
            const state foreign{from, how, "a:b/c==", "rs_1:x"};
            const auto text = pack_state(foreign, state::origin::anthropic);
            EXPECT_NE(text, foreign.data);
            EXPECT_EQ(unpack_state(text, state::origin::anthropic), foreign);
        }
    }
}

TEST(OpaqueState, ThatOnlyLooksMarkedIsTakenAsItIs) {
    for (const auto* text :
         {"sluice:",
          "sluice:anthropic:signature:99:ab",
          "sluice:mars:signature:0:ab",
          "sluice:gemini:signature:-1:ab",
          "sluice:gemini:signature"}) {
        const auto read = unpack_state(text, state::origin::gemini);
        EXPECT_EQ(read.data, text);
        EXPECT_EQ(read.from, state::origin::gemini);
    }
}

TEST(OpaqueState, SaysWhatItBelongsToAndIsItselfAgain) {
    const state signature{state::origin::gemini, state::form::signature, "abc", ""};
    auto of_call = mark_as_of_call(signature, "call:1");
    EXPECT_EQ(take_owner(of_call).call_id, "call:1");
    EXPECT_EQ(of_call, signature);
    auto of_text = mark_as_of_text(signature);
    EXPECT_TRUE(take_owner(of_text).text);
    EXPECT_EQ(of_text, signature);
    auto thoughts = signature;
    const auto owner = take_owner(thoughts);
    EXPECT_FALSE(owner.text);
    EXPECT_TRUE(owner.call_id.empty());
}

TEST(OpaqueState, IsTakenOffABodyThatGoesUpAsItCame) {
    const state own{state::origin::anthropic, state::form::signature, "OWN", "x"};
    const state foreign{state::origin::gemini, state::form::signature, "G", ""};
    std::string body =
        R"({"messages":[{"content":[{"type":"thinking","thinking":"a","signature":")" +
        pack_state(own, state::origin::anthropic) + R"("},{"type":"redacted_thinking","data":")" +
        pack_state(foreign, state::origin::anthropic) +
        R"("},{"type":"text","text":"sluice:gemini"}]}]})";
    unpack_body(body, state::origin::anthropic);
    EXPECT_EQ(
        body,
        R"({"messages":[{"content":[{"type":"thinking","thinking":"a","signature":"OWN"},)"
        R"({"type":"text","text":"sluice:gemini"}]}]})"
    );
    std::string parts = R"({"contents":[{"parts":[{"text":"a","thoughtSignature":")" +
                        pack_state(own, state::origin::gemini) + R"("}]}]})";
    unpack_body(parts, state::origin::gemini);
    EXPECT_EQ(parts, R"({"contents":[{"parts":[{"text":"a"}]}]})");
    std::string plain = R"({"a" : 1.50})";
    unpack_body(plain, state::origin::gemini);
    EXPECT_EQ(plain, R"({"a" : 1.50})");
}

}  // namespace
}  // namespace sluice::gateway::testing
