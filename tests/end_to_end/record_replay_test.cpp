#include "tests/end_to_end/support/configuration_text.hpp"
#include "tests/end_to_end/support/event_stream.hpp"
#include "tests/end_to_end/support/fake_upstream.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>

namespace sluice::end_to_end {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;
using ::testing::Not;
namespace fs = std::filesystem;

constexpr std::string_view key = "sk-the-secret-key";

request ask(const std::string& prompt = "Hi", bool stream = true) {
    return post(
        "/v1/chat/completions",
        {{"model", "up"},
         {"stream", stream},
         {"messages", json::array({{{"role", "user"}, {"content", prompt}}})}}
    );
}

/// Answers each request with its own prompt, cut into pieces of seven bytes: within characters too.
upstream_script echo() {
    return [](upstream_exchange& exchange) {
        const auto asked = exchange.read_request().json();
        const auto prompt = asked.at("messages").back().at("content").get<std::string>();
        if (!asked.value("stream", false))
            return exchange.answer(200, chat_document(prompt, 1, 1).dump());
        const auto wire = role_frame() + text_frame("echo: ") + ": odd\n\n" + text_frame(prompt) +
                          finish_frame() + usage_frame(3, 2) + std::string(done_frame);
        exchange.begin_stream();
        for (std::size_t at = 0; at < wire.size(); at += 7)
            exchange.chunk(std::string_view(wire).substr(at, 7));
        exchange.finish();
    };
}

/// A gateway that records what a provider says.
struct studio {
    explicit studio(upstream_script script)
        : provider(std::move(script)),
          gateway(gateway_options{
              configuration_text()
                  .upstream(provider.base_url())
                  .upstream_setting("api_key: " + std::string(key))
                  .upstream_setting("headers: {x-own: " + std::string(key) + "}")
                  .yaml(),
              {"--record", folder()},
              {}}) {}

    std::string folder() const { return folder_.path() / "recordings"; }
    /// Waits until so many recordings are complete: a file gets its name shortly after the answer.
    std::vector<fs::path> recordings(std::size_t count) const {
        const auto end = steady::now() + patience;
        std::vector<fs::path> found;
        while (found.size() != count && steady::now() < end) {
            found.clear();
            for (const auto& entry : fs::directory_iterator(folder())) {
                if (entry.path().extension() == ".jsonl") found.push_back(entry.path());
            }
            if (found.size() != count) (void)gateway.ask(get("/livez"));
        }
        return found;
    }

