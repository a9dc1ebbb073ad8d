#include "gateway/config/load.hpp"
#include "tests/gateway/config_errors.hpp"

#include <gtest/gtest.h>

namespace sluice::gateway {
namespace {

class ConfigurationMistake : public ::testing::TestWithParam<mistake> {};

TEST_P(ConfigurationMistake, IsReportedWithItsPosition) {
    EXPECT_EQ(errors_of(GetParam().yaml), GetParam().messages);
}

const std::string duration_wanted = "a duration with a unit (ms, s, m or h) such as 75s";
const std::string size_wanted = "a size with a unit (B, KiB, MiB or GiB) such as 32KiB";
const std::string address_wanted = "an address such as 127.0.0.1:8080 or \"[::1]:8080\"";

INSTANTIATE_TEST_SUITE_P(
    Yaml,
    ConfigurationMistake,
    ::testing::Values(
        mistake{
            "a syntax error",
            "server:\n  idle: [1s\n",
            {"f.yaml:3:1: not valid YAML: end of sequence flow not found"}},
        mistake{
            "a duplicate key",
            "log: {level: info}\nserver: {}\nlog: {level: warn}\n",
            {"f.yaml:3:1: duplicate key 'log' (first on line 1)"}},
        mistake{
            "an anchor and its alias",
            "server: &s {idle: 1s}\nlog: *s\n",
            {"f.yaml:1:9: anchors (&name) are not supported: write the value out",
             "f.yaml:2:6: aliases (*name) are not supported: write the value out"}},
        mistake{
            "a merge key",
            "server:\n  <<: {idle: 1s}\n",
            {"f.yaml:2:3: merge keys (<<) are not supported: write the values out"}},
        mistake{
            "a tag", "server: {idle: !!str 1s}\n", {"f.yaml:1:16: tags (!name) are not supported"}},
        mistake{
            "a second document",
            "log: {}\n---\nlog: {}\n",
            {"f.yaml:2:1: a second document: only one is read"}},
        mistake{"a list as a key", "? [a]\n: b\n", {"f.yaml:1:3: a key must be a word"}},
        mistake{
            "nesting too deep",
            "server: " + std::string(1000, '[') + std::string(1000, ']'),
            {"f.yaml:1:40: nested deeper than 32 levels"}},
        mistake{"bytes that are not UTF-8", "log: {}\n# \xC3(\n", {"f.yaml:2:3: not UTF-8"}},
        mistake{"a byte that is NUL", std::string("log:\0 {}", 8), {"f.yaml:1:5: a NUL byte"}},
        mistake{
            "a file too large",
            std::string((1U << 20) + 1, '#'),
            {"f.yaml:1:1: the file is larger than 1 MiB"}},
        mistake{
            "a list at the top",
            "- a\n",
            {"f.yaml:1:1: the entry must be a map of keys and values, not a list"}}
    ),
    name_of
);

INSTANTIATE_TEST_SUITE_P(
    Key,
    ConfigurationMistake,
    ::testing::Values(
        mistake{
            "a mistyped key",
            "modles: []\n",
            {"f.yaml:1:1: unknown key 'modles' (did you mean 'models'?)"}},
        mistake{
            "a key like no other",
            "log:\n  colour: red\n",
            {"f.yaml:2:3: unknown key 'colour' (known: level, format, content)"}},
        mistake{
            "a key of a later version",
            "models:\n  - name: a\n    targets: [{provider: mock, model: m, region: eu}]\n",
            {"f.yaml:3:42: unknown key 'region' (known: provider, model, weight, priority)"}},
        mistake{
            "several at once in the order of the file",
            "log: {level: loud}\nserver: {idel: 1s, workers: many}\n",
            {"f.yaml:1:14: 'level' must be one of trace, debug, info, warn, error, off, not 'loud'",
             "f.yaml:2:10: unknown key 'idel' (did you mean 'idle'?)",
             "f.yaml:2:29: 'workers' must be a whole number between 0 and 1024, without quotes, "
             "not "
             "'many'"}},
        mistake{
            "a key without a value",
            "server:\nlog: {level: ~}\n",
            {"f.yaml:1:1: 'server' is empty: it must be a map of keys and values",
             "f.yaml:2:7: 'level' is empty: it must be one of trace, debug, info, warn, error, "
             "off"}},
        mistake{
            "a missing key",
            "models:\n  - targets: [{provider: mock}]\n",
            {"f.yaml:2:5: missing key 'name'", "f.yaml:2:15: missing key 'model'"}}
    ),
    name_of
);

INSTANTIATE_TEST_SUITE_P(
    Scalar,
    ConfigurationMistake,
    ::testing::Values(
        mistake{
            "a number for a duration",
            "server: {idle: 75}\n",
            {"f.yaml:1:16: 'idle' must be " + duration_wanted + ", not '75'"}},
        mistake{
            "a zero without a unit",
            "server: {drain: 0}\n",
            {"f.yaml:1:17: 'drain' must be " + duration_wanted + ", not '0'"}},
        mistake{
            "a duration out of range",
            "server: {idle: 25h}\n",
            {"f.yaml:1:16: 'idle' must be a duration between 1ms and 24h, not '25h'"}},
        mistake{
            "a duration beyond all numbers",
            "server: {idle: 99999999999999999999h}\n",
            {"f.yaml:1:16: 'idle' must be " + duration_wanted + ", not '99999999999999999999h'"}},
        mistake{
            "a wrong word for a duration",
            "server: {commit_after: off}\n",
            {"f.yaml:1:24: 'commit_after' must be " + duration_wanted + ", or 'never', not 'off'"}},
        mistake{
            "a number for a size",
            "server: {limits: {body: 4096}}\n",
            {"f.yaml:1:25: 'body' must be " + size_wanted + ", not '4096'"}},
        mistake{
            "a size out of range",
            "server: {limits: {body: 2GiB}}\n",
            {"f.yaml:1:25: 'body' must be a size between 1KiB and 1GiB, not '2GiB'"}},
        mistake{
            "an octal number",
            "server: {workers: 010}\n",
            {"f.yaml:1:19: 'workers' must be a whole number between 0 and 1024, without quotes, "
             "not "
             "'010'"}},
        mistake{
            "a number in quotes",
            "server: {workers: \"1\"}\n",
            {"f.yaml:1:19: 'workers' must be a whole number between 0 and 1024, without quotes, "
             "not "
             "'1'"}},
        mistake{
            "a negative rate",
            "providers: {m: {kind: mock, rate: -1}}\nmodels: [{name: a, targets: [{provider: m, "
            "model: m}]}]\n",
            {"f.yaml:1:35: 'rate' must be a number between 0.0 and 1000000.0, without quotes, not "
             "'-1'"}},
        mistake{
            "yes for true",
            "server: {close_after_stream: yes}\n",
            {"f.yaml:1:30: 'close_after_stream' must be true or false, without quotes, not 'yes'"}},
        mistake{
            "a list for a scalar",
            "server: {idle: [1s]}\n",
            {"f.yaml:1:16: 'idle' must be " + duration_wanted + ", not a list"}},
        mistake{
            "a scalar for a list",
            "server: {listen: 127.0.0.1:80}\n",
            {"f.yaml:1:18: 'listen' must be a list, not a single value"}},
        mistake{
            "an empty list of addresses",
            "server: {listen: []}\n",
            {"f.yaml:1:18: 'listen' must have at least 1 entry, not 0"}},
        mistake{
            "an address by name",
            "server: {listen: [example.com:80, 127.0.0.1]}\n",
            {"f.yaml:1:19: the entry must be " + address_wanted + ", not 'example.com:80'",
             "f.yaml:1:35: the entry must be " + address_wanted + ", not '127.0.0.1'"}},
        mistake{
            "an origin with a path",
            "server: {cors: {origins: [\"https://a.example/x\"]}}\n",
            {"f.yaml:1:27: the entry must end after the host or port"}},
        mistake{
            "a host with a port",
            "server: {hosts: [\"a.example:80\"]}\n",
            {"f.yaml:1:18: the entry must be a host name without scheme and port"}},
        mistake{
            "an empty text",
            "server: {default_model: \"\"}\n",
            {"f.yaml:1:25: 'default_model' is empty: it must be text"}}
    ),
    name_of
);

std::string provider(const std::string& more) {
    return "providers:\n  p: {" + more +
           "}\nmodels: [{name: a, targets: [{provider: p, model: m}]}]\n";
}

/// All kinds of providers, as messages list them.
std::string kind_words() {
    const auto schema = configuration_schema();
    std::string words;
    for (const auto& kind : schema["properties"]["providers"]["additionalProperties"]["oneOf"]) {
        const auto word = kind["properties"]["kind"]["enum"][0].get<std::string>();
        words += (words.empty() ? "" : ", ") + word;
    }
    return words;
}

INSTANTIATE_TEST_SUITE_P(
    Provider,
    ConfigurationMistake,
    ::testing::Values(
        mistake{
            "no kind",
            provider("base_url: http://a"),
            {"f.yaml:2:6: missing key 'kind' (one of " + kind_words() + ")"}},
        mistake{
            "an unknown kind",
            provider("kind: opnai"),
            {"f.yaml:2:13: 'kind' must be one of " + kind_words() +
             ", not 'opnai' (did you mean 'openai'?)"}},
        mistake{
            "a mock setting elsewhere",
            provider("kind: azure, base_url: http://a, api_version: v, ttft: 1s"),
            {"f.yaml:2:56: unknown key 'ttft' for kind 'azure' (known: kind, base_url, api_key, "
             "headers, forward_headers, http2, connect_timeout, proxy, ca_file, prefill, breaker, "
             "ask_usage, apis, api_version)"}},
        mistake{
            "an API that there is none of",
            provider("kind: openai, apis: [chat, talk]"),
            {"f.yaml:2:34: the entry must be one of chat, responses, completions, "
             "embeddings, "
             "not 'talk'"}},
        mistake{
            "a project and a space",
            provider("kind: watsonx, project_id: a, space_id: b"),
            {"f.yaml:2:6: 'project_id' and 'space_id' exclude each other"}},
        mistake{
            "a key that signs without its id",
            provider("kind: bedrock, region: us-east-1, secret_access_key: s3cret"),
            {"f.yaml:2:6: 'access_key_id' and 'secret_access_key' go together"}},
        mistake{
            "bedrock nowhere",
            provider("kind: bedrock"),
            {"f.yaml:2:6: missing key 'region' for kind 'bedrock'"}},
        mistake{
            "a host whose address nobody knows",
            provider("kind: vllm"),
            {"f.yaml:2:6: missing key 'base_url' for kind 'vllm'"}},
        mistake{
            "a key for the mock",
            provider("kind: mock, api_key: k"),
            {"f.yaml:2:19: unknown key 'api_key' for kind 'mock' (known: kind, profile, ttft, "
             "rate, "
             "gap, prefill, seed, tokens, reasoning, content, script, queue, limits, cache, "
             "faults, "
             "changes, breaker)"}},
        mistake{
            "azure without its keys",
            provider("kind: azure"),
            {"f.yaml:2:6: missing key 'base_url' for kind 'azure'",
             "f.yaml:2:6: missing key 'api_version' for kind 'azure'"}},
        mistake{
            "a URL of another scheme",
            provider("kind: openai, base_url: ftp://a"),
            {"f.yaml:2:31: 'base_url' must begin with http:// or https://"}},
        mistake{
            "a URL with a password",
            provider("kind: openai, base_url: http://u:p4ss@a"),
            {"f.yaml:2:31: 'base_url' must not hold a user name or password"}},
        mistake{
            "a URL with a query",
            provider("kind: openai, base_url: 'http://a/?key=s3cret'"),
            {"f.yaml:2:31: 'base_url' must not have a query or fragment"}},
        mistake{
            "a URL with a fragment",
            provider("kind: openai, base_url: 'http://a/#x'"),
            {"f.yaml:2:31: 'base_url' must not have a query or fragment"}},
        mistake{
            "a URL without a host",
            provider("kind: openai, base_url: http:///v1"),
            {"f.yaml:2:31: 'base_url' must have a host name or an address (IPv6 in brackets) after "
             "'://'"}},
        mistake{
            "a URL with a port too large",
            provider("kind: openai, base_url: 'http://[::1]:65536'"),
            {"f.yaml:2:31: 'base_url' must have a port from 1 to 65535"}},
        mistake{
            "a proxy with a password",
            provider("kind: openai, proxy: 'http://u:p4ss@a'"),
            {"f.yaml:2:28: 'proxy' must not hold a user name or password"}},
        mistake{
            "a header with a line end",
            provider("kind: openai, headers: {X-A: \"s3cret\\r\\nX-B: c\", X-C: \"s3cret\\0\"}"),
            {"f.yaml:2:36: 'X-A' must not hold line ends or control characters",
             "f.yaml:2:61: 'X-C' must not hold line ends or control characters"}},
        mistake{
            "a header name with a line end",
            provider("kind: openai, headers: {\"X-A\\r\\nX\": a}"),
            {"f.yaml:2:31: 'X-A??X' is not a header name"}},
        mistake{
            "a header of the connection",
            provider("kind: openai, headers: {Host: a, content-length: 1, Transfer-Encoding: x, "
                     "CONNECTION: x}"),
            {"f.yaml:2:31: 'Host' is a header that the gateway sets itself",
             "f.yaml:2:40: 'content-length' is a header that the gateway sets itself",
             "f.yaml:2:59: 'Transfer-Encoding' is a header that the gateway sets itself",
             "f.yaml:2:81: 'CONNECTION' is a header that the gateway sets itself"}},
        mistake{
            "a header twice",
            provider("kind: openai, headers: {X-A: a, x-a: b}"),
            {"f.yaml:2:39: 'x-a' stands here twice: case does not count"}},
        mistake{
            "a private header passed on",
            provider("kind: openai, forward_headers: [Cookie, X-Mock-Rate]"),
            {"f.yaml:2:39: the entry is a header that is never passed on",
             "f.yaml:2:47: the entry is a header that is never passed on"}},
        mistake{
            "a duplicate name",
            "providers:\n  mock: {kind: mock}\n  mock: {kind: mock}\n"
            "models: [{name: a, targets: [{provider: mock, model: m}]}]\n",
            {"f.yaml:3:3: duplicate key 'mock' (first on line 2)"}},
        mistake{
            "a name with a space",
            "providers: {a b: {kind: mock}}\n"
            "models: [{name: a, targets: [{provider: mock, model: m}]}]\n",
            {"f.yaml:1:13: 'a b' must be at most 64 letters, digits, '.', '_' and '-'",
             "f.yaml:2:41: unknown provider 'mock'"}},
        mistake{
            "no model that leads to it",
            "providers: {p: {kind: mock}}\n",
            {"f.yaml:1:1: no model leads to these providers: add 'models' with at least one name "
             "and "
             "target"}},
        mistake{
            "an unset variable",
            provider("kind: openai, api_key: \"s3${SLUICE_TEST_UNSET}cret\""),
            {"f.yaml:2:30: environment variable 'SLUICE_TEST_UNSET' is not set"}},
        mistake{
            "a reference that is none",
            provider("kind: openai, api_key: \"${s3-cret}\""),
            {"f.yaml:2:30: a reference is ${NAME}, ${NAME:-default} or ${file:/path}"}},
        mistake{
            "an open reference",
            provider("kind: openai, api_key: \"${s3cret\""),
            {"f.yaml:2:30: a reference lacks its closing brace"}},
        mistake{
            "a reference within a reference",
            provider("kind: openai, api_key: \"${A:-${s3cret}}\""),
            {"f.yaml:2:30: references do not nest"}},
        mistake{
            "a secret file that is missing",
            provider("kind: openai, api_key: \"${file:/nonexistent/key}\""),
            {"f.yaml:2:30: file '/nonexistent/key' cannot be read: No such file or directory"}},
        mistake{
            "a secret file that is none",
            provider("kind: openai, api_key: \"${file:/dev/zero}\""),
            {"f.yaml:2:30: file '/dev/zero' is not a regular file"}}
    ),
    name_of
);

std::string route(const std::string& name, const std::string& model) {
    return "models: [{name: " + name + ", targets: [{provider: mock, model: " + model + "}]}]\n";
}

const std::string zeros(64, '0');

INSTANTIATE_TEST_SUITE_P(
    Reference,
    ConfigurationMistake,
    ::testing::Values(
        mistake{
            "an unknown provider",
            "providers: {openai: {kind: openai}}\n"
            "models: [{name: a, targets: [{provider: opneai, model: m}]}]\n",
            {"f.yaml:2:41: unknown provider 'opneai' (did you mean 'openai'?)"}},
        mistake{
            "a model twice",
            "models:\n- {name: a, targets: [{provider: mock, model: m}]}\n"
            "- {name: a, targets: [{provider: mock, model: m}]}\n",
            {"f.yaml:3:10: duplicate model name (first on line 2)"}},
        mistake{
            "a star in the middle",
            route("\"a*b\"", "m"),
            {"f.yaml:1:17: 'name' must have its '*' at the end only"}},
        mistake{
            "a star that stands for nothing",
            route("a", "\"*\""),
            {"f.yaml:1:54: 'model' must not hold '*' unless the route's name ends in '*'"}},
        mistake{
            "a default model that is not there",
            "server: {default_model: chta}\n" + route("chat", "m"),
            {"f.yaml:1:25: no model is called 'chta' (did you mean 'chat'?)"}},
        mistake{
            "auth by keys without keys",
            "auth: keys\n",
            {"f.yaml:1:7: 'auth' is keys, but 'keys' has none"}},
        mistake{
            "a key twice",
            "keys:\n- {id: a, sha256: " + zeros + "}\n- {id: a, sha256: " + zeros + "}\n",
            {"f.yaml:3:8: duplicate key id (first on line 2)",
             "f.yaml:3:19: duplicate 'sha256' (first on line 2)"}},
        mistake{
            "a digest that is none",
            "keys: [{id: a, sha256: sk-s3cret}]\n",
            {"f.yaml:1:24: 'sha256' must be 64 hexadecimal digits, as sha256sum prints them"}},
        mistake{
            "a backlog over the journal",
            "streams: {backlog: 8MiB}\n",
            {"f.yaml:1:20: 'backlog' (8MiB) must not be larger than 'journal' (4MiB)"}},
        mistake{
            "a name by reference",
            route("\"${A}\"", "m"),
            {"f.yaml:1:17: 'name' is a name: references are not resolved in it"}}
    ),
    name_of
);

}  // namespace
}  // namespace sluice::gateway
