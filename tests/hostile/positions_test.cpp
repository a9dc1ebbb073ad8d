#include "tests/end_to_end/support/configuration_text.hpp"
#include "tests/end_to_end/support/event_stream.hpp"
#include "tests/hostile/attacked_gateway.hpp"
#include "tests/hostile/wire_case.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

// What readers say who come back, and what they say who never were here.
namespace sluice::hostile {
namespace {

using namespace std::string_literals;
using end_to_end::get;
using end_to_end::http_response;
using end_to_end::open_stream;
using end_to_end::request;

constexpr int tokens = 10;  // so that `done` is number 11

request begin() {
    return end_to_end::post(
               "/v1/streams", {{"prompt", "Hi"}}
    ).header("X-Mock-Tokens", std::to_string(tokens));
}

/// A stream that is over, and held.
struct finished {
    finished() : stream(attacked_port(), begin()), id(stream.id()), events(stream.rest()) {}
    open_stream stream;
    std::string id;
    end_to_end::event_list events;
};

/// The values are of every kind but a position of that stream.
std::vector<std::string> no_positions(const std::string& id, const std::string& other) {
    std::vector<std::string> all{
        "-1",
        "-0",
        "+1",
        "0x1",
        "1e1",
        "1.0",
        "1,2",
        "1;2",
        "one",
        "nul",
        "NaN",
        "\"1\"",
        "1 1",
        "/",
        "/1",
        "1/",
        "//",
        "*",
        "18446744073709551615",
        "18446744073709551616",
        "99999999999999999999999999",
        "9223372036854775808",
        "4294967296",
        "%31",
        "\xd9\xa1",
        "\xff",
        "<script>",
        "' OR 1=1",
        "../../x",
        "${jndi:x}",
        "%s%n",
        std::string(5000, 'x'),
        std::string(5000, '1'),
        "e" + std::string(200, '\xc3')};
    for (const auto& end :
         {"/",
          "/-1",
          "/+1",
          "/0x1",
          "/1.0",
          "/x",
          "/ 1",
          "/1/",
          "/1/1",
          "//1",
          "/12",
          "/1000",
          "/18446744073709551615",
          "/18446744073709551616",
          "/9223372036854775807",
          "/1x",
          "/1%00",
          "/\t1"})
        all.push_back(id + end);
    all.push_back(id);
    all.push_back("x" + id + "/1");
    all.push_back(id + "x/1");
    all.push_back(id.substr(0, id.size() - 1) + "/1");
    all.push_back(id + id + "/1");
    for (const auto* end : {"/0", "/1", "/11", "/12", ""})
        all.push_back(other + end);
    auto lower = id;
    std::ranges::transform(lower, lower.begin(), [](unsigned char c) {
        return static_cast<char>(std::tolower(c));
    });
    if (lower != id) all.push_back(lower + "/1");
    return all;
}

bool replays_behind(const http_response& answer, const finished& held, std::size_t position) {
    // What stands behind `position` to the end, each event once.
    std::size_t found = 0;
    for (std::size_t i = 0; i < held.events.size(); ++i) {
        const auto mark = "id: " + held.id + "/" + std::to_string(i) + "\n";
        const bool there = answer.body.find(mark) != std::string::npos;
        if (there != (i > position)) return false;
        found += there ? 1 : 0;
    }
    return found > 0;
}

class positions : public attack {};

TEST_F(positions, ThatAreNoneAreRefusedInTheHeader) {
    const finished held;
    const finished other;
    const auto all = no_positions(held.id, other.id);
    in_parallel(all.size(), [&](std::size_t i) {
        const auto answer =
            attacked().ask(get("/v1/streams/" + held.id).header("Last-Event-ID", all[i]));
        EXPECT_TRUE(answer.status == 400 || answer.status == 404)
            << printable(all[i]) << ": " << answer.status << " " << answer.body;
        const auto joined =
            attacked().ask(get("/v1/stream?prompt=Hi").header("Last-Event-ID", all[i]));
        // Another stream's own position joins that stream, which a reader who knows its id may.
        const bool names_one = all[i].rfind(other.id + "/", 0) == 0;
        EXPECT_TRUE(
            joined.status == 400 || joined.status == 404 || (names_one && joined.status < 300)
        ) << printable(all[i])
          << ": " << joined.status << " " << joined.body;
    });
    count_cases(2 * all.size());
}

TEST_F(positions, ThatAreNoneAreRefusedInTheUrl) {
    const finished held;
    std::vector<std::string> all{
        "-1",
        "%2B1",
        "0x1",
        "1.0",
        "one",
        "nul",
        "1%201",
        "%00",
        "1%00",
        "1%0A",
        "1%0D%0A",
        "%0D%0AX-Forged:%20yes",
        "18446744073709551616",
        "18446744073709551615",
        "99",
        "12",
        "%ff",
        "%E2%80%A8",
        "1&last_event_id=x",
        std::string(5000, '7'),
        std::string(5000, 'x'),
        held.id + "%2F99",
        held.id + "/x",
        "%2e%2e%2f"};
    in_parallel(all.size(), [&](std::size_t i) {
        const auto answer =
            attacked().ask(get("/v1/streams/" + held.id + "?last_event_id=" + all[i]));
        const bool first_counts = all[i].find('&') != std::string::npos && answer.status == 200;
        EXPECT_TRUE(answer.status == 400 || answer.status == 404 || first_counts)
            << all[i] << ": " << answer.status << " " << answer.body;
        EXPECT_FALSE(answer.has("X-Forged"));
        const auto polled =
            attacked().ask(get("/v1/streams/" + held.id + "?last_event_id=" + all[i])
                               .header("Accept", "application/json"));
        EXPECT_TRUE(polled.status == 400 || polled.status == 404 || first_counts)
            << all[i] << ": " << polled.status << " " << polled.body;
    });
    count_cases(2 * all.size());
}

TEST_F(positions, ThatAreOnesBringExactlyTheRest) {
    const finished held;
    for (std::size_t position = 0; position + 1 < held.events.size(); ++position) {
        const auto id = held.id + "/" + std::to_string(position);
        EXPECT_TRUE(replays_behind(
            attacked().ask(get("/v1/streams/" + held.id).header("Last-Event-ID", id)),
            held,
            position
        )) << position;
        EXPECT_TRUE(replays_behind(
            attacked().ask(
                get("/v1/streams/" + held.id + "?last_event_id=" + std::to_string(position))
            ),
            held,
            position
        )) << position;
        EXPECT_TRUE(replays_behind(
            attacked().ask(get("/v1/stream?prompt=Hi").header("Last-Event-ID", id)), held, position
        )) << position;
    }
    const auto last = held.id + "/" + std::to_string(held.events.size() - 1);
    EXPECT_EQ(
        attacked().ask(get("/v1/streams/" + held.id).header("Last-Event-ID", last)).status, 204
    );
    count_cases(3 * held.events.size());
}

TEST_F(positions, OfStreamsThatAreNotHereAreNotFound) {
    const finished held;
    std::vector<std::string> ids{
        "x",
        "0",
        "0-",
        "-",
        "0-AAAAAAAAAAAAAAAAAAAAAA",
        "99-AAAAAAAAAAAAAAAAAAAAAA",
        "-1-AAAAAAAAAAAAAAAAAAAAAA",
        "18446744073709551616-AAAAAAAAAAAAAAAAAAAAAA",
        std::string(5000, 'A'),
        "%00",
        "%0d%0a",
        "..",
        "%2e%2e",
        "*",
        "0-%41",
        held.id + "%00",
        held.id + "%20",
        "%20" + held.id,
        held.id + ".",
        held.id + "A",
        "0" + held.id,
        "00-" + held.id.substr(2)};
    in_parallel(ids.size(), [&](std::size_t i) {
        for (auto message :
             {get("/v1/streams/" + ids[i]),
              end_to_end::remove("/v1/streams/" + ids[i]),
              get("/v1/streams/" + ids[i]).header("Accept", "application/json"),
              get("/v1/streams/" + ids[i]).header("Last-Event-ID", held.id + "/1")}) {
            const auto answer = attacked().ask(message);
            EXPECT_TRUE(answer.status == 404 || answer.status == 400)
                << ids[i] << ": " << answer.status << " " << printable(answer.body);
        }
    });
    count_cases(4 * ids.size());
    EXPECT_EQ(attacked().ask(get("/v1/streams/" + held.id)).status, 200)
        << "a stranger stopped the stream";
}

TEST_F(positions, NamesOfRequestsAreNoWayIn) {
    const std::vector<std::string> names{
        std::string(256, 'n'),
        std::string(5000, 'n'),
        "a\tb",
        "\xff\xfe",
        "\xe2\x80\xa8",
        "../..",
        "<b>",
        "a;b",
        "'",
        "%00"};
    in_parallel(names.size(), [&](std::size_t i) {
        const auto answer = attacked().ask(begin().header("Idempotency-Key", names[i]));
        EXPECT_TRUE(answer.status == 200 || answer.status == 400)
            << printable(names[i]) << ": " << answer.status;
        if (names[i].size() > 255) {
            EXPECT_EQ(answer.status, 400) << printable(names[i]);
        }
        const auto other = end_to_end::post(
                               "/v1/streams", {{"prompt", "Other"}}
        ).header("Idempotency-Key", names[i]);
        EXPECT_GE(attacked().ask(other).status, 400) << printable(names[i]);
    });
    for (const auto* wait :
         {"-1s", "1e9s", "99999999999999999999s", "x", "", "61", "0x1s", "NaN", "1%00"}) {
        const auto answer = attacked().ask(get("/v1/streams/0-AAAAAAAAAAAAAAAAAAAAAA?wait="s + wait)
                                               .header("Accept", "application/json"));
        EXPECT_TRUE(answer.status == 400 || answer.status == 404) << wait;
    }
    count_cases(2 * names.size() + 9);
}

TEST(SignedUrls, OpenNothingOnceALetterOfThemIsChanged) {
    const std::string key = "sk-hostile-signed-url-0123456789";
    const end_to_end::gateway_process gateway(
        end_to_end::configuration_text().key("team", key).streams("attach: key").yaml()
    );
    open_stream first(gateway, begin().header("Authorization", "Bearer " + key));
    const auto url = first.head().header("X-Stream-Signed-Url");
    first.rest();
    ASSERT_FALSE(url.empty());
    EXPECT_EQ(gateway.ask(get(url)).status, 200);
    std::vector<std::string> tampered;
    for (std::size_t i = std::string("/v1/streams/").size(); i < url.size(); ++i) {
        auto changed = url;
        changed[i] = changed[i] == 'A' ? 'B' : 'A';
        // The last letter of unpadded base64 can stand for less than its bits: it is asked about
        // too.
        tampered.push_back(changed);
    }
    tampered.push_back(url.substr(0, url.find('?')));
    tampered.push_back(url.substr(0, url.size() - 1));
    tampered.push_back(url + "A");
    tampered.push_back(url + "%00");
    in_parallel(tampered.size(), [&](std::size_t i) {
        for (const auto& message : {get(tampered[i]), end_to_end::remove(tampered[i])}) {
            const auto status = gateway.ask(message).status;
            EXPECT_TRUE(status == 401 || status == 403 || status == 404 || status == 400)
                << tampered[i] << " of " << url << ": " << status;
        }
    });
    EXPECT_EQ(gateway.ask(get(url)).status, 200);
    count_cases(2 * tampered.size());
}

}  // namespace
}  // namespace sluice::hostile
