#pragma once

#include "gateway/load/work/workload.hpp"
#include "upstream/mock/prompt.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <string_view>
#include <unistd.h>
#include <utility>
#include <variant>
#include <vector>

/// Files for workloads, and what becomes of them.
namespace sluice::gateway::load::testing {

/// A file of the samples beside these tests.
inline std::string sample(const std::string& name) {
    return (std::filesystem::path(__FILE__).parent_path() / "data" / name).string();
}

/// A file that lives as long as this.
class text_file {
 public:
    explicit text_file(std::string_view text) {
        const auto& test = *::testing::UnitTest::GetInstance()->current_test_info();
        path_ = std::filesystem::temp_directory_path() /
                ("sluice-" + std::to_string(::getpid()) + "-" + test.name());
        write(text);
    }
    ~text_file() {
        std::error_code ignored;
        std::filesystem::remove(path_, ignored);
    }
    text_file(const text_file&) = delete;
    text_file& operator=(const text_file&) = delete;

    void write(std::string_view text) const {
        std::ofstream(path_, std::ios::binary | std::ios::trunc) << text;
    }
    std::string path() const { return path_.string(); }

 private:
    std::filesystem::path path_;
};

inline std::string text_of(const upstream::message& message) {
    std::string text;
    for (const auto& part : message.content) {
        if (const auto* words = std::get_if<upstream::text_part>(&part)) text += words->text;
    }
    return text;
}

inline std::string text_of(const std::vector<upstream::message>& messages) {
    std::string text;
    for (const auto& each : messages)
        text += text_of(each);
    return text;
}

/// As the mock counts them.
inline std::int64_t counted_tokens(const job& made) {
    upstream::request request;
    request.messages = made.messages;
    return upstream::mock::count_prompt_tokens(request);
}

inline std::unique_ptr<workload> made_workload(const workload_settings& settings) {
    auto made = make_workload(settings);
    if (made) return std::move(*made);
    ADD_FAILURE() << made.error();
    return nullptr;
}

inline std::string workload_error(const workload_settings& settings) {
    const auto made = make_workload(settings);
    return made ? std::string() : made.error();
}

inline workload_settings prompts_of(std::string path) {
    workload_settings settings;
    settings.prompts_file = std::move(path);
    return settings;
}

inline workload_settings trace_of(std::string path) {
    workload_settings settings;
    settings.trace_file = std::move(path);
    return settings;
}

/// At most so many jobs.
inline std::vector<job> jobs_of(workload& from, std::size_t most) {
    std::vector<job> jobs;
    while (jobs.size() < most) {
        auto made = from.next();
        if (!made) break;
        jobs.push_back(std::move(*made));
    }
    return jobs;
}

}  // namespace sluice::gateway::load::testing
