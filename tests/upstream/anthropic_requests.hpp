#pragma once

#include "tests/upstream/anthropic_calls.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// Requests, and what Anthropic's codec makes of them.
namespace sluice::upstream::testing::anthropic {

inline http_request encoded(
    const call& asked,
    std::string_view model = "claude-sonnet-4-5",
    const provider_settings& provider = anthropic_provider()
) {
    const auto result = make_anthropic_codec()->encode(asked, provider, model);
    EXPECT_TRUE(result.has_value()) << (result ? "" : result.error().message);
    return result.has_value() ? *result : http_request();
}

inline failure refused(const request& request, std::string_view model = "claude-sonnet-4-5") {
    call asked;
    asked.request = request;
    const auto result = make_anthropic_codec()->encode(asked, anthropic_provider(), model);
    EXPECT_FALSE(result.has_value());
    return result.has_value() ? failure() : result.error();
}

struct translated_request {
    nlohmann::json body;
    std::vector<std::string> dropped;
};
inline translated_request translated(
    const request& request, std::string_view model = "claude-sonnet-4-5"
) {
    call asked;
    asked.request = request;
    auto made = encoded(asked, model);
    return {nlohmann::json::parse(made.body), made.dropped};
}

inline message said(role who, std::string text) {
    message made;
    made.role = who;
    if (!text.empty()) made.content.emplace_back(text_part{std::move(text)});
    return made;
}
inline message called(std::vector<tool_call> calls) {
    message made;
    made.role = role::assistant;
    made.tool_calls = std::move(calls);
    return made;
}
inline message result_of(std::string id, std::string text) {
    auto made = said(role::tool, std::move(text));
    made.tool_call_id = std::move(id);
    return made;
}

inline request asking(std::vector<message> messages = {said(role::user, "hi")}) {
    request made;
    made.messages = std::move(messages);
    return made;
}
inline nlohmann::json turns(std::vector<message> messages) {
    return translated(asking(std::move(messages))).body["messages"];
}
inline request with_part(content_part part) {
    message user;
    user.content.push_back(std::move(part));
    return asking({user});
}
inline nlohmann::json block_for(content_part part) {
    return translated(with_part(std::move(part))).body["messages"][0]["content"][0];
}

}  // namespace sluice::upstream::testing::anthropic
