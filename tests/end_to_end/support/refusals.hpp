#pragma once

#include "tests/end_to_end/support/http.hpp"

#include <gtest/gtest.h>

namespace sluice::end_to_end {

/// A refusal in the native dialect's own shape.
inline void expect_native_error(const http_response& response, int status) {
    EXPECT_EQ(response.status, status) << response.body;
    EXPECT_FALSE(response.header("X-Request-Id").empty());
    EXPECT_EQ(response.header("Content-Type").substr(0, 16), "application/json");
    const auto error = response.json().at("error");
    EXPECT_FALSE(error.at("type").get<std::string>().empty());
    EXPECT_FALSE(error.at("message").get<std::string>().empty());
    EXPECT_TRUE(error.at("retryable").is_boolean());
}

/// A refusal in OpenAI's shape.
inline void expect_openai_error(const http_response& response, int status) {
    EXPECT_EQ(response.status, status) << response.body;
    EXPECT_FALSE(response.header("X-Request-Id").empty());
    EXPECT_EQ(response.header("Content-Type").substr(0, 16), "application/json");
    const auto error = response.json().at("error");
    EXPECT_FALSE(error.at("message").get<std::string>().empty());
    EXPECT_FALSE(error.at("type").get<std::string>().empty());
    EXPECT_TRUE(error.contains("param"));
    EXPECT_TRUE(error.contains("code"));
}

}  // namespace sluice::end_to_end
