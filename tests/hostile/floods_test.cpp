#include "tests/end_to_end/support/configuration_text.hpp"
#include "tests/end_to_end/support/event_stream.hpp"
#include "tests/hostile/attacked_gateway.hpp"
#include "tests/hostile/process_figures.hpp"
#include "tests/hostile/wire_case.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <functional>
#include <string>
#include <vector>

// Very many clients, and clients that leave at any moment.
namespace sluice::hostile {
namespace {

using end_to_end::milliseconds;
using end_to_end::open_stream;
using end_to_end::raw_client;
using end_to_end::steady;
using nlohmann::json;

constexpr milliseconds flood_max{5000};
constexpr std::size_t idle_bytes_max = 16U << 10;

const json chat{
    {"model", "mock"},
    {"stream", true},
    {"messages", json::array({{{"role", "user"}, {"content", "Hi"}}})}};

/// A stream of 20 seconds that ends with its client.
end_to_end::request long_stream() {
    return end_to_end::post("/v1/chat/completions", chat)
        .header("X-Mock-Tokens", "1000")
        .header("X-Mock-Rate", "50");
}

struct abort_phase {
    std::string name;
    std::function<void(raw_client&)> before;
};

std::vector<abort_phase> all_phases() {
    const auto bytes = long_stream().bytes();
    const auto head = bytes.substr(0, bytes.find("\r\n\r\n") + 4);
    const auto sends = [](std::string part) {
        return [part = std::move(part)](raw_client& client) { client.send(part); };
    };
    return {
        {"connected", [](raw_client&) {}},
        {"one byte", sends("P")},
        {"half a request line", sends(bytes.substr(0, 12))},
        {"half a head", sends(head.substr(0, head.size() / 2))},
        {"a head without its body", sends(head)},
        {"half a body", sends(bytes.substr(0, head.size() + 20))},
        {"a request without its answer", sends(bytes)},
        {"the head of the answer",
         [bytes](raw_client& client) {
             client.send(bytes);
             client.read_head();
         }},
        {"in the stream",
         [bytes](raw_client& client) {
             client.send(bytes);
             client.read_head();
             client.read_body_part();
         }},
    };
}

/// Streams that run, as the metrics have it.
std::string live_streams() {
    const auto text = attacked().ask(end_to_end::get("/metrics")).body;
    const std::string name = "\nsluice_streams_active ";
    const auto at = text.find(name);
    if (at == std::string::npos)
        throw end_to_end::harness_error("no sluice_streams_active in /metrics");
    const auto from = at + name.size();
    return text.substr(from, text.find('\n', from) - from);
}

class floods : public attack {};

TEST_F(floods, OfConnectionsThatCloseAtOnceAreOverSoon) {
    const auto begun = steady::now();
    in_parallel(2000, [](std::size_t) { raw_client client(attacked_port()); });
    EXPECT_EQ(attacked().ask(end_to_end::get("/livez")).status, 200);
    EXPECT_LT(steady::now() - begun, flood_max);
    count_cases(1);
}

TEST_F(floods, OfConnectionsThatResetAreOverSoon) {
    const auto begun = steady::now();
    in_parallel(2000, [](std::size_t) {
        raw_client client(attacked_port());
        client.reset();
    });
    EXPECT_EQ(attacked().ask(end_to_end::get("/livez")).status, 200);
    EXPECT_LT(steady::now() - begun, flood_max);
    count_cases(1);
}

TEST_F(floods, OfSingleBytesAreOverSoon) {
    const auto begun = steady::now();
    in_parallel(1000, [](std::size_t i) {
        raw_client client(attacked_port());
        client.try_send(std::string(1, static_cast<char>(i)));
        if (i % 2 == 0) client.reset();
    });
    EXPECT_EQ(attacked().ask(end_to_end::get("/livez")).status, 200);
    EXPECT_LT(steady::now() - begun, flood_max);
    count_cases(1);
}

TEST_F(floods, OfIdleConnectionsCostLittleAndHinderNobody) {
    constexpr std::size_t count = 600;
    const auto process = process_of(attacked());
    const auto before = resident_bytes(process);
    std::vector<raw_client> idle;
    for (std::size_t i = 0; i < count; ++i)
        idle.emplace_back(attacked_port());
    const auto begun = steady::now();
    open_stream healthy(
        attacked_port(),
        end_to_end::post("/v1/streams", {{"prompt", "Hi"}}).header("X-Mock-Tokens", "50")
    );
    EXPECT_EQ(end_to_end::count_type(healthy.rest(), "done"), 1U);
    EXPECT_LT(steady::now() - begun, milliseconds(3000));
    if (!end_to_end::sanitized) {
        EXPECT_LT(resident_bytes(process), before + count * idle_bytes_max);
    }
    count_cases(1);
}

TEST_F(floods, OfStreamsAtOnceEndWhole) {
    constexpr std::size_t count = 150;
    std::vector<std::unique_ptr<open_stream>> all;
    for (std::size_t i = 0; i < count; ++i)
        all.push_back(std::make_unique<open_stream>(
            attacked_port(),
            end_to_end::post("/v1/streams", {{"prompt", "Hi " + std::to_string(i)}})
                .header("X-Mock-Tokens", "30")
                .header("X-Mock-Rate", "100")
        ));
    for (const auto& each : all) {
        EXPECT_EQ(end_to_end::count_type(each->rest(), "done"), 1U);
        EXPECT_TRUE(each->ended_whole());
    }
    count_cases(1);
}

TEST_F(floods, OfAbortsInEveryPhaseLeaveNothingBehind) {
    constexpr std::size_t of_each = 60;
    const auto phases = all_phases();
    in_parallel(phases.size() * of_each, [&](std::size_t i) {
        raw_client client(attacked_port());
        phases[i / of_each].before(client);
        if (i % 2 == 0) client.reset();
    });
    EXPECT_TRUE(end_to_end::eventually([] { return live_streams() == "0"; }, milliseconds(5000)))
        << live_streams() << " streams live on";
    count_cases(phases.size());
}

TEST(KeyGuessing, AThousandTimesOpensNothingAndShutsNobodyOut) {
    const std::string key = "sk-hostile-guessed-0123456789abcdef";
    const end_to_end::gateway_process gateway(
        end_to_end::configuration_text().key("team", key).yaml()
    );
    in_parallel(8, [&](std::size_t part) {
        raw_client client(gateway.port());
        for (std::size_t i = 0; i < 125; ++i) {
            auto guess = key;
            guess[(part * 125 + i) % guess.size()] ^= static_cast<char>(1 + i % 3);
            if (i % 5 == 0) guess = key.substr(0, i % key.size());
            if (i % 7 == 0) guess = key + std::string(i + 1, 'x');
            const auto name = i % 3 == 0   ? "X-Api-Key"
                              : i % 3 == 1 ? "X-Goog-Api-Key"
                                           : "Authorization";
            client.send(
                end_to_end::get("/v1/models").header(name, i % 3 == 2 ? "Bearer " + guess : guess)
            );
            EXPECT_EQ(client.read_response().status, 401) << guess;
        }
    });
    EXPECT_EQ(
        gateway.ask(end_to_end::get("/v1/models").header("Authorization", "Bearer " + key)).status,
        200
    );
    EXPECT_EQ(gateway.log().find("sk-hostile"), std::string::npos);
    count_cases(1);
}

}  // namespace
}  // namespace sluice::hostile
