#pragma once

#include "tests/gateway/dialects/encoding.hpp"

#include <gtest/gtest.h>

/// Reads Gemini's answers back as its clients do.
namespace sluice::gateway::testing {

/// What Google's JavaScript client takes for responses: blocks that begin with `data:`.
inline std::vector<nlohmann::json> gemini_responses(std::string_view wire) {
    std::vector<nlohmann::json> all;
    constexpr std::string_view blank = "\r\n\r\n";
    constexpr std::string_view data = "data:";
    for (auto end = wire.find(blank); end != std::string_view::npos; end = wire.find(blank)) {
        const auto block = wire.substr(0, end);
        wire.remove_prefix(end + blank.size());
        if (!block.starts_with(data)) continue;
        all.push_back(nlohmann::json::parse(block.substr(data.size()), nullptr, false));
        EXPECT_FALSE(all.back().is_discarded()) << block;
    }
    return all;
}

inline nlohmann::json parts_of(const nlohmann::json& response, std::size_t candidate = 0) {
    return response.at("candidates").at(candidate).at("content").at("parts");
}

}  // namespace sluice::gateway::testing
