#include "tests/upstream/loopback_server.hpp"
#include "tests/upstream/transfer_client.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <cstdlib>
#include <string>
#include <thread>
#include <utility>

namespace sluice::tests {
namespace {

using upstream::transfer_error;
using connection = loopback_server::connection;
using testing::HasSubstr;
using testing::Not;

/// Answers every request of a connection with the same bytes.
loopback_server::script always(std::string bytes) {
    return [bytes = std::move(bytes)](connection& client) {
        while (client.read_request())
            client.send(bytes);
    };
}

/// Answers one request with the bytes and closes.
loopback_server::script once(std::string bytes) {
    return [bytes = std::move(bytes)](connection& client) {
        if (client.read_request()) client.send(bytes);
    };
}

// ---- one exchange ----

TEST(Transfer, BringsStatusHeadersAndBodyOfAWholeAnswer) {
    loopback_server server(
        always("HTTP/1.1 200 OK\r\nX-Request-ID:  abc \r\nContent-Length: 5\r\n\r\nhello")
    );
    worker w;
    exchange e;
    ASSERT_TRUE(w.complete(e, server.url()));
    EXPECT_EQ(e.transfer->status(), 200);
    EXPECT_EQ(e.text, "hello");
    EXPECT_EQ(e.transfer->error(), transfer_error::none);
    EXPECT_EQ(e.transfer->error_message(), "");
    EXPECT_FALSE(e.transfer->is_http2());
    const upstream::header_list expected{{"x-request-id", "abc"}, {"content-length", "5"}};
    EXPECT_EQ(e.transfer->headers(), expected);
}

TEST(Transfer, SendsTheBodyByPostWithTheGivenHeadersAndAsksForNoCompression) {
    std::string seen;
    std::atomic<bool> done = false;
    worker w;
    exchange e;
    loopback_server server([&](connection& client) {
        seen = client.read_request().value_or("");
        done = true;
        client.send(answer("ok"));
    });
    auto request = worker::post(server.url("/v1/chat"));
    request.headers.emplace_back("x-empty:");
    request.body.assign(3'000'000, 'b');
    ASSERT_TRUE(w.complete(e, request));
    ASSERT_TRUE(done);
    EXPECT_TRUE(seen.starts_with("POST /v1/chat HTTP/1.1\r\n")) << seen.substr(0, 100);
    EXPECT_TRUE(seen.ends_with("\r\n\r\n" + request.body));
    const auto head = seen.substr(0, seen.find("\r\n\r\n") + 2);
    EXPECT_THAT(head, HasSubstr("\r\ncontent-type: application/json\r\n"));
    EXPECT_THAT(head, HasSubstr("\r\nUser-Agent: sluice\r\n"));
    EXPECT_THAT(head, HasSubstr("\r\nx-empty:\r\n"));
    EXPECT_THAT(head, Not(HasSubstr("Expect")));
    EXPECT_THAT(head, Not(HasSubstr("Encoding")));
}

TEST(Transfer, DeliversEachPieceWhenItComesWithOneNoticePerTurn) {
    std::atomic<int> wanted = 0;
    loopback_server server([&](connection& client) {
        client.read_request();
        client.send(chunked_head());
        for (int i = 0; i < 5; ++i) {
            while (wanted <= i)
                std::this_thread::yield();
            client.send(chunk("token " + std::to_string(i) + "\n"));
        }
        client.send("0\r\n\r\n");
    });
    worker w;
    exchange e;
    w.start(e, server.url());
    std::string expected;
    for (int i = 0; i < 5; ++i) {
        ASSERT_TRUE(w.run_until([&] { return e.transfer->status() == 200; }));
        const int before = e.notices;
        wanted = i + 1;
        expected += "token " + std::to_string(i) + "\n";
        ASSERT_TRUE(w.run_until([&] { return e.text == expected; }));
        if (i < 4) {
            EXPECT_EQ(e.notices, before + 1);
        }
    }
    ASSERT_TRUE(w.run_until([&] { return e.ended(); }));
    EXPECT_EQ(e.transfer->error(), transfer_error::none);
}

TEST(Transfer, NeverTellsItsListenerFromWithinACall) {
    worker w;
    exchange e;
    w.start(e, "gopher://127.0.0.1/");
    EXPECT_TRUE(e.ended());
    EXPECT_EQ(e.notices, 0);
    ASSERT_TRUE(w.run_until([&] { return e.notices == 1; }));
    EXPECT_EQ(e.transfer->error(), transfer_error::internal);
}

TEST(Transfer, ReportsARedirectAndDoesNotFollowIt) {
    loopback_server other(always(answer("elsewhere")));
    loopback_server server(
        always("HTTP/1.1 307 Go\r\nLocation: " + other.url() + "\r\nContent-Length: 0\r\n\r\n")
    );
    worker w;
    exchange e;
    ASSERT_TRUE(w.complete(e, server.url()));
    EXPECT_EQ(e.transfer->status(), 307);
    EXPECT_EQ(e.text, "");
    EXPECT_EQ(other.accepted(), 0);
}

TEST(Transfer, SkipsInterimHeads) {
    loopback_server server(once(
        "HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\nHTTP/1.1 102 Processing\r\n\r\n" +
        answer("late", "429 Slow Down")
    ));
    worker w;
    exchange e;
    ASSERT_TRUE(w.complete(e, server.url()));
    EXPECT_EQ(e.transfer->status(), 429);
    EXPECT_EQ(e.text, "late");
    const upstream::header_list expected{{"content-length", "4"}};
    EXPECT_EQ(e.transfer->headers(), expected);
}

TEST(Transfer, IgnoresTrailersEvenThoseThatLookLikeAHead) {
    loopback_server server(
        once(chunked_head() + chunk("text") + "0\r\nHTTP/1.1 500: x\r\nX-Late: 1\r\n\r\n")
    );
    worker w;
    exchange e;
    ASSERT_TRUE(w.complete(e, server.url()));
    EXPECT_EQ(e.transfer->status(), 200);
    EXPECT_EQ(e.text, "text");
    EXPECT_EQ(e.transfer->headers().size(), 2U);
    EXPECT_EQ(e.transfer->error(), transfer_error::none);
}

TEST(Transfer, EndsWithoutErrorWhenAServerDelimitsTheBodyByClosing) {
    loopback_server server(once("HTTP/1.1 200 OK\r\n\r\nuntil the end"));
    worker w;
    exchange e;
    ASSERT_TRUE(w.complete(e, server.url()));
    EXPECT_EQ(e.text, "until the end");
    EXPECT_EQ(e.transfer->error(), transfer_error::none);
}

// ---- what goes wrong ----

struct broken_answer {
    const char* name;
    std::string bytes;
    int status;
};
class TransferOfABrokenAnswer : public testing::TestWithParam<broken_answer> {};

TEST_P(TransferOfABrokenAnswer, EndsAsBroken) {
    loopback_server server(once(GetParam().bytes));
    worker w;
    exchange e;
    ASSERT_TRUE(w.complete(e, server.url()));
    EXPECT_EQ(e.transfer->error(), transfer_error::broken);
    EXPECT_EQ(e.transfer->status(), GetParam().status);
    EXPECT_THAT(e.transfer->error_message(), HasSubstr(std::to_string(server.port())));
    EXPECT_EQ(w.engine.resent(), 0U);
    EXPECT_EQ(server.requests(), 1);
}

std::string long_head() {
    std::string head = "HTTP/1.1 200 OK\r\n";
    for (int i = 0; i < 600; ++i)
        head += "X-" + std::to_string(i) + ": y\r\n";
    return head + "\r\n";
}

std::string endless_interim_heads() {
    std::string heads;
    for (int i = 0; i < 8000; ++i)
        heads += "HTTP/1.1 102 Processing\r\nX-Filler: 0123456789\r\n\r\n";
    return heads;
}

INSTANTIATE_TEST_SUITE_P(
    All,
    TransferOfABrokenAnswer,
    testing::Values(
        broken_answer{"nothing_at_all", "", 0},
        broken_answer{"half_a_status_line", "HTTP/1.1 20", 0},
        broken_answer{"a_head_without_end", "HTTP/1.1 200 OK\r\nX: y\r\n", 0},
        broken_answer{"no_http", "220 mail ready\r\n", 0},
        broken_answer{
            "short_of_its_length", "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nfour", 200},
        broken_answer{"chunked_cut_between", chunked_head() + chunk("data: 1\n\n"), 200},
        broken_answer{"chunked_cut_within", chunked_head() + "ff\r\ndata: 1", 200},
        broken_answer{"a_malformed_chunk", chunked_head() + "zz\r\ndata\r\n", 200},
        broken_answer{"too_many_fields", long_head(), 0},
        broken_answer{"interim_heads_without_end", endless_interim_heads(), 0}
    ),
    [](const auto& each) { return std::string(each.param.name); }
);

TEST(Transfer, KeepsWhatCameBeforeTheBreak) {
    loopback_server server(once(chunked_head() + chunk("data: 1\n\n")));
    worker w;
    exchange e;
    ASSERT_TRUE(w.complete(e, server.url()));
    EXPECT_EQ(e.text, "data: 1\n\n");
    EXPECT_EQ(e.transfer->error(), transfer_error::broken);
}

TEST(Transfer, SaysThatAConnectionWasRefused) {
    int port = 0;
    { port = loopback_server(always("")).port(); }
    worker w;
    exchange e;
    ASSERT_TRUE(w.complete(e, "http://127.0.0.1:" + std::to_string(port) + "/"));
    EXPECT_EQ(e.transfer->error(), transfer_error::connect);
    EXPECT_EQ(
        e.transfer->error_message(),
        "cannot connect to 127.0.0.1:" + std::to_string(port) + ": Connection refused"
    );
    EXPECT_EQ(e.transfer->status(), 0);
}

TEST(Transfer, NamesNeitherCredentialsNorQueryInAnError) {
    loopback_server server(once("nonsense"));
    worker w;
    for (const std::string rest : {"/v1?key=hush", "/v1"}) {
        exchange e;
        auto request =
            worker::post("http://user:hush@127.0.0.1:" + std::to_string(server.port()) + rest);
        request.headers.emplace_back("authorization: Bearer hush");
        ASSERT_TRUE(w.complete(e, request));
        EXPECT_EQ(e.transfer->error(), transfer_error::broken);
        EXPECT_THAT(e.transfer->error_message(), Not(HasSubstr("hush")));
    }
    exchange e;
    auto request = worker::post(server.url());
    request.proxy = "nosuch://user:hush@127.0.0.1:1";
    ASSERT_TRUE(w.complete(e, request));
    EXPECT_NE(e.transfer->error(), transfer_error::none);
    EXPECT_THAT(e.transfer->error_message(), Not(HasSubstr("hush")));
}

TEST(Transfer, RefusesUrlsAndHeadersThatAreNotHonest) {
    loopback_server server(always(answer("ok")));
    worker w;
    for (const std::string url : {"", "ftp://127.0.0.1/", "file:///etc/passwd", "http://", "x y"}) {
        SCOPED_TRACE(url);
        exchange e;
        ASSERT_TRUE(w.complete(e, url));
        EXPECT_EQ(e.transfer->error(), transfer_error::internal);
    }
    exchange e;
    auto request = worker::post(server.url());
    request.headers.emplace_back("x-evil: 1\r\nHost: elsewhere");
    ASSERT_TRUE(w.complete(e, request));
    EXPECT_EQ(e.transfer->error(), transfer_error::internal);
    EXPECT_EQ(server.accepted(), 0);
}

TEST(Transfer, IgnoresTheProxiesOfTheEnvironment) {
    loopback_server proxy(always(answer("from the proxy")));
    loopback_server server(always(answer("direct")));
    const auto variables = {"http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY", "https_proxy"};
    for (const char* name : variables)
        setenv(name, proxy.url("").c_str(), 1);
    worker w;
    exchange e;
    const bool ended = w.complete(e, server.url());
    for (const char* name : variables)
        unsetenv(name);
    ASSERT_TRUE(ended);
    EXPECT_EQ(e.text, "direct");
    EXPECT_EQ(proxy.accepted(), 0);
}

TEST(Transfer, GoesThroughTheConfiguredProxyWhateverTheEnvironmentExempts) {
    loopback_server proxy(always(answer("from the proxy")));
    loopback_server server(always(answer("direct")));
    setenv("no_proxy", "*", 1);
    worker w;
    exchange e;
    auto request = worker::post(server.url());
    request.proxy = proxy.url("");
    const bool ended = w.complete(e, request);
    unsetenv("no_proxy");
    ASSERT_TRUE(ended);
    EXPECT_EQ(e.text, "from the proxy");
    EXPECT_EQ(server.accepted(), 0);
}

}  // namespace
}  // namespace sluice::tests
