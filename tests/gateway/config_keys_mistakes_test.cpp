// What may be wrong with keys, limits, prices and the ledger.

#include "tests/gateway/config_errors.hpp"

#include <gtest/gtest.h>

namespace sluice::gateway {
namespace {

class KeyMistake : public ::testing::TestWithParam<mistake> {};

TEST_P(KeyMistake, IsReportedWithItsPosition) {
    EXPECT_EQ(errors_of(GetParam().yaml), GetParam().messages);
}

const std::string zeros(64, '0');

/// The fields stand on the fourth line, behind two spaces.
std::string key(const std::string& fields, const std::string& more = "") {
    return "keys:\n- id: a\n  sha256: " + zeros + "\n  " + fields + "\n" + more;
}

/// The fields stand on the third line, behind two spaces.
std::string model(const std::string& fields) {
    return "models:\n- {name: chat, targets: [{provider: mock, model: m}],\n  " + fields + "}\n";
}

const std::string two_models =
    "models:\n- {name: chat, targets: [{provider: mock, model: m}]}\n"
    "- {name: \"local/*\", targets: [{provider: mock, model: m}]}\n";
const std::string one_price = "prices: [{model: m, input: 1, output: 1}]\n";

const std::string cost_wanted =
    "an amount between 0 and 1000000000 with at most 9 decimals, without quotes";
const std::string price_wanted =
    "an amount between 0 and 1000000 with at most 3 decimals, without quotes";
const std::string per_minute_wanted = "a whole number between 1 and 1000000000, without quotes";
const std::string date_wanted =
    "a date from 1970 to 2199 such as 2027-01-31 or 2027-01-31T12:00:00Z";

INSTANTIATE_TEST_SUITE_P(
    Limits,
    KeyMistake,
    ::testing::Values(
        mistake{
            "no request at all",
            key("limits: {requests_per_minute: 0}"),
            {"f.yaml:4:33: 'requests_per_minute' must be " + per_minute_wanted + ", not '0'"}},
        mistake{
            "too many tokens",
            key("limits: {tokens_per_minute: 1000000001}"),
            {"f.yaml:4:31: 'tokens_per_minute' must be " + per_minute_wanted +
             ", not '1000000001'"}},
        mistake{
            "a part of a request",
            key("limits: {requests_per_minute: 0.5}"),
            {"f.yaml:4:33: 'requests_per_minute' must be " + per_minute_wanted + ", not '0.5'"}},
        mistake{
            "a number of requests in quotes",
            key("limits: {requests_per_minute: \"60\"}"),
            {"f.yaml:4:33: 'requests_per_minute' must be " + per_minute_wanted + ", not '60'"}},
        mistake{
            "no stream at all",
            model("limits: {concurrent_streams: 0}"),
            {"f.yaml:3:32: 'concurrent_streams' must be a whole number between 1 and 1000000, "
             "without quotes, not '0'"}},
        mistake{
            "a limit that there is none of",
            model("limits: {request_per_minute: 1}"),
            {"f.yaml:3:12: unknown key 'request_per_minute' (did you mean "
             "'requests_per_minute'?)"}},
        mistake{
            "a limit for all that there is",
            key("limits: 60"),
            {"f.yaml:4:11: 'limits' must be a map of keys and values, not a single value"}},
        mistake{
            "limits that are empty",
            key("limits:"),
            {"f.yaml:4:3: 'limits' is empty: it must be a map of keys and values"}},
        mistake{
            "a cost below nothing",
            key("limits: {cost_per_day: -1}", one_price),
            {"f.yaml:4:26: 'cost_per_day' must be " + cost_wanted + ", not '-1'"}},
        mistake{
            "a cost with an exponent",
            key("limits: {cost_per_month: 1e3}", one_price),
            {"f.yaml:4:28: 'cost_per_month' must be " + cost_wanted + ", not '1e3'"}},
        mistake{
            "a cost with a currency",
            key("limits: {cost_per_day: $5}", one_price),
            {"f.yaml:4:26: 'cost_per_day' must be " + cost_wanted + ", not '$5'"}},
        mistake{
            "a cost in quotes",
            key("limits: {cost_per_day: \"5\"}", one_price),
            {"f.yaml:4:26: 'cost_per_day' must be " + cost_wanted + ", not '5'"}},
        mistake{
            "a cost finer than it is counted",
            key("limits: {cost_per_day: 0.0000000001}", one_price),
            {"f.yaml:4:26: 'cost_per_day' must be " + cost_wanted + ", not '0.0000000001'"}},
        mistake{
            "a cost above all bounds",
            key("limits: {cost_per_day: 1000000000.000000001}", one_price),
            {"f.yaml:4:26: 'cost_per_day' must be " + cost_wanted +
             ", not '1000000000.000000001'"}},
        mistake{
            "a cost beyond all numbers",
            key("limits: {cost_per_day: 99999999999999999999}", one_price),
            {"f.yaml:4:26: 'cost_per_day' must be " + cost_wanted +
             ", not '99999999999999999999'"}},
        mistake{
            "costs of a key without prices",
            key("limits: {cost_per_day: 5, cost_per_month: 50}"),
            {"f.yaml:4:26: 'cost_per_day' needs 'prices': without any, nothing costs anything",
             "f.yaml:4:45: 'cost_per_month' needs 'prices': without any, nothing costs anything"}},
        mistake{
            "costs of a model without prices",
            model("limits: {cost_per_month: 5}"),
            {"f.yaml:3:28: 'cost_per_month' needs 'prices': without any, nothing costs anything"}},
        mistake{
            "costs with an empty list of prices",
            key("limits: {cost_per_day: 5}", "prices: []\n"),
            {"f.yaml:4:26: 'cost_per_day' needs 'prices': without any, nothing costs anything"}}
    ),
    name_of
);

INSTANTIATE_TEST_SUITE_P(
    Models,
    KeyMistake,
    ::testing::Values(
        mistake{
            "a model that is not there",
            key("models: [chat, chta]", two_models),
            {"f.yaml:4:18: no model is called 'chta' (did you mean 'chat'?)"}},
        mistake{
            "a pattern that no model matches",
            key("models: [\"loacl/*\"]", two_models),
            {"f.yaml:4:12: no model matches 'loacl/*' (did you mean 'local/*'?)"}},
        mistake{
            "a model that is like none",
            key("models: [\"something else\"]", two_models),
            {"f.yaml:4:12: the entry must not hold spaces"}},
        mistake{
            "a model that is far from all",
            key("models: [anything, \"chat-*\", \"local\"]", two_models),
            {"f.yaml:4:12: no model is called 'anything'",
             "f.yaml:4:22: no model matches 'chat-*' (did you mean 'chat'?)",
             "f.yaml:4:32: no model is called 'local'"}},
        mistake{
            "a model without a file of models",
            key("models: [mock, mok]"),
            {"f.yaml:4:18: no model is called 'mok' (did you mean 'mock'?)"}},
        mistake{
            "a star in the middle",
            key("models: [\"c*t\"]", two_models),
            {"f.yaml:4:12: the entry must have its '*' at the end only"}},
        mistake{
            "no model at all",
            key("models: []"),
            {"f.yaml:4:11: 'models' must have at least 1 entry, not 0"}},
        mistake{
            "one model for a list",
            key("models: chat", two_models),
            {"f.yaml:4:11: 'models' must be a list, not a single value"}},
        mistake{
            "a model by reference",
            key("models: [\"${A}\"]",
                "models: [{name: \"*\", targets: [{provider: mock, model: m}]}]\n"),
            {"f.yaml:4:12: the entry is a name: references are not resolved in it"}},
        mistake{
            "a misspelt key",
            key("model: [chat]"),
            {"f.yaml:4:3: unknown key 'model' (did you mean 'models'?)"}}
    ),
    name_of
);

INSTANTIATE_TEST_SUITE_P(
    Expiry,
    KeyMistake,
    ::testing::Values(
        mistake{
            "a day that no calendar has",
            key("expires: 2027-02-30"),
            {"f.yaml:4:12: 'expires' must be " + date_wanted + ", not '2027-02-30'"}},
        mistake{
            "a date of another country",
            key("expires: 31.01.2027"),
            {"f.yaml:4:12: 'expires' must be " + date_wanted + ", not '31.01.2027'"}},
        mistake{
            "a moment without a zone",
            key("expires: 2027-01-31T12:00:00"),
            {"f.yaml:4:12: 'expires' must be " + date_wanted + ", not '2027-01-31T12:00:00'"}},
        mistake{
            "a moment of another zone",
            key("expires: 2027-01-31T12:00:00+02:00"),
            {"f.yaml:4:12: 'expires' must be " + date_wanted +
             ", not '2027-01-31T12:00:00+02:00'"}},
        mistake{
            "a year beyond the clock",
            key("expires: 9999-12-31"),
            {"f.yaml:4:12: 'expires' must be " + date_wanted + ", not '9999-12-31'"}},
        mistake{
            "a duration for a date",
            key("expires: 30d"),
            {"f.yaml:4:12: 'expires' must be " + date_wanted + ", not '30d'"}},
        mistake{
            "no date",
            key("expires:"),
            {"f.yaml:4:3: 'expires' is empty: it must be " + date_wanted}}
    ),
    name_of
);

INSTANTIATE_TEST_SUITE_P(
    Labels,
    KeyMistake,
    ::testing::Values(
        mistake{
            "too many labels",
            key("labels: {l0: x, l1: x, l2: x, l3: x, l4: x, l5: x, l6: x, l7: x, l8: x, l9: x, "
                "l10: x, l11: x, l12: x, l13: x, l14: x, l15: x, l16: x}"),
            {"f.yaml:4:11: 'labels' must have at most 16 entries, not 17"}},
        mistake{
            "a label with a space",
            key("labels: {a b: c}"),
            {"f.yaml:4:12: 'a b' must be at most 64 letters, digits, '.', '_' and '-'"}},
        mistake{
            "a label without a name",
            key("labels: {\"\": c}"),
            {"f.yaml:4:12: '' must be the label's name"}},
        mistake{
            "a label without a value",
            key("labels: {a: , b: \"\"}"),
            {"f.yaml:4:12: 'a' is empty: it must be text",
             "f.yaml:4:20: 'b' is empty: it must be text"}},
        mistake{
            "a label with a line end",
            key("labels: {a: \"b\\nc\"}"),
            {"f.yaml:4:15: 'a' must not hold line ends or control characters"}},
        mistake{
            "a label that clears the terminal",
            key("labels: {a: \"b\\x9bc\", d: \"\\u2028\", e: \"\\u202egnp\"}"),
            {"f.yaml:4:15: 'a' must not hold control characters",
             "f.yaml:4:28: 'd' must not hold control characters",
             "f.yaml:4:41: 'e' must not hold control characters"}},
        mistake{
            "a label that is too long",
            key("labels: {a: "
                "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
                "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx}"),
            {"f.yaml:4:15: 'a' must be at most 128 bytes"}},
        mistake{
            "a list of labels",
            key("labels: [a, b]"),
            {"f.yaml:4:11: 'labels' must be a map of names and values, not a list"}},
        mistake{
            "a label twice",
            key("labels: {a: b, a: c}"),
            {"f.yaml:4:18: duplicate key 'a' (first on line 4)"}}
    ),
    name_of
);

INSTANTIATE_TEST_SUITE_P(
    Prices,
    KeyMistake,
    ::testing::Values(
        mistake{
            "a price without its model",
            "prices:\n- {input: 1, output: 1}\n",
            {"f.yaml:2:3: missing key 'model'"}},
        mistake{
            "a price without its amounts",
            "prices:\n- {model: m}\n",
            {"f.yaml:2:3: missing key 'input'", "f.yaml:2:3: missing key 'output'"}},
        mistake{
            "a price finer than it is counted",
            "prices: [{model: m, input: 0.0001, output: 1.2345}]\n",
            {"f.yaml:1:28: 'input' must be " + price_wanted + ", not '0.0001'",
             "f.yaml:1:44: 'output' must be " + price_wanted + ", not '1.2345'"}},
        mistake{
            "a price above all bounds",
            "prices: [{model: m, input: 1, output: 1, cached_input: 1000000.001, cache_write: "
            "-1}]\n",
            {"f.yaml:1:56: 'cached_input' must be " + price_wanted + ", not '1000000.001'",
             "f.yaml:1:82: 'cache_write' must be " + price_wanted + ", not '-1'"}},
        mistake{
            "a price of an unknown provider",
            "prices: [{provider: mcok, model: m, input: 1, output: 1}]\n",
            {"f.yaml:1:21: unknown provider 'mcok' (did you mean 'mock'?)"}},
        mistake{
            "a price of a provider that is not configured",
            "providers: {openai: {kind: openai}}\nmodels: [{name: a, targets: [{provider: openai, "
            "model: m}]}]\nprices: [{provider: mock, model: m, input: 1, output: 1}]\n",
            {"f.yaml:3:21: unknown provider 'mock'"}},
        mistake{
            "a price twice",
            "prices:\n- {provider: mock, model: m, input: 1, output: 1}\n- {model: m, input: 1, "
            "output: 1}\n- {provider: mock, model: m, input: 2, output: 2}\n- {model: m, input: 1, "
            "output: 1}\n",
            {"f.yaml:4:3: duplicate price: the same provider and model (first on line 2)",
             "f.yaml:5:3: duplicate price: the same provider and model (first on line 3)"}},
        mistake{
            "a price of a star in the middle",
            "prices: [{model: \"a*b\", input: 1, output: 1}]\n",
            {"f.yaml:1:18: 'model' must have its '*' at the end only"}},
        mistake{
            "a misspelt price",
            "prices: [{model: m, input: 1, output: 1, cached_inptu: 1}]\n",
            {"f.yaml:1:42: unknown key 'cached_inptu' (did you mean 'cached_input'?)"}},
        mistake{
            "a single price",
            "prices: {model: m, input: 1, output: 1}\n",
            {"f.yaml:1:9: 'prices' must be a list, not a map"}}
    ),
    name_of
);

INSTANTIATE_TEST_SUITE_P(
    Ledger,
    KeyMistake,
    ::testing::Values(
        mistake{"a ledger without a path", "ledger: {}\n", {"f.yaml:1:9: missing key 'path'"}},
        mistake{
            "a ledger at an empty path",
            "ledger: {path: \"\"}\n",
            {"f.yaml:1:16: 'path' is empty: it must be text"}},
        mistake{
            "a ledger with a line end",
            "ledger: {path: \"a\\nb\"}\n",
            {"f.yaml:1:16: 'path' must not hold line ends or control characters"}},
        mistake{
            "a path for the ledger",
            "ledger: usage.db\n",
            {"f.yaml:1:9: 'ledger' must be a map of keys and values, not a single value"}}
    ),
    name_of
);

INSTANTIATE_TEST_SUITE_P(
    Server,
    KeyMistake,
    ::testing::Values(
        mistake{
            "an address for two",
            "server:\n  listen: [\"127.0.0.1:1\", \"[::1]:2\", \"0.0.0.0:3\"]\n  admin: "
            "[\"[::1]:1\", \"localhost:1\", \"[0:0::1]:2\", \"127.0.0.1:3\", \"127.0.0.1:4\"]\n",
            {"f.yaml:3:22: the entry is an address of 'listen', too: operators need one of their "
             "own",
             "f.yaml:3:37: the entry is an address of 'listen', too: operators need one of their "
             "own",
             "f.yaml:3:51: the entry is an address of 'listen', too: operators need one of their "
             "own"}},
        mistake{
            "the usual address for operators",
            "server: {admin: [127.0.0.1:8080]}\n",
            {"f.yaml:1:18: the entry is an address of 'listen', too: operators need one of their "
             "own"}},
        mistake{
            "all addresses for operators",
            "server: {listen: [127.0.0.1:1], admin: [\"0.0.0.0:1\"]}\n",
            {"f.yaml:1:41: the entry is an address of 'listen', too: operators need one of their "
             "own"}},
        mistake{
            "a name for operators",
            "server: {admin: [ops.example.com:1]}\n",
            {"f.yaml:1:18: the entry must be an address such as 127.0.0.1:8080 or \"[::1]:8080\", "
             "not 'ops.example.com:1'"}},
        mistake{
            "an empty list of addresses for operators",
            "server: {admin: []}\n",
            {"f.yaml:1:17: 'admin' must have at least 1 entry, not 0"}},
        mistake{
            "a session too short",
            "server: {session: 59s}\n",
            {"f.yaml:1:19: 'session' must be a duration between 1m and 720h, not '59s'"}},
        mistake{
            "a session too long",
            "server: {session: 721h}\n",
            {"f.yaml:1:19: 'session' must be a duration between 1m and 720h, not '721h'"}},
        mistake{
            "a session in days",
            "server: {session: 30d}\n",
            {"f.yaml:1:19: 'session' must be a duration with a unit (ms, s, m or h) such as 75s, "
             "not '30d'"}},
        mistake{
            "no streams",
            "server: {limits: {streams: 0}}\n",
            {"f.yaml:1:28: 'streams' must be a whole number between 1 and 1000000, without quotes, "
             "not '0'"}},
        mistake{
            "too little memory",
            "server: {limits: {memory: 63MiB}}\n",
            {"f.yaml:1:27: 'memory' must be a size between 64MiB and 1024GiB, not '63MiB'"}},
        mistake{
            "too much memory",
            "server: {limits: {memory: 1025GiB}}\n",
            {"f.yaml:1:27: 'memory' must be a size between 64MiB and 1024GiB, not '1025GiB'"}}
    ),
    name_of
);

}  // namespace
}  // namespace sluice::gateway
