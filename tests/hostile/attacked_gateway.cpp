#include "tests/hostile/attacked_gateway.hpp"

#include "tests/end_to_end/support/configuration_text.hpp"
#include "tests/end_to_end/support/event_stream.hpp"
#include "tests/hostile/process_figures.hpp"
#include "tests/hostile/wire_case.hpp"

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <memory>
#include <optional>
#include <sstream>

namespace sluice::hostile {
namespace {

using end_to_end::eventually;
using end_to_end::gateway_process;
using end_to_end::milliseconds;
using end_to_end::open_stream;
using nlohmann::json;

// A sanitizer's own memory is several times the program's.
constexpr std::size_t scale = end_to_end::sanitized ? 4 : 1;
constexpr std::size_t settled_growth_max = scale * (64U << 20);
constexpr std::size_t peak_growth_max = scale * (384U << 20);
constexpr milliseconds settling{10'000};
/// Of a probe beside nothing else.
constexpr milliseconds probe_limit{1000};
/// The suite's own size; a run of chosen tests may have fewer.
constexpr std::size_t cases_min = 350;

constexpr int tokens = 40;
const std::string prompt = "Tell me about rivers";

end_to_end::request shaped(end_to_end::request message) {
    return message.header("X-Mock-Tokens", std::to_string(tokens)).header("X-Mock-Seed", "7");
}

/// A stream that came whole; what it said.
std::string native_text_of(const gateway_process& gateway) {
    open_stream stream(gateway, shaped(end_to_end::post("/v1/streams", {{"prompt", prompt}})));
    const auto events = stream.rest();
    EXPECT_EQ(stream.head().status, 200);
    EXPECT_TRUE(stream.ended_whole());
    EXPECT_EQ(end_to_end::count_type(events, "done"), 1U);
    return end_to_end::native_text(events);
}

std::string chat_text_of(const gateway_process& gateway) {
    const json turn{{"role", "user"}, {"content", prompt}};
    const json body{{"model", "mock"}, {"stream", true}, {"messages", json::array({turn})}};
    open_stream stream(gateway, shaped(end_to_end::post("/v1/chat/completions", body)));
    const auto events = stream.rest();
    EXPECT_NE(stream.body().find("data: [DONE]"), std::string::npos);
    return end_to_end::chat_text(events);
}

struct baseline {
    pid_t process = 0;
    std::string text;
    std::size_t descriptors = 0;
    std::size_t resident = 0;
    std::size_t peak = 0;
};

struct scene {
    gateway_process gateway{
        end_to_end::configuration_text().server("idle: 8s").streams("write_stall: 6s").yaml()};
    baseline before;
    std::size_t log_read = 0;

    scene() {
        before.process = process_of(gateway);
        before.text = native_text_of(gateway);
        chat_text_of(gateway);
        // The warm-up's own connections are none of the baseline.
        eventually([&] {
            const auto now = open_descriptors(before.process);
            const bool settled = now == before.descriptors;
            before.descriptors = now;
            return settled;
        });
        before.resident = resident_bytes(before.process);
        before.peak = peak_resident_bytes(before.process);
    }

    std::string new_log_lines() {
        std::ifstream file(gateway.folder().path() / "stderr", std::ios::binary);
        file.seekg(static_cast<std::streamoff>(log_read));
        std::string text{std::istreambuf_iterator<char>(file), {}};
        text.resize(text.rfind('\n') + 1);  // 0 where there is none
        log_read += text.size();
        return text;
    }
};

std::unique_ptr<scene>& current() {
    static std::unique_ptr<scene> instance;
    return instance;
}

scene& the_scene() {
    if (!current()) current() = std::make_unique<scene>();
    return *current();
}

/// Ends the gateway while GoogleTest still takes failures, and tells what was tried.
class last_look : public ::testing::Environment {
 public:
    void TearDown() override {
        if (!current()) return;
        const auto& before = current()->before;
        std::printf(
            "%zu cases; resident %zu -> %zu MiB, peak %zu MiB, descriptors %zu -> %zu\n",
            cases_counted(),
            before.resident >> 20U,
            resident_bytes(before.process) >> 20U,
            peak_resident_bytes(before.process) >> 20U,
            before.descriptors,
            open_descriptors(before.process)
        );
        current().reset();
        const bool all = GTEST_FLAG_GET(filter) == "*";
        if (all) {
            EXPECT_GE(cases_counted(), cases_min);
        }
    }
};

// NOLINTNEXTLINE(cert-err58-cpp): GoogleTest owns it
[[maybe_unused]] auto* const registered = ::testing::AddGlobalTestEnvironment(new last_look);

void expect_descriptors_back(const baseline& before) {
    const bool back = eventually(
        [&] { return open_descriptors(before.process) <= before.descriptors; }, settling
    );
    EXPECT_TRUE(back) << open_descriptors(before.process) << " descriptors, " << before.descriptors
                      << " before";
}

void expect_memory_settled(const baseline& before) {
    const bool settled = eventually(
        [&] { return resident_bytes(before.process) <= before.resident + settled_growth_max; },
        settling
    );
    EXPECT_TRUE(settled) << "resident " << (resident_bytes(before.process) >> 20U) << " MiB, "
                         << (before.resident >> 20U) << " before";
    EXPECT_LE(peak_resident_bytes(before.process), before.peak + peak_growth_max)
        << "peak " << (peak_resident_bytes(before.process) >> 20U) << " MiB, "
        << (before.peak >> 20U) << " before";
}

}  // namespace

gateway_process& attacked() {
    return the_scene().gateway;
}

void expect_unharmed() {
    auto& all = the_scene();
    const auto asked = end_to_end::steady::now();
    EXPECT_EQ(all.gateway.ask(end_to_end::get("/livez")).status, 200);
    EXPECT_LT(end_to_end::steady::now() - asked, probe_limit * scale);
    EXPECT_EQ(native_text_of(all.gateway), all.before.text);
    EXPECT_EQ(chat_text_of(all.gateway), all.before.text);
    expect_descriptors_back(all.before);
    expect_memory_settled(all.before);
    EXPECT_EQ(complaint_about_log(all.new_log_lines()), "");
}

std::string complaint_about_log(const std::string& lines) {
    std::istringstream all(lines);
    for (std::string line; std::getline(all, line);) {
        const bool control = std::ranges::any_of(line, [](char c) {
            return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
        });
        if (control) return "control bytes in a line of the log: " + printable(line);
        const auto value = json::parse(line, nullptr, false);
        if (!value.is_object()) return "a line of the log is no JSON object: " + printable(line);
    }
    return {};
}

}  // namespace sluice::hostile
