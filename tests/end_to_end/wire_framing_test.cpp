#include "tests/end_to_end/support/configuration_text.hpp"
#include "tests/end_to_end/support/gateway_process.hpp"

#include <gtest/gtest.h>

#include <cctype>
#include <vector>

// Requests that two HTTP implementations could read in two ways. Each is refused, its connection is
// closed, and what stands behind it is never run as a request of its own.
namespace sluice::end_to_end {
namespace {

const std::string json_type = "Content-Type: application/json\r\n";
const std::string ghost = "GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n";
const std::string chunked_body = "5\r\n{\"a\":\r\n3\r\n\"b\"\r\n1\r\n}\r\n0\r\n\r\n";

std::string post_head(const std::string& fields, const std::string& version = "1.1") {
    return "POST /v1/streams HTTP/" + version + "\r\nHost: localhost\r\n" + json_type + fields +
           "\r\n";
}

std::size_t count_answers(const std::string& bytes) {
    std::size_t count = 0;
    const std::string status_line = "HTTP/1.1 ";
    for (auto at = bytes.find(status_line); at != std::string::npos;
         at = bytes.find(status_line, at + 1)) {
        const auto next = at + status_line.size();  // a message may speak of HTTP/1.1 too
        if (next < bytes.size() && std::isdigit(static_cast<unsigned char>(bytes[next]))) ++count;
    }
    return count;
}

void expect_refused(const gateway_process& gateway, const std::string& bytes) {
    SCOPED_TRACE(bytes.substr(0, 300));
    raw_client client = gateway.connect();
    client.try_send(bytes);
    std::string answer;
    try {
        answer = client.read_to_end();
    } catch (const harness_error& error) {
        ADD_FAILURE() << "not closed: " << error.what();
        return;
    }
    ASSERT_GE(answer.size(), 12U) << "no answer at all";
    EXPECT_EQ(answer.substr(0, 10), "HTTP/1.1 4") << answer.substr(0, 200);
    EXPECT_EQ(count_answers(answer), 1U) << "a ghost was answered: " << answer;
    EXPECT_NE(answer.find("\"error\""), std::string::npos) << answer;
}

class WireFraming : public ::testing::Test {
 protected:
    void expect_all_refused(const std::vector<std::string>& messages) {
        for (const auto& message : messages)
            expect_refused(gateway, message + ghost);
        EXPECT_EQ(gateway.ask(get("/livez")).status, 200);
    }

