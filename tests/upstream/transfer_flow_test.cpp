#include "tests/upstream/loopback_server.hpp"
#include "tests/upstream/transfer_client.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace sluice::tests {
namespace {

using upstream::transfer_error;
using connection = loopback_server::connection;

/// Answers every request of a connection with the same bytes.
loopback_server::script always(std::string bytes) {
    return [bytes = std::move(bytes)](connection& client) {
        while (client.read_request())
            client.send(bytes);
    };
}

// ---- flow ----

TEST(TransferFlow, BringsAllOfABurstThoughNothingComesAfterIt) {
    const std::string burst(200'000, 'x');
    loopback_server server([&](connection& client) {
        client.read_request();
        client.send("HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n" + burst);
        client.read_request();  // until the client leaves
    });
    worker w;
    exchange e;
    w.start(e, server.url());
    EXPECT_TRUE(w.run_until([&] { return e.text.size() == burst.size(); })) << e.text.size();
    EXPECT_FALSE(e.ended());
}

TEST(TransferFlow, PausesAServerThatNobodyListensToAndResumesWhole) {
    constexpr std::size_t total = 64 * 1024 * 1024;
    const std::string block(1024 * 1024, 'x');
    loopback_server server([&](connection& client) {
        client.read_request();
        client.send("HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(total) + "\r\n\r\n");
        for (std::size_t i = 0; i < total; i += block.size())
            client.send(block);
    });
    worker w;
    exchange e;
    e.on_notice = [] {};
    w.start(e, server.url());
    std::size_t before = 0;
    do {
        before = server.sent_bytes();
        w.run_for(200);
    } while (server.sent_bytes() != before);
    EXPECT_LT(before, 16U * 1024 * 1024);
    EXPECT_GT(e.transfer->body().size(), 0U);
    EXPECT_LE(e.transfer->body().size(), upstream::transfer_engine::body_bytes_max);
    EXPECT_FALSE(e.ended());

    std::size_t received = 0;
    std::size_t largest = 0;
    const auto take = [&] {
        largest = std::max(largest, e.transfer->body().size());
        received += e.transfer->body().size();
        const int notices = e.notices;
        e.transfer->consume();
        EXPECT_EQ(e.notices, notices);
    };
    e.on_notice = take;
    take();
    ASSERT_TRUE(w.run_until([&] { return e.ended(); }));
    EXPECT_EQ(received + e.transfer->body().size(), total);
    EXPECT_LE(largest, upstream::transfer_engine::body_bytes_max);
    EXPECT_EQ(e.transfer->error(), transfer_error::none);
}

TEST(TransferFlow, LosesNothingWhenAServerClosesWhileItIsPaused) {
    const std::string text(200'000, 'y');
    std::atomic<bool> closed = false;
    loopback_server server([&](connection& client) {
        client.read_request();
        client.send("HTTP/1.1 200 OK\r\n\r\n" + text);
        closed = true;
    });
    worker w;
    exchange e;
    e.on_notice = [] {};
    w.start(e, server.url());
    ASSERT_TRUE(w.run_until([&] { return closed && e.transfer->body().size() > 60'000; }));
    w.run_for(20);
    e.on_notice = nullptr;
    e.take();
    ASSERT_TRUE(w.run_until([&] { return e.ended(); }));
    EXPECT_EQ(e.text, text);
}

TEST(TransferFlow, ClosesTheConnectionWhenATransferIsDestroyedMidFlight) {
    std::atomic<bool> closed = false;
    loopback_server server([&](connection& client) {
        client.read_request();
        client.send(chunked_head() + chunk("a"));
        client.wait_for_close();
        closed = true;
    });
    worker w;
    exchange e;
    w.start(e, server.url());
    ASSERT_TRUE(w.run_until([&] { return e.text == "a"; }));
    const auto begin = std::chrono::steady_clock::now();
    e.transfer.reset();
    ASSERT_TRUE(w.run_until([&] { return closed.load(); }));
    EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::milliseconds(100));
    const int notices = e.notices;
    w.run_for(5);
    EXPECT_EQ(e.notices, notices);
}

TEST(TransferFlow, ClosesTheConnectionOfATransferThatIsDestroyedBeforeAnyAnswer) {
    std::atomic<bool> closed = false;
    loopback_server server([&](connection& client) {
        client.read_request();
        client.wait_for_close();
        closed = true;
    });
    worker w;
    exchange e;
    w.start(e, server.url());
    ASSERT_TRUE(w.run_until([&] { return server.requests() == 1; }));
    e.transfer.reset();
    ASSERT_TRUE(w.run_until([&] { return closed.load(); }));
    EXPECT_EQ(e.notices, 0);
}

TEST(TransferFlow, LetsAListenerDestroyItsOwnAndOtherTransfersAndStartNewOnes) {
    loopback_server server(always(answer("ok")));
    worker w;
    std::vector<std::unique_ptr<exchange>> all;
    exchange late;
    int told = 0;
    for (int i = 0; i < 8; ++i)
        all.push_back(std::make_unique<exchange>());
    for (auto& e : all) {
        e->on_notice = [&] {
            if (++told > 1) return;
            w.start(late, server.url());
            for (auto& other : all)
                other->transfer.reset();
        };
        w.start(*e, "");  // all fail, and are told in one turn
    }
    ASSERT_TRUE(w.run_until([&] { return late.transfer && late.ended(); }));
    EXPECT_EQ(told, 1);
    EXPECT_EQ(late.text, "ok");
}

// ---- connections ----

TEST(TransferConnection, ServesAnotherRequest) {
    loopback_server server(always(answer("ok")));
    worker w;
    for (int i = 0; i < 3; ++i) {
        exchange e;
        ASSERT_TRUE(w.complete(e, server.url()));
        EXPECT_EQ(e.text, "ok");
    }
    EXPECT_EQ(server.accepted(), 1);
    EXPECT_EQ(server.requests(), 3);
}

/// Echoes each request as the body of its answer; leaves those to /open and /flood without an end.
void echo(connection& client) {
    while (const auto request = client.read_request()) {
        if (request->starts_with("POST /open"))
            client.send(chunked_head() + chunk("a"));
        else if (request->starts_with("POST /flood"))
            client.send(chunked_head() + chunk(std::string(1'000'000, 'f')));
        else
            client.send(answer(*request));
    }
}

TEST(TransferHandle, CarriesNothingFromOneRequestIntoTheNext) {
    loopback_server server(echo);
    worker w;
    auto long_one = worker::post(server.url("/long"));
    long_one.headers.emplace_back("x-secret: one");
    long_one.body.assign(5000, 'p');
    exchange first;
    ASSERT_TRUE(w.complete(first, long_one));
    EXPECT_NE(first.text.find("x-secret: one"), std::string::npos);
    EXPECT_TRUE(first.text.ends_with(long_one.body));
    first.transfer.reset();

    exchange left;
    w.start(left, server.url("/open"));
    ASSERT_TRUE(w.run_until([&] { return left.text == "a"; }));
    left.transfer.reset();

    exchange paused;
    paused.on_notice = [] {};
    w.start(paused, server.url("/flood"));
    ASSERT_TRUE(w.run_until([&] {
        return paused.transfer->body().size() > upstream::transfer_engine::body_bytes_max / 2;
    }));
    w.run_for(20);  // it fills up, and pauses
    paused.transfer.reset();

    exchange plain;
    ASSERT_TRUE(w.complete(plain, server.url("/plain")));
    EXPECT_TRUE(plain.text.starts_with("POST /plain HTTP/1.1\r\n")) << plain.text;
    EXPECT_EQ(plain.text.find("x-secret"), std::string::npos);
    EXPECT_TRUE(plain.text.ends_with("\r\n\r\n{\"prompt\":\"x\"}")) << plain.text;
    plain.transfer.reset();

    upstream::transfer_request question;
    question.method = upstream::transfer_method::get;
    question.url = server.url("/asked");
    exchange asked;
    ASSERT_TRUE(w.complete(asked, question));
    EXPECT_TRUE(asked.text.starts_with("GET /asked HTTP/1.1\r\n")) << asked.text;
    EXPECT_TRUE(asked.text.ends_with("\r\n\r\n")) << asked.text;
    // Those that were left took their connections with them; those after them shared another.
    EXPECT_EQ(server.accepted(), 3);
}

/// Answers the first request of the first connection; closes each connection numbered below
/// `closing` when it gets another.
loopback_server::script closes_when_reused(int closing) {
    return [closing](connection& client) {
        if (client.number() == 0 && client.read_request()) client.send(answer("first"));
        while (client.read_request()) {
            if (client.number() < closing) return;
            client.send(answer("again"));
        }
    };
}

TEST(TransferConnection, ThatDiesWhenReusedGetsOneNewAttemptThatIsCounted) {
    loopback_server server(closes_when_reused(1));
    worker w;
    exchange first;
    ASSERT_TRUE(w.complete(first, server.url()));
    exchange second;
    auto request = worker::post(server.url());
    request.body.assign(100'000, 'p');
    ASSERT_TRUE(w.complete(second, request));
    EXPECT_EQ(second.transfer->error(), transfer_error::none) << second.transfer->error_message();
    EXPECT_EQ(second.text, "again");
    EXPECT_EQ(w.engine.resent(), 1U);
    EXPECT_EQ(server.requests(), 3);
    EXPECT_EQ(server.accepted(), 2);
}

TEST(TransferConnection, ThatDiesTwiceIsReportedAfterTheOneNewAttempt) {
    loopback_server server(closes_when_reused(5));
    worker w;
    exchange first;
    ASSERT_TRUE(w.complete(first, server.url()));
    exchange second;
    ASSERT_TRUE(w.complete(second, server.url()));
    EXPECT_EQ(second.transfer->error(), transfer_error::broken);
    EXPECT_EQ(w.engine.resent(), 1U);
    EXPECT_EQ(server.requests(), 3);
}

TEST(TransferConnection, ThatDiesAfterAByteOfTheAnswerIsNotAskedAgain) {
    loopback_server server([](connection& client) {
        if (client.read_request()) client.send(answer("first"));
        if (client.read_request()) client.send("HTTP/1.1 200 OK\r\n");
    });
    worker w;
    exchange first;
    ASSERT_TRUE(w.complete(first, server.url()));
    exchange second;
    ASSERT_TRUE(w.complete(second, server.url()));
    EXPECT_EQ(second.transfer->error(), transfer_error::broken);
    EXPECT_EQ(w.engine.resent(), 0U);
    EXPECT_EQ(server.requests(), 2);
}

TEST(TransferConnection, TwoHundredAtOnceMixedWithCancelsAllEndAsTheyShould) {
    constexpr int count = 200;
    loopback_server server([](connection& client) {
        while (client.read_request()) {
            client.send(chunked_head());
            for (int i = 0; i < 50; ++i)
                client.send(chunk(std::string(2000, 'z')));
            client.send("0\r\n\r\n");
        }
    });
    worker w;
    std::vector<std::unique_ptr<exchange>> all;
    int cancelled = 0;
    for (int i = 0; i < count; ++i) {
        auto& e = *all.emplace_back(std::make_unique<exchange>());
        if (i % 3 == 0) {
            e.on_notice = [&] {  // leaves in the middle, by its own listener
                e.take();
                if (e.text.size() > 5000) e.transfer.reset(), ++cancelled;
            };
        }
        w.start(e, server.url());
        if (i % 7 == 1) e.transfer.reset();  // leaves before the beginning
    }
    ASSERT_TRUE(w.run_until([&] {
        return std::all_of(all.begin(), all.end(), [](const auto& e) {
            return !e->transfer || e->ended();
        });
    }));
    for (int i = 0; i < count; ++i) {
        const auto& e = *all[static_cast<std::size_t>(i)];
        if (!e.transfer) continue;
        EXPECT_EQ(e.transfer->error(), transfer_error::none) << e.transfer->error_message();
        EXPECT_EQ(e.text.size(), 100'000U);
    }
    EXPECT_GT(cancelled, 0);
}

}  // namespace
}  // namespace sluice::tests
