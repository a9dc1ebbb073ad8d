#include "tests/hostile/attacked_gateway.hpp"
#include "tests/hostile/wire_case.hpp"

#include <gtest/gtest.h>

#include <sstream>
#include <string>
#include <vector>

// Requests that two HTTP implementations in a row could cut in two ways. Behind each stands a
// ghost: a valid request that is answered only where the first one was cut wrongly.
namespace sluice::hostile {
namespace {

using namespace std::string_literals;

const std::string chunked = "Transfer-Encoding: chunked\r\n";
const std::string empty_object = "2\r\n{}\r\n0\r\n\r\n";
const std::string prompt = R"({"prompt":"Hi","stream":false})";  // 30 bytes, 1e of them

std::string head(const std::string& fields, const std::string& line = "POST /v1/streams HTTP/1.1") {
    return line + "\r\nHost: localhost\r\nContent-Type: application/json\r\n" + fields + "\r\n";
}

std::string chunk_of(const std::string& data) {
    std::ostringstream out;
    out << std::hex << data.size() << "\r\n" << data << "\r\n";
    return out.str();
}

struct names_and_bytes {
    std::string name;
    std::string bytes;
};

/// Each is refused, and nothing behind it is answered.
std::vector<wire_case> refused(const std::vector<names_and_bytes>& table) {
    std::vector<wire_case> cases;
    for (const auto& [name, bytes] : table)
        cases.push_back({name, bytes + ghost});
    return cases;
}

class framing : public attack {};

TEST_F(framing, ALengthBesideChunksIsNeverSentOn) {
    std::vector<names_and_bytes> table;
    for (const auto* length : {"0", "1", "2", "5", "12", "30", "1000", "4294967296"}) {
        const auto field = "Content-Length: "s + length + "\r\n";
        table.push_back({"length "s + length + " first", head(field + chunked) + empty_object});
        table.push_back({"length "s + length + " second", head(chunked + field) + empty_object});
    }
    const std::string two = "Content-Length: 2\r\n";
    table.push_back({"in capitals", head("TRANSFER-ENCODING: CHUNKED\r\n" + two) + "{}"});
    table.push_back({"length in between", head(chunked + two + chunked) + empty_object});
    table.push_back({"lengths around", head(two + chunked + two) + empty_object});
    table.push_back({"an empty encoding", head("Transfer-Encoding:\r\n" + two) + "{}"});
    table.push_back({"a hidden ghost", head("Content-Length: 6\r\n" + chunked) + "0\r\n\r\nG"});
    run_all(refused(table), attacked_port());
}

TEST_F(framing, OnlyOneTransferEncodingIsKnown) {
    std::vector<names_and_bytes> table;
    for (const auto* value :
         {"Identity",
          "identity, chunked",
          "chunked, identity, chunked",
          "deflate",
          "deflate, chunked",
          "br",
          "x-chunked",
          "chunkedx",
          "chunke",
          "chunked;",
          "chunked; q=1",
          "chunked ; x",
          "'chunked'",
          "(chunked)",
          "chunked\\",
          "chunked/1.1",
          "chunked\xa0",
          "\xef\xbb\xbf"
          "chunked",
          "ch\xc3\xbcnked",
          "chunked\x0c",
          "chunked\x7f",
          "c hunked",
          ",",
          ", ,",
          "trailers",
          "compress",
          "chunked,,chunked",
          "null",
          "chunked\tchunked",
          "\x0c"
          "chunked",
          "chunked=1",
          "%63hunked"}) {
        table.push_back(
            {"encoding " + printable(value),
             head("Transfer-Encoding: "s + value + "\r\n") + empty_object}
        );
    }
    table.push_back({"a NUL", head("Transfer-Encoding: chunked\0\r\n"s) + empty_object});
    table.push_back({"a bare CR", head("Transfer-Encoding: chunked\r\r\n") + empty_object});
    table.push_back({"a bare LF", head("Transfer-Encoding: x\nX: y\r\n" + chunked) + empty_object});
    table.push_back(
        {"doubled, odd first", head("Transfer-Encoding: x\r\n" + chunked) + empty_object}
    );
    table.push_back(
        {"doubled, odd second", head(chunked + "Transfer-Encoding: x\r\n") + empty_object}
    );
    table.push_back(
        {"a tab before the colon", head("Transfer-Encoding\t: chunked\r\n") + empty_object}
    );
    table.push_back(
        {"a blank before the name", head(" Transfer-Encoding: chunked\r\n") + empty_object}
    );
    table.push_back(
        {"folded by a tab", head("Transfer-Encoding: x,\r\n\tchunked\r\n") + empty_object}
    );
    table.push_back({"a name with NUL", head("Transfer\0-Encoding: chunked\r\n"s) + empty_object});
    run_all(refused(table), attacked_port());
}

TEST_F(framing, NamesThatOnlyResembleAFramingFieldAreNone) {
    // The body has no length then, so that what follows is the next request: two whole answers.
    std::vector<wire_case> cases;
    const std::string last = "GET /livez HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
    for (const auto* name :
         {"Transfer_Encoding",
          "X-Transfer-Encoding",
          "TransferEncoding",
          "TE",
          "Transfer-Encodings",
          "Content_Length",
          "Content-Lengths",
          "X-Content-Length"}) {
        cases.push_back({name, head(name + ": 5\r\n"s) + last, {400}, 2});
    }
    run_all(cases, attacked_port());
}

TEST_F(framing, ALengthIsOnePlainNumber) {
    std::vector<names_and_bytes> table;
    for (const auto* value :
         {"2 ,2",
          "2;2",
          "2 x",
          "x2",
          " ",
          "0x02",
          "0b10",
          "02h",
          "+0",
          "--2",
          "2-",
          "1-2",
          "2,",
          ",2",
          "2,,2",
          "1e1",
          "2.",
          ".2",
          "2\x0b",
          "2\xa0",
          "\xd9\xa2",
          "'2'",
          "(2)",
          "NaN",
          "Infinity",
          "null",
          "2\x0c",
          "9223372036854775808",
          "18446744073709551615",
          "18446744073709551616",
          "340282366920938463463374607431768211456",
          "2\r2",
          "2\\0"}) {
        table.push_back(
            {"length " + printable(value), head("Content-Length: "s + value + "\r\n") + "{}"}
        );
    }
    table.push_back({"a NUL", head("Content-Length: 2\0\r\n"s) + "{}"});
    table.push_back(
        {"three that differ",
         head("Content-Length: 2\r\nContent-Length: 2\r\nContent-Length: 9\r\n") + "{}"}
    );
    table.push_back(
        {"digits without end", head("Content-Length: " + std::string(5000, '9') + "\r\n") + "{}"}
    );
    table.push_back({"a list that differs", head("Content-Length: 2, 2, 3\r\n") + "{}"});
    table.push_back({"a tab before the colon", head("Content-Length\t: 2\r\n") + "{}"});
    run_all(refused(table), attacked_port());
}

TEST_F(framing, ChunksAreWrittenInOneWayOnly) {
    std::vector<names_and_bytes> table;
    const auto add = [&](std::string name, const std::string& body) {
        table.push_back({std::move(name), head(chunked) + body});
    };
    add("0X", "0X2\r\n{}\r\n0\r\n\r\n");
    add("a plus in the last", "2\r\n{}\r\n+0\r\n\r\n");
    add("a minus in the last", "2\r\n{}\r\n-0\r\n\r\n");
    add("a blank first", " 2\r\n{}\r\n0\r\n\r\n");
    add("a tab first", "\t2\r\n{}\r\n0\r\n\r\n");
    add("letters beyond f", "g\r\n{}\r\n0\r\n\r\n");
    add("h behind", "2h\r\n{}\r\n0\r\n\r\n");
    add("a point", "2.0\r\n{}\r\n0\r\n\r\n");
    add("a comma", "2,2\r\n{}\r\n0\r\n\r\n");
    add("an underscore", "0_2\r\n{}\r\n0\r\n\r\n");
    add("a quoted size", "\"2\"\r\n{}\r\n0\r\n\r\n");
    add("no size, an extension", ";x=1\r\n{}\r\n0\r\n\r\n");
    add("a CR alone", "2\r{}\r\n0\r\n\r\n");
    add("CR CR LF", "2\r\r\n{}\r\n0\r\n\r\n");
    add("LF in the last size", "2\r\n{}\r\n0\n\r\n");
    add("nothing behind the data", "2\r\n{}0\r\n\r\n");
    add("LF behind the data", "2\r\n{}\n0\r\n\r\n");
    add("CR behind the data", "2\r\n{}\r0\r\n\r\n");
    add("an empty line behind the data", "2\r\n{}\r\n\r\n0\r\n\r\n");
    add("data too long by one", "1\r\n{}\r\n0\r\n\r\n");
    add("16 digits", "fffffffffffffffe\r\n{}\r\n0\r\n\r\n");
    add("the sign bit", "8000000000000000\r\n{}\r\n0\r\n\r\n");
    add("2 behind 2^64", "10000000000000002\r\n{}\r\n0\r\n\r\n");
    add("a hundred digits", std::string(100, 'f') + "\r\n{}\r\n0\r\n\r\n");
    add("a NUL", "2\0\r\n{}\r\n0\r\n\r\n"s);
    add("an extension with LF", "2;x=\"\n\"\r\n{}\r\n0\r\n\r\n");
    add("an extension with CR", "2;x=\r1\r\n{}\r\n0\r\n\r\n");
    add("an extension with NUL", "2;x=\0\r\n{}\r\n0\r\n\r\n"s);
    add("an extension that hides a chunk", "2;\n{}\r\n0\r\n\r\n");
    add("an extension of a megabyte", "2;" + std::string(1U << 20U, 'e') + "\r\n{}\r\n0\r\n\r\n");
    add("quotes that do not end", "2;x=\"\r\n{}\r\n0\r\n\r\n");
    add("an extension in the last", "2\r\n{}\r\n0;" + std::string(9000, 'e') + "\r\n\r\n");
    auto cases = refused(table);
    for (auto& each : cases)
        each.answer_may_be_lost = each.bytes.size() > 200'000;
    run_all(cases, attacked_port());
}

TEST_F(framing, TrailersBringNothingIn) {
    std::vector<wire_case> cases;
    const auto body = "1e\r\n" + prompt + "\r\n0\r\n";
    // The trailer is read over: one answer, to the request as it was without it, or a refusal.
    for (const auto* trailer :
         {"Content-Length: 99",
          "Transfer-Encoding: gzip",
          "Host: evil.example",
          "Authorization: Bearer x",
          "X-Mock-Error: 500",
          "Content-Type: text/html",
          "Trailer: X",
          "Expect: 100-continue",
          "Connection: upgrade",
          "X-Request-Id: forged",
          "Cookie: a=b"}) {
        cases.push_back(
            {"trailer "s + trailer,
             head(chunked + "X-Mock-Tokens: 2\r\nConnection: close\r\n") + body + trailer +
                 "\r\n\r\n",
             {200, 400}}
        );
    }
    const auto broken = [&](std::string name, const std::string& trailers) {
        cases.push_back(
            {std::move(name), head(chunked) + body + trailers + "\r\n" + ghost, {400, 413, 431}}
        );
    };
    broken("64 KB and a byte", "X: " + std::string(65'537, 'x') + "\r\n");
    broken("a name of 64 KB", std::string(65'537, 'x') + ": y\r\n");
    broken("without a colon", "nothing\r\n");
    broken("a bare LF", "X: y\nZ: w\r\n");
    broken("folded", "X: y\r\n z\r\n");
    broken("a NUL", "X: \0\r\n"s);
    std::string many;
    for (int i = 0; i < 2000; ++i)
        many += "X-" + std::to_string(i) + ": y\r\n";
    broken("2000 fields", many);
    run_all(cases, attacked_port());
}

TEST_F(framing, ABodyWhereNobodyWantsOneIsNoRequest) {
    std::vector<wire_case> cases;
    const std::vector<std::pair<std::string, std::vector<int>>> lines{
        {"GET /livez", {200, 400}},
        {"GET /metrics", {200, 400}},
        {"GET /v1/models", {200, 400}},
        {"GET /nowhere", {404}},
        {"GET /v1/chat/completions", {405}},
        {"PUT /v1/streams", {405}},
        {"DELETE /v1/chat/completions", {405}},
        {"DELETE /v1/streams/1-AAAAAAAAAAAAAAAAAAAAAA", {404}},
        {"OPTIONS /v1/streams", {200, 204}}};
    for (const auto& [line, statuses] : lines) {
        const auto length = "Content-Length: " + std::to_string(ghost.size()) + "\r\n";
        const std::string close = "Connection: close\r\n";
        cases.push_back(
            {line + " with a length", head(length + close, line + " HTTP/1.1") + ghost, statuses}
        );
        cases.push_back(
            {line + " with chunks",
             head(chunked + close, line + " HTTP/1.1") + chunk_of(ghost) + "0\r\n\r\n",
             statuses}
        );
        cases.push_back(
            {line + " with both", head(length + chunked, line + " HTTP/1.1") + "0\r\n\r\n" + ghost}
        );
    }
    run_all(cases, attacked_port());
}

TEST_F(framing, OldClientsHaveNoChunks) {
    std::vector<names_and_bytes> table;
    for (const auto* line :
         {"POST /v1/streams HTTP/1.0", "GET /livez HTTP/1.0", "POST /nowhere HTTP/1.0"}) {
        table.push_back({line, head(chunked, line) + empty_object});
        table.push_back(
            {line + " that stays"s,
             head(chunked + "Connection: keep-alive\r\n", line) + empty_object}
        );
        table.push_back(
            {line + " with a length"s, head(chunked + "Content-Length: 2\r\n", line) + empty_object}
        );
    }
    run_all(refused(table), attacked_port());
}

TEST_F(framing, OrdinaryWaysOfWritingAreTaken) {
    std::vector<wire_case> cases;
    const std::string fields = "X-Mock-Tokens: 2\r\nConnection: close\r\n";
    const auto add = [&](std::string name, const std::string& framing, const std::string& body) {
        cases.push_back({std::move(name), head(fields + framing) + body, {200}});
    };
    const auto whole = "1e\r\n" + prompt + "\r\n0\r\n\r\n";
    add("upper case", "TRANSFER-ENCODING: CHUNKED\r\n", whole);
    add("mixed case", "transfer-Encoding: ChUnKeD\r\n", whole);
    add("no blank", "Transfer-Encoding:chunked\r\n", whole);
    add("tabs around", "Transfer-Encoding:\tchunked\t\r\n", whole);
    add("many blanks", "Transfer-Encoding:     chunked   \r\n", whole);
    add("capital digits", chunked, "1E\r\n" + prompt + "\r\n0\r\n\r\n");
    add("zeros in front", chunked, "0000001e\r\n" + prompt + "\r\n000\r\n\r\n");
    add("an extension", chunked, "1e;a=b;c\r\n" + prompt + "\r\n0;end\r\n\r\n");
    add("a quoted extension", chunked, "1e;a=\"b c\"\r\n" + prompt + "\r\n0\r\n\r\n");
    add("a small trailer", chunked, "1e\r\n" + prompt + "\r\n0\r\nX: y\r\n\r\n");
    add("a length with tabs", "Content-Length:\t30\t\r\n", prompt);
    add("a length with zeros", "Content-Length: 0030\r\n", prompt);
    run_all(cases, attacked_port());
}

}  // namespace
}  // namespace sluice::hostile
