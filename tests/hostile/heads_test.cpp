#include "tests/hostile/attacked_gateway.hpp"
#include "tests/hostile/wire_case.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

// Request lines, targets and header fields that are wrong, too large, or meant for somebody else.
namespace sluice::hostile {
namespace {

using namespace std::string_literals;

const std::string close = "Connection: close\r\n";

/// A GET of /livez with these fields behind Host.
std::string probe(const std::string& fields) {
    return "GET /livez HTTP/1.1\r\nHost: localhost\r\n" + fields + close + "\r\n";
}

std::string line(
    const std::string& method, const std::string& target, const std::string& version = "HTTP/1.1"
) {
    return method + " " + target + " " + version + "\r\nHost: localhost\r\n" + close + "\r\n";
}

class heads : public attack {};

TEST_F(heads, AreBounded) {
    std::vector<wire_case> cases;
    const auto with = [&](std::string name, const std::string& fields, std::vector<int> statuses) {
        cases.push_back({std::move(name), probe(fields), std::move(statuses), 1, true});
    };
    with("a value of 31 KB", "X: " + std::string(31'000, 'x') + "\r\n", {200});
    with("a value of 33 KB", "X: " + std::string(33'000, 'x') + "\r\n", {431});
    with("a name of 33 KB", std::string(33'000, 'x') + ": y\r\n", {431});
    with("a name of 20 KB", std::string(20'000, 'x') + ": y\r\n", {200, 400, 431});
    with(
        "40 values of 1 KB",
        [] {
            std::string fields;
            for (int i = 0; i < 40; ++i)
                fields += "X" + std::to_string(i) + ": " + std::string(1000, 'x') + "\r\n";
            return fields;
        }(),
        {431}
    );
    with("a cookie of 64 KB", "Cookie: " + std::string(65'536, 'c') + "\r\n", {431});
    with(
        "5000 empty fields",
        [] {
            std::string fields;
            for (int i = 0; i < 5000; ++i)
                fields += "X:\r\n";
            return fields;
        }(),
        {431}
    );
    for (const int count : {97, 98, 99, 100, 101, 1000}) {
        std::string fields;
        for (int i = 0; i < count - 2; ++i)  // Host and Connection are two
            fields += "X: y\r\n";
        with(std::to_string(count) + " fields", fields, {count > 100 ? 431 : 200});
    }
    with("5 MB without an end", "X: " + std::string(5'000'000, 'x'), {431});
    cases.push_back({"a line without an end", std::string(2'000'000, 'G'), {400, 414, 431}, 1, true}
    );
    cases.push_back(
        {"a method of 1 KB", line(std::string(1000, 'G'), "/livez"), {400, 404, 405, 501}}
    );
    for (const std::size_t size : {8'000UL, 8'192UL, 8'193UL, 9'000UL, 31'000UL, 40'000UL}) {
        const auto target = "/" + std::string(size - 1, 'a');
        std::vector<int> statuses{404};
        if (size > 8192) statuses = {414};
        if (size > 32'000) statuses = {414, 431};
        cases.push_back({"a target of " + std::to_string(size), line("GET", target), statuses});
    }
    cases.push_back({"a query of 8 KB", line("GET", "/livez?" + std::string(8'100, 'q')), {200}});
    cases.push_back(
        {"2000 parameters",
         line(
             "GET",
             [] {
                 std::string target = "/livez?";
                 while (target.size() < 8'000)
                     target += "a=b&";
                 return target;
             }()
         ),
         {200}}
    );
    run_all(cases, attacked_port());
}

TEST_F(heads, HoldNoControlBytes) {
    std::vector<wire_case> cases;
    for (int byte = 0; byte < 0x20; ++byte) {
        if (byte == '\t' || byte == '\r' || byte == '\n') continue;
        const auto text = "a" + std::string(1, static_cast<char>(byte)) + "b";
        const auto name = printable(text);
        cases.push_back({"value " + name, probe("X: " + text + "\r\n") + ghost});
        cases.push_back({"name " + name, probe(text + ": x\r\n") + ghost});
        cases.push_back({"target " + name, line("GET", "/" + text) + ghost});
    }
    cases.push_back(
        {"DEL in a value",
         probe("X: a\x7f"
               "b\r\n"
         ) + ghost}
    );
    cases.push_back(
        {"DEL in a target",
         line(
             "GET",
             "/a\x7f"
             "b"
         ) + ghost}
    );
    for (const auto* bad :
         {"a b",
          "a(b",
          "a)b",
          "a,b",
          "a/b",
          "a;b",
          "a<b",
          "a=b",
          "a@b",
          "a[b",
          "a\\b",
          "a{b",
          "a\"b",
          "a\tb",
          "a\xff"
          "b",
          "a\xc3\xa9"}) {
        cases.push_back({"a name "s + printable(bad), probe(bad + ": x\r\n"s) + ghost});
    }
    run_all(cases, attacked_port());
}

TEST_F(heads, EndTheirLinesInOneWay) {
    std::vector<wire_case> cases;
    const auto add = [&](std::string name, const std::string& bytes) {
        cases.push_back({std::move(name), bytes + ghost});
    };
    add("bare CR behind the line", "GET /livez HTTP/1.1\rHost: localhost\r\n\r\n");
    add("bare CR within a value", probe("X: a\rY: b\r\n"));
    add("bare CR at a value's end", probe("X: a\r\r\n"));
    add("bare CR at a value's beginning", probe("X: \ra\r\n"));
    add("bare LF behind a field", probe("X: a\nY: b\r\n"));
    add("bare LF first", "\nGET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n");
    add("LF CR", "GET /livez HTTP/1.1\n\rHost: localhost\n\r\n\r");
    add("an end of LF CR LF", "GET /livez HTTP/1.1\r\nHost: localhost\r\n\n\r\n");
    add("folded by blanks", probe("X: a\r\n    b\r\n"));
    add("folded by a tab", probe("X: a\r\n\tb\r\n"));
    add("folded to nothing", probe("X: a\r\n \r\n"));
    add("a first field that is folded", "GET /livez HTTP/1.1\r\n Host: localhost\r\n\r\n");
    add("a blank before the colon", probe("X : a\r\n"));
    add("no colon", probe("nothing\r\n"));
    add("an empty name", probe(": a\r\n"));
    add("only a colon", probe(":\r\n"));
    add("a second request line", probe("GET /livez HTTP/1.1\r\n"));
    add("a blank first", " GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n");
    add("a tab between", "GET\t/livez HTTP/1.1\r\nHost: localhost\r\n\r\n");
    add("two blanks behind the target", "GET /livez  HTTP/1.1\r\nHost: localhost\r\n\r\n");
    cases.back().statuses = {400, 505};
    add("a blank behind the version", "GET /livez HTTP/1.1 \r\nHost: localhost\r\n\r\n");
    add("no target", "GET HTTP/1.1\r\nHost: localhost\r\n\r\n");
    add("no method", "/livez HTTP/1.1\r\nHost: localhost\r\n\r\n");
    add("a blank in the target", "GET /li vez HTTP/1.1\r\nHost: localhost\r\n\r\n");
    cases.back().statuses = {400, 505};
    add("a method alone", "GET\r\n\r\n");
    add("HTTP/0.9", "GET /livez\r\n\r\n");
    add("a TLS hello", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"s + std::string(500, 'r'));
    add("an SSH banner", "SSH-2.0-OpenSSH_9.6\r\n\r\n");
    add("a PROXY line", "PROXY TCP4 1.2.3.4 5.6.7.8 1 2\r\n");
    add("PROXY in binary", "\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c"s);
    add("SMTP", "EHLO evil.example\r\n\r\n");
    add("Redis", "*1\r\n$4\r\nPING\r\n\r\n");
    add("bytes of all kinds", "\x80\x81\xff\xfe\r\n\r\n");
    add("NULs", std::string(64, '\0') + "\r\n\r\n");
    run_all(cases, attacked_port());
}

TEST_F(heads, NameOneHost) {
    std::vector<wire_case> cases;
    const auto with = [&](const std::string& fields) {
        cases.push_back(
            {printable(fields), "GET /livez HTTP/1.1\r\n" + fields + close + "\r\n" + ghost}
        );
    };
    with("");
    with("X-Forwarded-Host: localhost\r\n");
    with("Hosts: localhost\r\n");
    with("Host: a\r\nX: y\r\nHost: a\r\n");
    with("Host: a\r\nHOST: b\r\n");
    with("Host: a\r\nHost:\r\n");
    for (const auto* value :
         {" ",   "a, b",   "a:80:80",      "a:-1",  "a:0x50", "a:80 ",  "[::1]x", "[::1]:x", "::1",
          "[]",  "[g::1]", "a\\b",         "a%2eb", "a'b",    "a\"b",   "a;b",    "a@b",     "@",
          ":",   ":80",    "a/",           "/",     "a\xff",  "a b:80", "*",      "{a}",     "$a",
          "a|b", "\\\\a",  "[::1%25eth0]x"}) {
        if (value == "a:80 "s) continue;  // a blank behind a value is none of it
        with("Host: "s + value + "\r\n");
    }
    with("Host: " + std::string(5000, 'a') + "\r\n");
    run_all(cases, attacked_port());
}

TEST_F(heads, AskForKnownMethodsInKnownVersions) {
    std::vector<wire_case> cases;
    for (const auto* method :
         {"TRACE",
          "CONNECT",
          "PROPFIND",
          "TRACK",
          "DEBUG",
          "PURGE",
          "LOCK",
          "M-SEARCH",
          "SUBSCRIBE",
          "get",
          "Get",
          "post",
          "delete",
          "FOO",
          "G",
          "GETT",
          "GET-",
          "0"}) {
        cases.push_back({method, line(method, "/livez"), {400, 404, 405, 501}});
        cases.push_back(
            {"a stream by "s + method, line(method, "/v1/streams"), {400, 404, 405, 501}}
        );
    }
    cases.push_back({"CONNECT to a host", line("CONNECT", "evil.example:443"), {400, 404, 405, 501}}
    );
    cases.push_back({"an HTTP/2 preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", {400, 405, 505}});
    cases.push_back(
        {"a preface with frames",
         "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0"s,
         {400, 405, 505}}
    );
    for (const auto* version :
         {"HTTP/1.2",  "HTTP/1.9",  "HTTP/2",    "HTTP/2.1",  "HTTP/9.9", "HTTP/0.9",  "HTTP/0.0",
          "HTTP/1.10", "HTTP/11",   "HTTP/1",    "HTTP/1.",   "HTTP/.1",  "HTTP/1,1",  "http/1.1",
          "Http/1.1",  "HTTP/ 1.1", "HTTP/-1.1", "HTTP/1.1x", "HTP/1.1",  "HTTPS/1.1", "RTSP/1.0",
          "HTTP/01.1", "HTTP/1.01", "HTTP/A.B",  "ICY"}) {
        cases.push_back({version, line("GET", "/livez", version) + ghost, {400, 505}});
    }
    run_all(cases, attacked_port());
}

TEST_F(heads, NameTargetsThatLeadNowhereElse) {
    std::vector<wire_case> cases;
    const std::vector<int> nowhere{400, 404, 405};
    for (const auto* target :
         {"http://evil.example/livez",
          "https://evil.example/",
          "ftp://evil.example/",
          "//evil.example/livez",
          "http://evil.example:99999/",
          "http:///livez",
          "http://",
          "localhost:80",
          "evil.example",
          "file:///etc/passwd",
          "/../livez",
          "/./livez",
          "/v1/../livez",
          "/v1/./streams/..",
          "/%2e%2e/livez",
          "/%2e/livez",
          "/..%2flivez",
          "/v1%2fmodels",
          "/v1/models/..%2f..%2flivez",
          "/%6civez/",
          "/livez/",
          "/livez//",
          "//livez",
          "/LIVEZ",
          "/livez.",
          "/livez%00",
          "/livez%00.html",
          "/%00",
          "/%0a",
          "/%0d%0aX-Forged:%20yes",
          "/livez;x",
          "/livez%3fx",
          "/%zz",
          "/%",
          "/%1",
          "/%u002e",
          "/%c0%ae%c0%ae/",
          "/%e0%80%af",
          "/%f8%80%80%80%af",
          "/%ff%fe",
          "/%ed%a0%80",
          "/\xc3\xa9",
          "/\xff",
          "/a|b",
          "/a\"b",
          "/<script>",
          "/\\livez",
          "/..\\..\\etc\\passwd",
          "/.git/config",
          "/.env",
          "/etc/passwd",
          "/proc/self/environ",
          "/server-status",
          "/actuator/env",
          "/wp-login.php",
          "/v1/streams/%2e%2e/%2e%2e",
          "/v1/streams/1-AAAA%00",
          "/v1/streams/\xff\xff",
          "/v1/models/%00",
          "/v1/models/%ff",
          "/v1/models/../../livez",
          "/v1beta/models/mock:evil",
          "/v1beta/models/:generateContent",
          "/v1beta/models/%00:generateContent",
          "/v1/ui/chat/%00/stream",
          "/v1/ui/chat/..%2f/stream"}) {
        cases.push_back({printable(target), line("GET", target), {200, 204, 400, 404, 405, 410}});
    }
    for (const auto* target : {"*", "/livez#x", "http://localhost/livez", "HTTP://LOCALHOST/livez"})
        cases.push_back({target, line("GET", target), {200, 400, 404, 405}});
    cases.push_back({"OPTIONS *", line("OPTIONS", "*"), {200, 204, 400, 404, 405}});
    cases.push_back({"no slash", line("GET", "livez"), nowhere});
    cases.push_back({"a query alone", line("GET", "?x"), {200, 400, 404}});
    for (const auto& seen : run_all(cases, attacked_port())) {
        for (const auto& answer : seen.answers)
            EXPECT_FALSE(answer.has("X-Forged"));
    }
}

TEST_F(heads, TargetsOfOtherHostsShowNothing) {
    for (const auto* target :
         {"/../livez", "/%2e%2e/livez", "/..%2flivez", "//livez", "/livez%00", "/livez/"}) {
        const auto seen = converse(attacked_port(), line("GET", target));
        ASSERT_EQ(seen.answers.size(), 1U) << target;
        EXPECT_NE(seen.answers[0].body, attacked().ask(end_to_end::get("/livez")).body) << target;
        count_cases(1);
    }
}

TEST_F(heads, ExpectNothingElse) {
    std::vector<wire_case> cases;
    const auto body = R"({"prompt":"Hi","stream":false})"s;
    const auto with = [&](const std::string& fields) {
        return "POST /v1/streams HTTP/1.1\r\nHost: localhost\r\nContent-Type: "
               "application/json\r\nX-Mock-Tokens: 2\r\n" +
               close + fields + "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" +
               body;
    };
    for (const auto* value :
         {"100",
          "200-ok",
          "100-continue, 100-continue",
          "100-continue;q=1",
          "100-continued",
          "x",
          "\"100-continue\"",
          "100-continue x",
          "continue"}) {
        cases.push_back({"Expect: "s + value, with("Expect: "s + value + "\r\n") + ghost, {417}});
    }
    cases.push_back(
        {"Expect twice, the second odd",
         with("Expect: 100-continue\r\nExpect: x\r\n") + ghost,
         {200, 400, 417}}
    );
    cases.push_back({"Expect in capitals", with("EXPECT: 100-CONTINUE\r\n"), {200}});
    cases.push_back(
        {"Expect without a body",
         "GET /livez HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\n" + close + "\r\n",
         {200}}
    );
    cases.push_back(
        {"Expect of too much",
         "POST /v1/streams HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\nContent-Length: "
         "99999999\r\n\r\n",
         {413}}
    );
    run_all(cases, attacked_port());
}

TEST_F(heads, UpgradeToNothing) {
    std::vector<wire_case> cases;
    const auto with = [&](std::string name, const std::string& fields) {
        cases.push_back({std::move(name), probe(fields), {200, 400, 501}});
    };
    with("h2c", "Upgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n");
    with(
        "h2c as it should",
        "Connection: Upgrade, HTTP2-Settings, close\r\nUpgrade: h2c\r\nHTTP2-Settings: "
        "AAMAAABkAAQAAP__\r\n"
    );
    with(
        "a web socket",
        "Connection: Upgrade, close\r\nUpgrade: websocket\r\nSec-WebSocket-Version: "
        "13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
    );
    with("TLS", "Connection: Upgrade, close\r\nUpgrade: TLS/1.2\r\n");
    with("many", "Upgrade: a, b, c\r\n");
    with("a keep-alive of nonsense", "Keep-Alive: timeout=99999999999999999999\r\n");
    with("a range", "Range: bytes=0-0,0-0,0-0,5-1,-1\r\n");
    with("encodings", "Accept-Encoding: gzip;q=9999999999999999999, *;q=-1\r\n");
    with("a date", "If-Modified-Since: Thu, 99 Foo 99999 99:99:99 GMT\r\n");
    with(
        "forwarded by many",
        "X-Forwarded-For: " + std::string(4000, '1') + "\r\nForwarded: for=\"_x\";host=evil\r\n"
    );
    with("another method", "X-HTTP-Method-Override: DELETE\r\n");
    with("another target", "X-Original-URL: /metrics\r\nX-Rewrite-URL: /metrics\r\n");
    with("connection names", "Connection: Host, Content-Length, close\r\n");
    for (const auto& seen : run_all(cases, attacked_port())) {
        for (const auto& answer : seen.answers)
            EXPECT_FALSE(answer.has("Upgrade"));
    }
}

TEST_F(heads, SayMoreThanOnceThatTheConnectionIsToEnd) {
    run_all(
        {{"close in the second field", probe("Connection: x\r\n") + ghost, {200}},
         {"close after keep-alive", probe("Connection: keep-alive\r\n") + ghost, {200, 400}},
         {"close in a list", probe("Connection: x, y , CLOSE\r\n") + ghost, {200}},
         {"close among upgrades", probe("Connection: Upgrade\r\nUpgrade: h2c\r\n") + ghost, {200}}},
        attacked_port()
    );
}

}  // namespace
}  // namespace sluice::hostile
