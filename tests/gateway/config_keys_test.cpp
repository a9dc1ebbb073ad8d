// Who may ask and for how much, as the file has it: keys, limits, prices, the ledger, and what the
// server keeps for itself.

#include "gateway/config/load.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <string>

namespace sluice::gateway {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::Pair;

const std::string zeros(64, '0');

configuration read(const std::string& yaml) {
    auto result = parse_configuration(yaml, "f.yaml");
    if (!result) {
        for (const auto& message : result.error().messages)
            ADD_FAILURE() << message;
        return default_configuration();
    }
    return *result;
}

/// The only key of a file that has `fields` and whatever else stands in `more`.
client_key key(const std::string& fields, const std::string& more = "") {
    const auto config = read("keys: [{id: a, sha256: " + zeros + ", " + fields + "}]\n" + more);
    return config.keys.empty() ? client_key{} : config.keys[0];
}

std::string routes(const std::string& names) {
    std::string out = "models:\n";
    std::string name;
    for (const char c : names + " ") {
        if (c != ' ') {
            name += c;
            continue;
        }
        out += "  - {name: \"" + name + "\", targets: [{provider: mock, model: m}]}\n";
        name.clear();
    }
    return out;
}

const std::string one_price = "prices: [{model: m, input: 1, output: 1}]\n";

// ---- keys ----

TEST(ClientKey, MayUseEverythingForEverWhereNothingIsSaid) {
    const client_key plain = key("role: user");
    EXPECT_TRUE(plain.models.empty());
    EXPECT_EQ(plain.limits, usage_limits{});
    EXPECT_FALSE(plain.expires);
    EXPECT_TRUE(plain.labels.empty());
    EXPECT_TRUE(plain.allows("whatever"));
}

TEST(ClientKey, IsReadWithAllThatItHas) {
    const client_key whole = key(
        R"(role: operator, models: [chat, "local/*"], expires: 2027-01-31T12:00:00Z,
           limits: {requests_per_minute: 60, tokens_per_minute: 1000000000, concurrent_streams: 1,
                    cost_per_day: 0.000000001, cost_per_month: 1000000000},
           labels: {team: search, owner: "a.b", note: "Zo\u00eb, 2nd floor"})",
        routes("chat local/*") + one_price
    );
    EXPECT_EQ(whole.role, key_role::operator_);
    EXPECT_THAT(whole.models, ElementsAre("chat", "local/*"));
    EXPECT_EQ(whole.limits.requests_per_minute, 60);
    EXPECT_EQ(whole.limits.tokens_per_minute, 1'000'000'000);
    EXPECT_EQ(whole.limits.concurrent_streams, 1);
    EXPECT_EQ(whole.limits.cost_per_day, 1);
    EXPECT_EQ(whole.limits.cost_per_month, 1'000'000'000'000'000'000);
    ASSERT_TRUE(whole.expires);
    EXPECT_EQ(whole.expires->time_since_epoch(), 1'801'396'800s);
    EXPECT_THAT(
        whole.labels,
        ElementsAre(
            Pair("note", "Zo\xC3\xAB, 2nd floor"), Pair("owner", "a.b"), Pair("team", "search")
        )
    );
}

TEST(ClientKey, AllowsTheModelsThatItNames) {
    const client_key some = key("models: [chat, \"local/*\"]", routes("chat local/*"));
    EXPECT_TRUE(some.allows("chat"));
    EXPECT_TRUE(some.allows("local/"));
    EXPECT_TRUE(some.allows("local/llama"));
    EXPECT_FALSE(some.allows("chat2"));
    EXPECT_FALSE(some.allows("cha"));
    EXPECT_FALSE(some.allows("local"));
    EXPECT_FALSE(some.allows(""));
}

TEST(ClientKey, MayNameWhatSomeRouteAnswers) {
    for (const std::string allowed :
         {"chat", "local/llama", "local/*", "local/ll*", "loc*", "ch*", "*", "chat*"}) {
        SCOPED_TRACE(allowed);
        const client_key one = key("models: [\"" + allowed + "\"]", routes("chat local/*"));
        EXPECT_THAT(one.models, ElementsAre(allowed));
    }
    EXPECT_THAT(key("models: [mock]").models, ElementsAre("mock"));
    EXPECT_THAT(key("models: [any, \"b*\"]", routes("*")).models, ElementsAre("any", "b*"));
}

TEST(ClientKey, EndsToBeGoodAtTheBeginningOfADay) {
    EXPECT_EQ(key("expires: 2027-01-31").expires->time_since_epoch(), 1'801'353'600s);
    EXPECT_EQ(key("expires: \"2027-01-31\"").expires->time_since_epoch(), 1'801'353'600s);
}

TEST(ClientKey, MayHaveExpired) {
    const configuration config =
        read("keys: [{id: a, sha256: " + zeros + ", expires: 1999-12-31}]\n");
    EXPECT_EQ(config.keys.at(0).expires->time_since_epoch(), 946'598'400s);
    EXPECT_EQ(config.auth, auth_mode::keys);
}

TEST(ClientKey, HasUpToSixteenLabels) {
    std::string labels;
    for (int i = 0; i < 16; ++i)
        labels += "l" + std::to_string(i) + ": " + std::string(128, 'x') + ", ";
    EXPECT_EQ(key("labels: {" + labels + "}").labels.size(), 16U);
    EXPECT_TRUE(key("labels: {}").labels.empty());
}

// ---- models and prices ----

TEST(ModelLimits, AreThoseOfAllKeysTogether) {
    const configuration config = read(R"(
models:
  - name: chat
    targets: [{provider: mock, model: m}]
    limits: {requests_per_minute: 600, tokens_per_minute: 1000000, concurrent_streams: 200, cost_per_day: 50, cost_per_month: 900.50}
  - {name: free, targets: [{provider: mock, model: m}]}
prices: [{model: m, input: 1, output: 1}]
)");
    const usage_limits& limits = config.models.at(0).limits;
    EXPECT_EQ(limits.requests_per_minute, 600);
    EXPECT_EQ(limits.tokens_per_minute, 1'000'000);
    EXPECT_EQ(limits.concurrent_streams, 200);
    EXPECT_EQ(limits.cost_per_day, 50'000'000'000);
    EXPECT_EQ(limits.cost_per_month, 900'500'000'000);
    EXPECT_EQ(config.models.at(1).limits, usage_limits{});
}

TEST(Prices, AreBillionthsForOneToken) {
    const configuration config = read(R"(
providers: {openai: {kind: openai}}
models: [{name: a, targets: [{provider: openai, model: gpt-4o}]}]
prices:
  - {provider: openai, model: gpt-4o, input: 2.50, output: 10, cached_input: 1.25, cache_write: 3.75}
  - {model: "claude-*", input: 0.001, output: 1000000}
  - {model: "*", input: 0, output: 0}
)");
    ASSERT_EQ(config.prices.size(), 3U);
    EXPECT_EQ(config.prices[0].provider, "openai");
    EXPECT_EQ(config.prices[0].model, "gpt-4o");
    EXPECT_EQ(config.prices[0].price, (token_price{2500, 10'000, 1250, 3750}));
    EXPECT_EQ(config.prices[1].provider, "");
    EXPECT_EQ(config.prices[1].model, "claude-*");
    EXPECT_EQ(config.prices[1].price, (token_price{1, 1'000'000'000, std::nullopt, std::nullopt}));
    EXPECT_EQ(config.prices[2].price, (token_price{0, 0, std::nullopt, std::nullopt}));
}

TEST(Prices, MayBeTheSameModelOfDifferentProviders) {
    const configuration config = read(R"(
prices:
  - {model: m, input: 1, output: 1}
  - {provider: mock, model: m, input: 2, output: 2}
  - {provider: mock, model: "m*", input: 3, output: 3}
)");
    EXPECT_EQ(config.prices.size(), 3U);
}

TEST(Ledger, IsKeptWhereItIsSaid) {
    EXPECT_EQ(
        read("ledger: {path: /var/lib/sluice/usage.db}\n").ledger, "/var/lib/sluice/usage.db"
    );
    EXPECT_EQ(read("").ledger, "");
}

// ---- server ----

TEST(ServerSettings, HaveAPlaceForOperatorsAndBoundsOfTheWhole) {
    const server_settings server = read(R"(
server:
  listen: [127.0.0.1:8080, "0.0.0.0:0"]
  admin: [127.0.0.1:9090, "[::1]:8080", 127.0.0.1:0]
  session: 90m
  limits: {streams: 5000, memory: 2GiB}
)")
                                       .server;
    ASSERT_EQ(server.admin.size(), 3U);
    EXPECT_EQ(server.admin[0].host, "127.0.0.1");
    EXPECT_EQ(server.admin[0].port, 9090);
    EXPECT_EQ(server.admin[1].host, "::1");
    EXPECT_EQ(server.session, 90min);
    EXPECT_EQ(server.streams_max, 5000U);
    EXPECT_EQ(server.memory_max, std::size_t{2} << 30);
}

TEST(ServerSettings, LeaveTheBoundsOfTheWholeOpen) {
    const server_settings server = read("").server;
    EXPECT_TRUE(server.admin.empty());
    EXPECT_EQ(server.session, 12h);
    EXPECT_FALSE(server.streams_max);
    EXPECT_FALSE(server.memory_max);
}

TEST(ServerSettings, ReachToTheirBounds) {
    const auto least = read("server: {session: 1m, limits: {streams: 1, memory: 64MiB}}\n").server;
    EXPECT_EQ(least.session, 1min);
    EXPECT_EQ(least.streams_max, 1U);
    EXPECT_EQ(least.memory_max, 64U << 20);
    const auto most =
        read("server: {session: 720h, limits: {streams: 1000000, memory: 1024GiB}}\n").server;
    EXPECT_EQ(most.session, 720h);
    EXPECT_EQ(most.streams_max, 1'000'000U);
    EXPECT_EQ(most.memory_max, std::size_t{1} << 40);
}

// ---- description ----

const std::string whole = R"(
server: {admin: [127.0.0.1:9090], session: 1h, limits: {streams: 7, memory: 1GiB}}
models:
  - name: chat
    targets: [{provider: mock, model: m}]
    limits: {concurrent_streams: 3, cost_per_month: 900.50}
keys:
  - id: team-a
    sha256: )" + std::string(62, '0') +
                          R"(1F
    role: operator
    models: [chat, "c*"]
    limits: {requests_per_minute: 60, cost_per_day: 0.000000001}
    expires: 2027-01-31
    labels: {team: search, quoted: "~", owner: "a: b", number: "007"}
  - {id: team-b, sha256: )" +
                          std::string(62, '0') +
                          R"(2F, expires: 2027-01-31T12:00:00Z}
prices:
  - {provider: mock, model: m, input: 2.50, output: 10, cached_input: 0.125}
  - {model: "claude-*", input: 0, output: 15}
ledger: {path: /var/lib/sluice/usage.db}
)";

TEST(DescribedKeys, ShowAllButTheHash) {
    const std::string text = describe(read(whole));
    EXPECT_THAT(
        text,
        HasSubstr("keys:\n"
                  "  - id: team-a\n"
                  "    role: operator\n"
                  "    models:\n"
                  "      - chat\n"
                  "      - c*\n"
                  "    limits:\n"
                  "      requests_per_minute: 60\n"
                  "      cost_per_day: 0.000000001\n"
                  "    expires: 2027-01-31\n"
                  "    labels:\n"
                  "      number: 007\n"
                  "      owner: \"a: b\"\n"
                  "      quoted: \"~\"\n"
                  "      team: search\n"
                  "  - id: team-b\n"
                  "    role: user\n"
                  "    expires: 2027-01-31T12:00:00Z\n"
                  "prices:\n"
                  "  - provider: mock\n"
                  "    model: m\n"
                  "    input: 2.5\n"
                  "    output: 10\n"
                  "    cached_input: 0.125\n"
                  "  - model: claude-*\n"
                  "    input: 0\n"
                  "    output: 15\n"
                  "ledger:\n"
                  "  path: /var/lib/sluice/usage.db\n")
    );
    EXPECT_THAT(text, Not(HasSubstr("sha256")));
    EXPECT_THAT(text, Not(HasSubstr("000000000000000")));
    EXPECT_THAT(text, HasSubstr("admin:\n    - 127.0.0.1:9090\n"));
    EXPECT_THAT(text, HasSubstr("session: 1h\n"));
    EXPECT_THAT(text, HasSubstr("    streams: 7\n    memory: 1GiB\n"));
    EXPECT_THAT(
        text, HasSubstr("    limits:\n      concurrent_streams: 3\n      cost_per_month: 900.5\n")
    );
}

TEST(DescribedKeys, CanBeReadAgainOnceTheirHashesStandThere) {
    const std::string once = describe(read(whole));
    std::string again = once;
    int digit = 0;
    for (const std::string id : {"id: team-a\n", "id: team-b\n"}) {
        const std::string hash = zeros.substr(1) + std::to_string(digit++);
        again.insert(again.find(id) + id.size(), "    sha256: " + hash + "\n");
    }
    EXPECT_EQ(describe(read(again)), once);
}

}  // namespace
}  // namespace sluice::gateway
