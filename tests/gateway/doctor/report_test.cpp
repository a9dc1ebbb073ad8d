#include "gateway/doctor/report.hpp"

#include "gateway/doctor/examination.hpp"
#include "tests/gateway/doctor/some_facts.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace sluice::gateway::doctor::testing {
namespace {

TEST(DoctorReport, HasALineForEachFindingThenWhatToSetThenTheConclusion) {
    auto found = well();
    found.stream = tokens_at_the_end();
    found.models.headers = {{"server", "Caddy"}};
    found.models.head_ms = 2.5;
    EXPECT_EQ(
        text_report(found, judge(found)),
        "ok    gateway    Sluice answers in 2.5 ms\n"
        "ok    way        Caddy (server: Caddy)\n"
        "ok    http       HTTP/2 over TLS\n"
        "fail  stream     100 events made over 4.0 s came all at once at the end: something on the "
        "way holds the whole answer (9.8 KiB) back\n"
        "\n"
        "what to set in Caddy (buffering):\n"
        "    reverse_proxy 127.0.0.1:8080 {\n"
        "        flush_interval -1\n"
        "        # and none of: buffer_responses, response_buffers\n"
        "    }\n"
        "\n"
        "https://chat.example.com: something between here and the gateway buffers\n"
    );
}

TEST(DoctorReport, SaysTheSameToPrograms) {
    auto found = well();
    found.stream = tokens_at_the_end();
    found.models.headers = {{"server", "Caddy"}};
    found.version = "0.1.0";
    const auto report = nlohmann::json::parse(json_report(found, judge(found)));
    EXPECT_EQ(report.at("url"), "https://chat.example.com");
    EXPECT_EQ(report.at("ok"), false);
    EXPECT_EQ(report.at("version"), "0.1.0");
    EXPECT_EQ(report.at("proxies"), nlohmann::json{"Caddy"});
    EXPECT_EQ(report.at("findings").at(3).at("level"), "fail");
    EXPECT_EQ(report.at("findings").at(3).at("trouble"), "buffering");
    EXPECT_EQ(report.at("advice").at(0).at("proxy"), "Caddy");
    EXPECT_EQ(report.at("stream").at("how"), "at_the_end");
    EXPECT_EQ(report.at("stream").at("events"), 100);
}

TEST(DoctorReport, ShowsNothingOfStrangersThatMovesACursor) {
    auto found = well();
    found.models.headers = {{"server", "\x1b[31mnginx\x07\xe2\x80\xae\r\n"}};
    found.version = "\x1b]0;x\x07";
    for (const auto& report :
         {text_report(found, judge(found)), json_report(found, judge(found))}) {
        for (const char c : report)
            EXPECT_TRUE(c == '\n' || (c >= ' ' && c <= '~'));
        EXPECT_THAT(report, ::testing::HasSubstr("server: ?[31mnginx?"));
    }
    EXPECT_EQ(harmless(std::string(1000, 'x'), 3), "xxx...");
}

TEST(DoctorReport, KnowsThisMachineByItsNames) {
    for (const auto* url : {"http://127.0.0.1:8080", "http://localhost/x", "https://[::1]:443"})
        EXPECT_TRUE(is_loopback(url)) << url;
    for (const auto* url : {"http://10.0.0.1", "http://localhost.example.com", "https://[::2]"})
        EXPECT_FALSE(is_loopback(url)) << url;
}

}  // namespace
}  // namespace sluice::gateway::doctor::testing
