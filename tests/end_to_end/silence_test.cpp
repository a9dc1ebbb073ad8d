#include "tests/end_to_end/support/configuration_text.hpp"
#include "tests/end_to_end/support/event_stream.hpp"

#include <gtest/gtest.h>

namespace sluice::end_to_end {
namespace {

using nlohmann::json;

/// A stream that has one token and then nothing, and what fills its silence.
std::string silent_configuration() {
    return configuration_text().server("heartbeat: 200ms").yaml();
}

/// The body once it holds `sign`.
std::string body_with(open_stream& stream, const std::string& sign) {
    std::string body = stream.body();
    while (body.find(sign) == std::string::npos) {
        const auto part = stream.client().read_body_part();
        if (!part) break;
        body += *part;
    }
    return body;
}

TEST(Silence, IsFilledInNativeStreamsByACommentWithoutABlankLine) {
    const gateway_process gateway(silent_configuration());
    open_stream stream(
        gateway, post("/v1/streams", {{"prompt", "Hi"}}).header("X-Mock-Error", "stall-after=1")
    );
    const auto body = body_with(stream, "\n\n: \n");
    EXPECT_NE(body.find("\n\n: \n"), std::string::npos) << body;
    EXPECT_EQ(body.find(": \n\n"), std::string::npos) << body;
}

TEST(Silence, IsFilledInChatStreamsByAChunkWithAnEmptyDelta) {
    const gateway_process gateway(silent_configuration());
    const json hello{
        {"model", "mock"},
        {"stream", true},
        {"messages", json::array({{{"role", "user"}, {"content", "Hi"}}})},
    };
    open_stream stream(
        gateway, post("/v1/chat/completions", hello).header("X-Mock-Error", "stall-after=1")
    );
    const auto body = body_with(stream, "\"delta\":{},\"finish_reason\":null");
    EXPECT_NE(body.find("\"delta\":{},\"finish_reason\":null"), std::string::npos) << body;
}

TEST(Silence, BeforeTheFirstChunkIsFilledByACommentAndABlankLine) {
    const gateway_process gateway(
        configuration_text().server("heartbeat: 200ms").server("commit_after: 100ms").yaml()
    );
    const json hello{
        {"model", "mock"},
        {"stream", true},
        {"messages", json::array({{{"role", "user"}, {"content", "Hi"}}})},
    };
    open_stream stream(
        gateway, post("/v1/chat/completions", hello).header("X-Mock-Error", "stall-after=0")
    );
    EXPECT_EQ(stream.head().status, 200);
    EXPECT_EQ(body_with(stream, ":\n\n").substr(0, 3), ":\n\n");
}

}  // namespace
}  // namespace sluice::end_to_end
