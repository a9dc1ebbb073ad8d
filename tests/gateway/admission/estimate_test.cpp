#include "gateway/admission/estimate.hpp"

#include <gtest/gtest.h>

#include <string>

namespace sluice::gateway::testing {
namespace {

std::string with_text(const std::string& text) {
    return R"({"messages":[{"role":"user","content":")" + text + R"("}]})";
}

TEST(Estimate, IsATokenForFourBytesOfText) {
    const auto bare = estimated_tokens(with_text(""));
    std::string text;
    for (int i = 0; i < 1000; ++i)
        text += "word ";
    EXPECT_NEAR(static_cast<double>(estimated_tokens(with_text(text)) - bare), 1250, 1);
    EXPECT_EQ(estimated_tokens(""), 1);
}

TEST(Estimate, CountsAPictureOnceHoweverLargeItIs) {
    const auto bare = estimated_tokens(with_text(""));
    for (const std::size_t size : {1'000U, 1'000'000U}) {
        const auto picture = "data:image/png;base64," + std::string(size, 'A') + "==";
        EXPECT_NEAR(static_cast<double>(estimated_tokens(with_text(picture)) - bare), 85, 1)
            << size;
    }
}

TEST(Estimate, TakesLongTextsWithoutSpacesForTexts) {
    std::string text;
    for (int i = 0; i < 1000; ++i)
        text += "\u6c34";
    EXPECT_GT(estimated_tokens(with_text(text)), 700);
    EXPECT_GT(estimated_tokens(with_text(std::string(4000, '.'))), 900);
}

TEST(Estimate, StandsAnyBytes) {
    const auto body =
        with_text(R"(a \" b \\)") + std::string(600, 'A') + "\"" + std::string(600, 'B');
    for (std::size_t cut = 0; cut <= body.size(); ++cut)
        EXPECT_GE(estimated_tokens(body.substr(0, cut)), 1);
}

}  // namespace
}  // namespace sluice::gateway::testing