    gateway_process gateway{configuration_text().yaml()};
};

TEST_F(WireFraming, RefusesEveryTransferEncodingThatIsNotExactlyChunked) {
    std::vector<std::string> messages;
    for (const auto* value :
         {"identity",
          "cow",
          "xchunked",
          "\"chunked\"",
          "chunked, chunked",
          "gzip, chunked",
          "chunked, gzip",
          "chunked;q=1",
          "chunked, identity",
          ",chunked",
          "chunked,",
          "",
          "gzip",
          "\x0b"
          "chunked",
          "chunked x"}) {
        messages.push_back(
            post_head("Transfer-Encoding: " + std::string(value) + "\r\n") + chunked_body
        );
    }
    messages.push_back(
        post_head("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n") + chunked_body
    );
    messages.push_back(
        post_head("Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n") + chunked_body
    );
    messages.push_back(post_head("Transfer-Encoding : chunked\r\n") + chunked_body);
    expect_all_refused(messages);
}

TEST_F(WireFraming, RefusesTransferEncodingBesideALength) {
    expect_all_refused(
        {post_head("Transfer-Encoding: chunked\r\nContent-Length: 4\r\n") + chunked_body,
         post_head("Content-Length: 4\r\nTransfer-Encoding: chunked\r\n") + chunked_body,
         post_head("Transfer-Encoding: gzip\r\nContent-Length: 2\r\n") + "{}"}
    );
}

TEST_F(WireFraming, RefusesTransferEncodingInHttp10) {
    expect_all_refused({post_head("Transfer-Encoding: chunked\r\n", "1.0") + chunked_body});
}

TEST_F(WireFraming, RefusesLengthsThatAreNotOnePlainNumber) {
    std::vector<std::string> messages{
        post_head("Content-Length: 2\r\nContent-Length: 3\r\n") + "{}",
        post_head("Content-Length: 3\r\nContent-Length: 2\r\n") + "{}",
        post_head("Content-Length : 2\r\n") + "{}",
    };
    for (const auto* value :
         {"+2",
          "-2",
          "0x2",
          "2 2",
          "2, 3",
          "",
          "2.0",
          "2e0",
          "two",
          "2;",
          "\"2\"",
          "-0",
          "18446744073709551618",
          "99999999999999999999999999"}) {
        messages.push_back(post_head("Content-Length: " + std::string(value) + "\r\n") + "{}");
    }
    expect_all_refused(messages);
}

TEST_F(WireFraming, RefusesAHostThatIsMissingRepeatedOrMalformed) {
    const auto with = [](const std::string& fields) {
        return "GET /livez HTTP/1.1\r\n" + fields + "\r\n";
    };
    std::vector<std::string> messages{
        with(""),
        with("Host: localhost\r\nHost: localhost\r\n"),
        with("Host: localhost\r\nHost: other\r\n")};
    for (const auto* value :
         {"",
          "a b",
          "a/b",
          "a,b",
          "user@host",
          "a:b",
          "a:1:2",
          "[::1",
          "a\tb",
          "http://a",
          "a?b",
          "a#b",

          "<a>"}) {
        messages.push_back(with("Host: " + std::string(value) + "\r\n"));
    }
    expect_all_refused(messages);
}

TEST_F(WireFraming, TakesEveryHostThatIsOne) {
    for (const auto* value :
         {"localhost",
          "LOCALHOST:8080",
          "127.0.0.1",
          "127.0.0.1:1",
          "[::1]",
          "[::1]:80",
          "a-b.example.com",
          "a_b:80"}) {
        EXPECT_EQ(gateway.ask(get("/livez").header("Host", value)).status, 200) << value;
    }
}

TEST_F(WireFraming, RefusesChunksThatAreNotWrittenAsTheyShould) {
    const auto head = post_head("Transfer-Encoding: chunked\r\n");
    std::vector<std::string> messages;
    for (const auto* body :
         {"x\r\n{}\r\n0\r\n\r\n",
          "0x2\r\n{}\r\n0\r\n\r\n",
          "+2\r\n{}\r\n0\r\n\r\n",
          "-2\r\n{}\r\n0\r\n\r\n",
          "\r\n{}\r\n0\r\n\r\n",
          "2 2\r\n{}\r\n0\r\n\r\n",
          "1\r\n{}\r\n0\r\n\r\n",
          "2\r\n{}x\r\n0\r\n\r\n",
          "2\n{}\n0\n\n",
          "2\r\n{}\n0\r\n\r\n",
          "ffffffffffffffff\r\n{}\r\n0\r\n\r\n",
          "10000000000000002\r\n{}\r\n0\r\n\r\n",
          "2;a\nb\r\n{}\r\n0\r\n\r\n"}) {
        messages.push_back(head + body);
    }
    expect_all_refused(messages);
}

TEST_F(WireFraming, RefusesLongChunkExtensions) {
    const auto head = post_head("Transfer-Encoding: chunked\r\n");
    expect_all_refused(
        {head + "2;" + std::string(20'000, 'x') + "\r\n{}\r\n0\r\n\r\n",
         head + "2;" + std::string(1'000'000, 'x') + "\r\n{}\r\n0\r\n\r\n"}
    );
}

TEST_F(WireFraming, SurvivesTrailersOfAnySize) {
    const auto head = post_head("Transfer-Encoding: chunked\r\n");
    expect_all_refused(
        {head + "2\r\n{}\r\n0\r\nX: " + std::string(66'000, 'x') + "\r\n\r\n",
         head + "2\r\n{}\r\n0\r\nX: " + std::string(200'000, 'x') + "\r\n\r\n"}
    );
}

TEST_F(WireFraming, RefusesHeadsWithBareLineFeedsAndControlBytes) {
    using namespace std::string_literals;
    expect_all_refused(
        {"GET /livez HTTP/1.1\nHost: localhost\n\n"s,
         "GET /livez HTTP/1.1\r\nHost: localhost\nX: y\r\n\r\n"s,
         "GET /livez HTTP/1.1\r\nHost: localhost\r\nX: a\0b\r\n\r\n"s,
         "GET /livez HTTP/1.1\r\nHost: localhost\r\nX: a\rb\r\n\r\n"s,
         "GET /livez HTTP/1.1\r\nHost: localhost\r\n folded: yes\r\n\r\n"s,
         "GET /livez HTTP/1.1\r\nHost: localhost\r\nno colon\r\n\r\n"s,
         "GET /livez HTTP/1.1\r\nHost: localhost\r\n: empty\r\n\r\n"s,
         "GET  /livez HTTP/1.1\r\nHost: localhost\r\n\r\n"s,
         "GET /li\x01vez HTTP/1.1\r\nHost: localhost\r\n\r\n"s,
         "G(T /livez HTTP/1.1\r\nHost: localhost\r\n\r\n"s}
    );
}

TEST_F(WireFraming, RefusesHeadersThatAreFolded) {
    expect_all_refused(
        {post_head("Transfer-Encoding:\r\n chunked\r\n") + chunked_body,
         post_head("Content-Length:\r\n 2\r\n") + "{}",
         "GET /livez HTTP/1.1\r\nHost: localhost\r\nX: a\r\n b\r\n\r\n"}
    );
}

TEST_F(WireFraming, RefusesOtherVersionsOfHttp) {
    for (const auto* version : {"HTTP/1.7x", "HTTP/2.0", "HTTP/3.0", "HTTP/0.9", "SIP/1.1", ""}) {
        SCOPED_TRACE(version);
        raw_client client = gateway.connect();
        client.send("GET /livez " + std::string(version) + "\r\nHost: localhost\r\n\r\n" + ghost);
        const auto answer = client.read_to_end();
        EXPECT_TRUE(answer.rfind("HTTP/1.1 4", 0) == 0 || answer.rfind("HTTP/1.1 505", 0) == 0)
            << answer;
        EXPECT_EQ(count_answers(answer), 1U) << answer;
    }
}

TEST_F(WireFraming, ABodyOnAGetIsNoRequestOfItsOwn) {
    raw_client client = gateway.connect();
    const auto body = ghost;
    client.send(
        "GET /livez HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: " +
        std::to_string(body.size()) + "\r\n\r\n" + body
    );
    EXPECT_EQ(count_answers(client.read_to_end()), 1U);
}

}  // namespace
}  // namespace sluice::end_to_end
