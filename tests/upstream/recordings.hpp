#pragma once

#include "tests/upstream/codec_run.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <optional>
#include <random>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

/// The recorded streams of real providers. Their folder is named by SLUICE_FIXTURES; INDEX.json
/// there says what each stream holds.
namespace sluice::upstream::testing {

inline std::string read_file(const std::filesystem::path& file) {
    std::ifstream in(file, std::ios::binary);
    std::ostringstream text;
    text << in.rdbuf();
    return text.str();
}

inline std::vector<std::string_view> random_cuts(std::string_view text, unsigned seed) {
    std::mt19937 random(seed);
    std::vector<std::string_view> pieces;
    while (!text.empty()) {
        const std::size_t size = 1 + random() % 700;
        pieces.push_back(text.substr(0, size));
        text.remove_prefix(std::min(size, text.size()));
    }
    return pieces;
}

inline std::string text_at(const nlohmann::json& object, const char* key) {
    const auto found = object.find(key);
    return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

inline std::optional<std::int64_t> count_at(const nlohmann::json& object, const char* key) {
    const auto found = object.find(key);
    if (found == object.end() || !found->is_number()) return {};
    return found->get<std::int64_t>();
}

inline bool has_tag(const nlohmann::json& record, const char* list, const char* tag) {
    const auto& tags = record.at(list);
    return tags.contains(tag) || std::ranges::find(tags, tag) != tags.end();
}

/// Skips where no recordings are named.
class recordings_of : public ::testing::Test {
 protected:
    explicit recordings_of(std::string dialect) : dialect_(std::move(dialect)) {}

    void SetUp() override {
        const char* folder = std::getenv("SLUICE_FIXTURES");
        if (folder == nullptr || *folder == '\0') {
            GTEST_SKIP() << "SLUICE_FIXTURES names no folder of recorded provider streams";
        }
        folder_ = folder;
        const auto index = nlohmann::json::parse(read_file(folder_ / "INDEX.json"), nullptr, false);
        ASSERT_TRUE(index.is_object()) << "no readable INDEX.json in " << folder_;
        for (const auto& record : index.at("records")) {
            if (record.at("dialect") == dialect_) records_.push_back(record);
        }
        ASSERT_FALSE(records_.empty());
    }

    std::string wire(const nlohmann::json& record) const {
        auto bytes = read_file(folder_ / record.at("file").get<std::string>());
        EXPECT_FALSE(bytes.empty());
        return bytes;
    }

    std::string dialect_;
    std::filesystem::path folder_;
    std::vector<nlohmann::json> records_;
};

}  // namespace sluice::upstream::testing
