#include "tests/end_to_end/support/raw_client.hpp"
#include "tests/hostile/attacked_gateway.hpp"
#include "tests/hostile/documented_fields.hpp"
#include "tests/hostile/wire_case.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <string>
#include <vector>

// Bodies that are too large, no JSON, or made to cost much.
namespace sluice::hostile {
namespace {

using namespace std::string_literals;

const std::string prompt = R"({"prompt":"Hi","stream":false})";

std::string head(const std::string& path, const std::string& fields) {
    return "POST " + path +
           " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nX-Mock-Tokens: 2\r\n" + fields +
           "\r\n";
}

std::string message(
    const std::string& path, const std::string& body, const std::string& type = "application/json"
) {
    const auto type_field = type.empty() ? "" : "Content-Type: " + type + "\r\n";
    return head(path, type_field + "Content-Length: " + std::to_string(body.size()) + "\r\n") +
           body;
}

std::string chunked_message(const std::string& chunks) {
    return head("/v1/streams", "Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n") +
           chunks + "0\r\n\r\n";
}

struct body_case {
    std::string name;
    std::string body;
};

/// What no dialect can read, whatever it asks for.
std::vector<body_case> malformed() {
    std::vector<body_case> all;
    for (const auto* text :
         {"",
          " ",
          "\r\n",
          "\t",
          "null",
          "true",
          "false",
          "0",
          "-1",
          "1e5",
          "\"{}\"",
          "[]",
          "[{}]",
          "[[[]]]",
          "{",
          "}",
          "{}}",
          "{{}}",
          "{}{}",
          "{},",
          ",{}",
          "{,}",
          "{\"a\"}",
          "{\"a\":}",
          "{\"a\":1,}",
          "{\"a\":1,,\"b\":2}",
          "{\"a\" 1}",
          "{\"a\":1 \"b\":2}",
          "{a:1}",
          "{'a':1}",
          "{\"a\":'1'}",
          "{1:1}",
          "{null:1}",
          "{\"a\":undefined}",
          "{\"a\":NaN}",
          "{\"a\":-NaN}",
          "{\"a\":Infinity}",
          "{\"a\":-Infinity}",
          "{\"a\":TRUE}",
          "{\"a\":True}",
          "{\"a\":None}",
          "{\"a\":nul}",
          "{\"a\":nulll}",
          "{\"a\":01}",
          "{\"a\":-01}",
          "{\"a\":+1}",
          "{\"a\":.5}",
          "{\"a\":5.}",
          "{\"a\":1e}",
          "{\"a\":1e+}",
          "{\"a\":0x10}",
          "{\"a\":1_000}",
          "{\"a\":--1}",
          "{\"a\":1.2.3}",
          "{\"a\":-}",
          "{\"a\":1e5.5}",
          "{\"a\":\"\\x41\"}",
          "{\"a\":\"\\u12\"}",
          "{\"a\":\"\\u12g4\"}",
          "{\"a\":\"\\U00000041\"}",
          "{\"a\":\"\\\"}",
          "{\"a\":\"\\'\"}",
          "{\"a\":\"",
          "{\"a\":\"b",
          "{\"a\":[1,2}",
          "{\"a\":[1,2",
          "{\"a\":{\"b\":1]",
          "{\"a\":1}//x",
          "//x\n{\"a\":1}",
          "{\"a\":1/*x*/}",
          "#x\n{\"a\":1}",
          "{\"a\":\"b\nc\"}",
          "{\"a\":\"b\tc\"}",
          "{\"a\":\"\x01\"}",
          "{\"a\":\"\x1f\"}",
          "{\"a\":1}x",
          "{\"a\":1};",
          "{\"a\":1}]",
          "x{\"a\":1}",
          "a=1&b=2",
          "<a>1</a>",
          "a: 1\nb: 2\n",
          "--x\r\nContent-Disposition: form-data\r\n\r\n{}\r\n--x--",
          ")]}',\n{\"a\":1}",
          "data: {\"a\":1}\n\n",
          "\x1f\x8b\x08",
          "\xef\xbb\xbf",
          "\xef\xbb\xbf{",
          "\xff\xfe{",
          "\xfe\xff",
          "{\"a\":\"\xff\"}",
          "{\"a\":\"\xc3\x28\"}",
          "{\"a\":\"\xed\xa0\x80\"}",
          "{\"a\":\"\xed\xbf\xbf\"}",
          "{\"a\":\"\xc0\x80\"}",
          "{\"a\":\"\xe0\x80\xaf\"}",
          "{\"a\":\"\xf8\x88\x80\x80\x80\"}",
          "{\"a\":\"\xf4\x90\x80\x80\"}",
          "{\"a\":\"\xe2\x82\"}",
          "{\"\xff\":1}",
          "{\"a\":\"\\ud800\"}",
          "{\"a\":\"\\udfff\"}",
          "{\"a\":\"\\ud800\\u0041\"}",
          "{\"a\":\"\\ud83d\\ud83d\"}",
          "{\"a\":1,\"a\":2}",
          "{\"model\":\"mock\",\"model\":\"mock\"}",
          "{\"a\":1,\"\\u0061\":1}",
          "{\"\":1,\"\":2}"}) {
        all.push_back({printable(text, 40), text});
    }
    all.push_back({"a NUL behind", "{\"a\":1}\0"s});
    all.push_back({"a NUL before", "\0{\"a\":1}"s});
    all.push_back({"a NUL within", "{\"a\":\"\0\"}"s});
    all.push_back({"UTF-16", "{\0}\0"s});
    all.push_back({"UTF-32", "{\0\0\0}\0\0\0"s});
    return all;
}

class bodies : public attack {};

TEST_F(bodies, ThatAreNoJsonObjectAreRefusedByEveryDialect) {
    const auto texts = malformed();
    EXPECT_GE(texts.size(), 90U);
    std::vector<wire_case> cases;
    for (std::size_t i = 0; i < texts.size(); ++i) {
        // Each text at two of the endpoints; all pairs would only say the same more often.
        for (const std::size_t at : {i, i + 1}) {
            const auto& surface = all_surfaces()[at % all_surfaces().size()];
            cases.push_back(
                {surface.name + ": " + texts[i].name, message(surface.path, texts[i].body), {400}}
            );
        }
    }
    const auto outcomes = run_all(cases, attacked_port());
    for (std::size_t i = 0; i < outcomes.size(); ++i) {
        const auto& surface = all_surfaces()[(i / 2 + i % 2) % all_surfaces().size()];
        if (outcomes[i].answers.empty()) continue;  // was told already
        EXPECT_EQ(complaint_about_shape(surface, outcomes[i].answers[0]), "") << cases[i].name;
    }
}

TEST_F(bodies, ThatNestDeepAreRefusedWithoutTroubleOfDepth) {
    std::vector<wire_case> cases;
    const auto add = [&](const std::string& name, const std::string& body) {
        for (const auto& surface : all_surfaces())
            cases.push_back({surface.name + ": " + name, message(surface.path, body), {400}});
    };
    constexpr std::size_t deep = 100'000;
    add("arrays", "{\"x\":" + std::string(deep, '[') + std::string(deep, ']') + "}");
    std::string objects;
    for (std::size_t i = 0; i < deep; ++i)
        objects += "{\"a\":";
    add("objects", objects + "1" + std::string(deep, '}'));
    std::string mixed;
    for (std::size_t i = 0; i < deep; ++i)
        mixed += "[{\"a\":";
    add("mixed, without an end", mixed);
    cases.push_back(
        {"a million brackets", message("/v1/streams", std::string(1'000'000, '[')), {400}}
    );
    cases.push_back(
        {"a million closed",
         message(
             "/v1/streams", "{\"x\":" + std::string(500'000, '[') + std::string(500'000, ']') + "}"
         ),
         {400}}
    );
    cases.push_back(
        {"a million braces", message("/v1/messages", std::string(1'000'000, '{')), {400}}
    );
    cases.push_back(
        {"a million commas", message("/v1/streams", "{" + std::string(1'000'000, ',') + "}"), {400}}
    );
    cases.push_back(
        {"a million quotes", message("/v1/streams", "{" + std::string(1'000'000, '"') + "}"), {400}}
    );
    cases.push_back(
        {"a million backslashes",
         message("/v1/streams", "{\"a\":\"" + std::string(1'000'000, '\\')),
         {400}}
    );
    run_all(cases, attacked_port());
}

TEST_F(bodies, ThatAreOnlyLargeAreServed) {
    std::vector<wire_case> cases;
    const auto add =
        [&](const std::string& name, const std::string& extra, std::vector<int> statuses = {200}) {
            cases.push_back(
                {name,
                 message("/v1/streams", "{\"prompt\":\"Hi\",\"stream\":false" + extra + "}"),
                 std::move(statuses),
                 1,
                 true}
            );
        };
    std::string keys;
    for (int i = 0; i < 50'000; ++i)
        keys += ",\"k" + std::to_string(i) + "\":1";
    add("50,000 keys", keys);
    add("a key of a megabyte", ",\"" + std::string(1'000'000, 'k') + "\":1");
    add("a number of a megabyte", ",\"x\":" + std::string(1'000'000, '9'), {200, 400});
    add("a fraction of a megabyte", ",\"x\":0." + std::string(1'000'000, '3'), {200, 400});
    add("1e999", ",\"x\":1e999", {200, 400});
    add("-1e-999", ",\"x\":-1e-999", {200, 400});
    add("an exponent of many digits", ",\"x\":1e" + std::string(100'000, '9'), {200, 400});
    add(
        "150,000 numbers",
        ",\"x\":[" +
            [] {
                std::string list;
                for (int i = 0; i < 150'000; ++i)
                    list += "1,";
                return list;
            }() +
            "1]"
    );
    add(
        "escapes of a megabyte",
        ",\"x\":\"" +
            [] {
                std::string text;
                for (int i = 0; i < 170'000; ++i)
                    text += "\\u0041";
                return text;
            }() +
            "\""
    );
    add("white space of a megabyte", std::string(1'000'000, ' '));
    cases.push_back({"a BOM first", message("/v1/streams", "\xef\xbb\xbf" + prompt), {200, 400}});
    cases.push_back({"lines behind", message("/v1/streams", prompt + "\r\n\r\n  \t"), {200}});
    run_all(cases, attacked_port());
}

TEST_F(bodies, OverTheLimitAreRefusedBeforeTheyAreRead) {
    std::vector<wire_case> cases;
    for (const auto* size :
         {"33554433", "100000000", "4294967297", "1099511627776", "9223372036854775807"}) {
        for (const auto& surface : all_surfaces()) {
            cases.push_back(
                {surface.name + " of " + size,
                 "POST " + surface.path +
                     " HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: " +
                     size + "\r\n\r\n",
                 {413}}
            );
        }
    }
    for (const auto* size : {"2000001", "7fffffff", "ffffffff", "7fffffffffffffff"}) {
        cases.push_back(
            {"one chunk of "s + size,
             head(
                 "/v1/streams", "Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n"
             ) + size +
                 "\r\n" + std::string(64'000, ' '),
             {400, 413}}
        );
    }
    std::string chunks;
    const auto chunk = "100000\r\n" + std::string(0x100000, ' ') + "\r\n";
    for (int i = 0; i < 40; ++i)
        chunks += chunk;
    cases.push_back({"40 chunks of a megabyte", chunked_message(chunks), {413}, 1, true});
    run_all(cases, attacked_port());
}

TEST_F(bodies, InVeryManyChunksAreOneBodyOrTooMany) {
    std::vector<wire_case> cases;
    std::string tiny;
    for (int i = 0; i < 300'000; ++i)
        tiny += "1\r\n \r\n";
    cases.push_back(
        {"300,000 chunks of a byte",
         chunked_message(tiny + "1e\r\n" + prompt + "\r\n"),
         {200, 400, 413},
         1,
         true}
    );
    std::string spelled;
    for (const char c : prompt)
        spelled += "1;x=y\r\n" + std::string(1, c) + "\r\n";
    cases.push_back({"each with an extension", chunked_message(spelled), {200, 400}});
    std::string extended;
    for (int i = 0; i < 10'000; ++i)
        extended += "1;" + std::string(200, 'e') + "\r\n \r\n";
    cases.push_back(
        {"10,000 extensions",
         chunked_message(extended + "1e\r\n" + prompt + "\r\n"),
         {200, 400, 413},
         1,
         true}
    );
    cases.push_back(
        {"an extension of a megabyte",
         chunked_message("1e;" + std::string(1'000'000, 'e') + "\r\n" + prompt + "\r\n"),
         {},
         1,
         true}
    );
    run_all(cases, attacked_port());
}

TEST_F(bodies, OfOtherTypesAreRefused) {
    std::vector<wire_case> cases;
    for (const auto* type :
         {"multipart/form-data",
          "multipart/form-data; boundary=x",
          "multipart/mixed",
          "application/xml",
          "text/xml",
          "text/html",
          "image/svg+xml",
          "application/octet-stream",
          "application/x-protobuf",
          "application/grpc",
          "application/cbor",
          "application/msgpack",
          "application/yaml",
          "application/javascript",
          "application/ndjson",
          "application/jsonx",
          "video/mp4",
          "application/pdf"}) {
        for (const auto& surface : all_surfaces()) {
            if (surface.path.find("generate") != std::string::npos)
                continue;  // Google's client writes what it likes
            cases.push_back(
                {surface.name + " as " + type, message(surface.path, prompt, type), {400, 415}}
            );
        }
    }
    for (const auto* type :
         {"application/json; charset=utf-16",
          "application/json; charset=latin1",
          "json",
          "*/*",
          "application",
          "application/json, text/html",
          ";",
          "\xff",
          "application/json\xff"})
        cases.push_back(
            {"type "s + printable(type), message("/v1/streams", prompt, type), {200, 400, 415}}
        );
    run_all(cases, attacked_port());
}

TEST_F(bodies, ThatAreEncodedAreNeitherUnpackedNorGuessedAt) {
    // gzip of 10 MB of blanks: what unpacks it pays for it.
    const std::string gzip =
        "\x1f\x8b\x08\0\0\0\0\0\x02\xff\xed\xc1\x01\x01\0\0\0\x80\x90\xfe\xaf\xee\x08\x0a\0\0\0"s +
        std::string(10'000, '\0');
    std::vector<wire_case> cases;
    for (const auto* encoding :
         {"gzip",
          "x-gzip",
          "deflate",
          "br",
          "zstd",
          "compress",
          "gzip, gzip",
          "gzip, identity",
          "bogus"}) {
        const auto field = "Content-Type: application/json\r\nContent-Encoding: "s + encoding +
                           "\r\nContent-Length: ";
        cases.push_back(
            {encoding,
             head("/v1/streams", field + std::to_string(gzip.size()) + "\r\n") + gzip,
             {400, 415}}
        );
        cases.push_back(
            {encoding + " that is none"s,
             head("/v1/chat/completions", field + std::to_string(prompt.size()) + "\r\n") + prompt,
             {400, 415}}
        );
    }
    run_all(cases, attacked_port());
}

}  // namespace
}  // namespace sluice::hostile