    temporary_folder folder_;
    fake_upstream provider;
    gateway_process gateway;
};

std::string text_of(const fs::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

std::string replaying(const std::string& path, const std::string& more = "speed: 0") {
    return "server: {listen: [\"127.0.0.1:0\"], workers: 1}\n"
           "providers:\n  tape: {kind: replay, path: \"" +
           path + "\", " + more +
           "}\n"
           "models:\n  - {name: up, targets: [{provider: tape, model: real-model}]}\n";
}

std::string streamed(const gateway_process& gateway, const request& message) {
    open_stream stream(gateway, message);
    stream.rest();
    return stream.body();
}

TEST(RecordReplay, RepeatsEachAnswerByteForByte) {
    studio house(echo());
    const auto hi = streamed(house.gateway, ask("Hi"));
    const auto waves = streamed(house.gateway, ask("Grüße 🌊"));
    EXPECT_THAT(waves, HasSubstr(": odd"));
    house.recordings(2);
    const gateway_process player(replaying(house.folder()));
    EXPECT_EQ(streamed(player, ask("Grüße 🌊")), waves);
    EXPECT_EQ(streamed(player, ask("Hi")), hi);
    EXPECT_EQ(streamed(player, ask("Grüße 🌊")), waves);
    EXPECT_EQ(house.provider.calls(), 2U);
}

TEST(RecordReplay, RepeatsADocumentByteForByte) {
    studio house(echo());
    const auto document = house.gateway.ask(ask("Hi", false));
    house.recordings(1);
    const gateway_process player(replaying(house.folder()));
    EXPECT_EQ(player.ask(ask("Hi", false)).body, document.body);
    const auto stream = player.ask(ask("Hi", true));
    EXPECT_EQ(stream.status, 404);
    EXPECT_THAT(stream.body, HasSubstr("no recording answers a request of openai_chat"));
}

TEST(RecordReplay, SaysTheSameInAnotherDialect) {
    studio house(echo());
    streamed(house.gateway, ask("Grüße 🌊"));
    house.recordings(1);
    const gateway_process player(replaying(house.folder()));
    open_stream native(player, post("/v1/streams", {{"model", "up"}, {"prompt", "x"}}));
    EXPECT_EQ(native_text(native.rest()), "echo: Grüße 🌊");
    const json messages = {
        {"model", "up"},
        {"max_tokens", 100},
        {"messages", json::array({{{"role", "user"}, {"content", "x"}}})}};
    const auto answer = player.ask(post("/v1/messages", messages)).json();
    EXPECT_EQ(answer.at("content").at(0).at("text"), "echo: Grüße 🌊");
    EXPECT_EQ(answer.at("usage").at("output_tokens"), 2);
}

TEST(RecordReplay, WritesNoKeyAndSaysThatItWritesPrompts) {
    studio house(echo());
    streamed(house.gateway, ask("a prompt"));
    EXPECT_EQ(
        house.provider.expect_request().header("authorization"), "Bearer " + std::string(key)
    );
    const auto files = house.recordings(1);
    ASSERT_EQ(files.size(), 1U);
    EXPECT_THAT(text_of(files.front()), Not(HasSubstr("secret")));
    EXPECT_THAT(text_of(files.front()), HasSubstr("a prompt"));
    EXPECT_EQ(
        fs::status(files.front()).permissions(), fs::perms::owner_read | fs::perms::owner_write
    );
    EXPECT_NE(house.gateway.wait_for_log({"every prompt", house.folder()}), "");
}

/// Says two words that are some time apart.
upstream_script with_a_pause(milliseconds pause) {
    return [pause](upstream_exchange& exchange) {
        exchange.read_request();
        exchange.begin_stream();
        exchange.chunk(role_frame() + text_frame("one"));
        // The gateway does not close: this is how long it takes.
        (void)exchange.wait_closed(pause);
        exchange.chunk(text_frame("two") + finish_frame() + std::string(done_frame));
        exchange.finish();
    };
}

/// How long after the first text the second one came.
milliseconds gap(const gateway_process& gateway) {
    open_stream stream(gateway, ask());
    std::vector<steady::time_point> at;
    for (const auto& event : stream.rest()) {
        if (event.data.find("\"one\"") != std::string::npos ||
            event.data.find("\"two\"") != std::string::npos)
            at.push_back(event.at);
    }
    if (at.size() != 2) return milliseconds(-1);
    return std::chrono::duration_cast<milliseconds>(at[1] - at[0]);
}

TEST(RecordReplay, KeepsTheTimeBetweenWords) {
    using namespace std::chrono_literals;
    studio house(with_a_pause(400ms));
    EXPECT_GE(gap(house.gateway), 350ms);
    house.recordings(1);
    const gateway_process same(replaying(house.folder(), "speed: 1"));
    EXPECT_GE(gap(same), 350ms);
    const gateway_process slow(replaying(house.folder(), "speed: 0.5"));
    EXPECT_GE(gap(slow), 700ms);
    const gateway_process fast(replaying(house.folder(), "speed: 0"));
    EXPECT_LT(gap(fast), 350ms);
    EXPECT_GE(gap(fast), 0ms);
}

TEST(RecordReplay, BreaksOffWhereTheProviderDid) {
    studio house([](upstream_exchange& exchange) {
        exchange.read_request();
        exchange.begin_stream();
        exchange.chunk(role_frame() + text_frame("Hel"));
        exchange.reset();
    });
    const auto broken = streamed(house.gateway, ask());
    EXPECT_THAT(broken, HasSubstr("upstream_eof"));
    house.recordings(1);
    const gateway_process player(replaying(house.folder()));
    const auto again = streamed(player, ask());
    EXPECT_THAT(again, HasSubstr("Hel"));
    EXPECT_THAT(again, HasSubstr("upstream_eof"));
}

TEST(RecordReplay, NamesAFolderThatCannotBeUsed) {
    const temporary_folder folder;
    const auto file = folder.write("file", "x");
    const auto result = run_sluice({"serve", "--listen", "127.0.0.1:0", "--record", file});
    EXPECT_EQ(result.exit_code, 1);
    EXPECT_THAT(
        result.err, HasSubstr("sluice: --record: '" + file + "' cannot be used as a folder")
    );
}

TEST(RecordReplay, IsNoSilentWishWithoutAFolder) {
    for (const std::vector<std::string>& record :
         {std::vector<std::string>{"--record", ""}, std::vector<std::string>{"--record="}}) {
        std::vector<std::string> arguments{"serve", "--listen", "127.0.0.1:0"};
        arguments.insert(arguments.end(), record.begin(), record.end());
        const auto result = run_sluice(arguments);
        EXPECT_EQ(result.exit_code, 2);
        EXPECT_THAT(result.err, HasSubstr("--record"));
    }
    EXPECT_THAT(
        run_sluice({"serve", "--listen", "127.0.0.1:0", "--record", ""}).err,
        HasSubstr("--record: needs the name of a folder")
    );
}

TEST(RecordReplay, SaysWhatIsWrongWithARecordingWhereItIsConfigured) {
    const temporary_folder folder;
    const auto recording = folder.write("bad.jsonl", "{}\n");
    const auto check = [&](const std::string& settings) {
        return run_sluice(
            {"check",
             "--config",
             folder.write("c.yaml", "providers:\n  tape: {kind: replay" + settings + "}\n")}
        );
    };
    const auto bad = check(", path: " + recording);
    EXPECT_EQ(bad.exit_code, 1);
    EXPECT_THAT(
        bad.err,
        HasSubstr("c.yaml:2:30: 'path': " + recording + ":1: 'sluice_recording' is missing")
    );
    EXPECT_THAT(check("").err, HasSubstr("c.yaml:2:9: missing key 'path' for kind 'replay'"));
    EXPECT_THAT(check(", path: x, speed: -1").err, HasSubstr("c.yaml:2:40: 'speed'"));
    EXPECT_THAT(check(", paht: x").err, HasSubstr("did you mean 'path'?"));
}

TEST(RecordReplay, IsShownByCheck) {
    studio house(echo());
    streamed(house.gateway, ask());
    house.recordings(1);
    const auto yaml = replaying(house.folder(), "speed: 2");
    const temporary_folder folder;
    const auto result = run_sluice({"check", "--config", folder.write("c.yaml", yaml)});
    EXPECT_EQ(result.exit_code, 0) << result.err;
    EXPECT_THAT(result.out, HasSubstr("kind: replay"));
    EXPECT_THAT(result.out, HasSubstr("path: " + house.folder()));
    EXPECT_THAT(result.out, HasSubstr("speed: 2"));
    EXPECT_THAT(run_sluice({"schema"}).out, HasSubstr("\"replay\""));
}

/// What a provider once answered to somebody is not for everybody.
TEST(RecordReplay, IsGuardedAsAProviderIs) {
    studio house(echo());
    streamed(house.gateway, ask());
    house.recordings(1);
    auto yaml = replaying(house.folder());
    yaml.replace(yaml.find("127.0.0.1:0"), 11, "0.0.0.0:8080");
    const temporary_folder folder;
    const auto refused = run_sluice({"check", "--config", folder.write("c.yaml", yaml)});
    EXPECT_EQ(refused.exit_code, 1);
    EXPECT_THAT(refused.err, HasSubstr("would let everybody who can reach it use your providers"));
    const auto meant =
        run_sluice({"check", "--config", folder.write("d.yaml", "auth: none\n" + yaml)});
    EXPECT_EQ(meant.exit_code, 0) << meant.err;
}

TEST(RecordReplay, IsClosedToPagesOfOtherOrigins) {
    studio house(echo());
    streamed(house.gateway, ask());
    house.recordings(1);
    const gateway_process player(replaying(house.folder()));
    const auto answer = player.ask(ask().header("Origin", "https://evil.test"));
    EXPECT_EQ(answer.status, 403);
    EXPECT_EQ(answer.header("Access-Control-Allow-Origin"), "");
}

TEST(RecordReplay, HidesAKeyThatTheProviderRepeats) {
    studio house([](upstream_exchange& exchange) {
        const auto header = exchange.read_request().header("authorization");
        exchange.begin_stream();
        for (const char c : role_frame() + text_frame("you sent " + header))
            exchange.chunk(std::string_view(&c, 1));
        exchange.chunk(finish_frame() + std::string(done_frame));
        exchange.finish();
    });
    EXPECT_THAT(streamed(house.gateway, ask()), HasSubstr(std::string(key)));
    const auto files = house.recordings(1);
    ASSERT_EQ(files.size(), 1U);
    EXPECT_THAT(text_of(files.front()), Not(HasSubstr("secret")));
    const gateway_process player(replaying(house.folder()));
    EXPECT_THAT(streamed(player, ask()), HasSubstr("you sent ***"));
}

}  // namespace
}  // namespace sluice::end_to_end
