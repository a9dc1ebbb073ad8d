#include "upstream/routing/authorized_exchange.hpp"

#include "tests/upstream/loopback_server.hpp"
#include "tests/upstream/transfer_client.hpp"
#include "upstream/providers/make_codec.hpp"
#include "upstream/routing/exchange.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace sluice::tests {
namespace {

using namespace upstream;
using connection = loopback_server::connection;

/// IAM and the service at one address. IAM numbers its tokens; the service refuses as many requests
/// as it is told to.
class ibm {
 public:
    explicit ibm(int refusals = 0, bool has_tokens = true)
        : refusals_(refusals), has_tokens_(has_tokens) {}

    provider_settings provider() const {
        provider_settings made;
        made.kind = provider_settings::protocol::watsonx;
        made.name = "granite";
        made.base_url = server_.url("");
        made.iam_url = server_.url("/identity/token");
        made.api_key = "the-key";
        made.project_id = "p1";
        return made;
    }
    /// The bearer of each request to the service.
    std::vector<std::string> bearers() {
        const std::lock_guard lock(mutex_);
        return bearers_;
    }

 private:
    void serve(connection& client) {
        while (const auto request = client.read_request())
            client.send(request->starts_with("POST /identity/") ? token() : reply(*request));
    }

    std::string token() {
        if (!has_tokens_) return "HTTP/1.1 400 Bad Request\r\nContent-Length: 2\r\n\r\n{}";
        return answer(
            R"({"access_token":"token-)" + std::to_string(++tokens_) + R"(","expires_in":3600})"
        );
    }

    std::string reply(const std::string& request) {
        constexpr std::string_view name = "Bearer ";
        const auto at = request.find(name) + name.size();
        {
            const std::lock_guard lock(mutex_);
            bearers_.push_back(request.substr(at, request.find("\r\n", at) - at));
        }
        if (refusals_-- > 0) return "HTTP/1.1 401 Unauthorized\r\nContent-Length: 2\r\n\r\n{}";
        return answer(
            "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"Hi\"}}]}\n\n"
            "data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n"
        );
    }

    std::atomic<int> refusals_;
    bool has_tokens_;
    std::atomic<int> tokens_ = 0;
    std::mutex mutex_;
    std::vector<std::string> bearers_;
    loopback_server server_{[this](connection& client) { serve(client); }};
};

/// Takes all that comes, as a generation would.
class taker final : public source_listener {
 public:
    taker(worker& on, const provider_settings& provider)
        : tokens_(on.context, on.engine), provider_(provider) {
        call asked;
        asked.request.messages.emplace_back().content.emplace_back(text_part{"Hello"});
        auto begin = [&on, asked, this](const provider_settings& authorized
                     ) -> std::unique_ptr<source> {
            return std::make_unique<upstream::exchange>(
                on.engine,
                make_codec(authorized, asked.api, {}),
                authorized,
                asked,
                "ibm/granite",
                *this
            );
        };
        source_ = std::make_unique<authorized_exchange>(tokens_, provider_, begin, *this);
    }

    void on_ready() override {
        source_->take(batch_);
        for (const auto& item : batch_.items) {
            if (const auto* words = std::get_if<text_delta>(&item)) text += words->text;
        }
        if (batch_.ending) ended = batch_.ending;
    }
    void leave() { source_.reset(); }

    std::string text;
    std::optional<ending> ended;

 private:
    token_cache tokens_;
    provider_settings provider_;
    batch batch_;
    std::unique_ptr<source> source_;
};

TEST(AuthorizedExchange, SendsTheTokenAndNotTheKey) {
    ibm service;
    worker w;
    taker one(w, service.provider());
    ASSERT_TRUE(w.run_until([&] { return one.ended.has_value(); }));
    EXPECT_EQ(one.ended->outcome, outcome::completed);
    EXPECT_EQ(one.text, "Hi");
    EXPECT_EQ(service.bearers(), (std::vector<std::string>{"token-1"}));
}

TEST(AuthorizedExchange, TriesOnceMoreWithAnotherTokenWhereOneIsRefused) {
    ibm service(1);
    worker w;
    taker one(w, service.provider());
    ASSERT_TRUE(w.run_until([&] { return one.ended.has_value(); }));
    EXPECT_EQ(one.ended->outcome, outcome::completed);
    EXPECT_EQ(one.text, "Hi");
    EXPECT_EQ(service.bearers(), (std::vector<std::string>{"token-1", "token-2"}));
}

TEST(AuthorizedExchange, GivesUpWhereTheSecondTokenIsRefusedToo) {
    ibm service(5);
    worker w;
    taker one(w, service.provider());
    ASSERT_TRUE(w.run_until([&] { return one.ended.has_value(); }));
    ASSERT_TRUE(one.ended->failure);
    EXPECT_EQ(one.ended->failure->code, "upstream_credentials");
    EXPECT_EQ(service.bearers().size(), 2U);
}

TEST(AuthorizedExchange, EndsAsTheExchangeForATokenDoes) {
    ibm service(0, false);
    worker w;
    taker one(w, service.provider());
    ASSERT_TRUE(w.run_until([&] { return one.ended.has_value(); }));
    ASSERT_TRUE(one.ended->failure);
    EXPECT_EQ(one.ended->failure->message.find("the-key"), std::string::npos);
    EXPECT_TRUE(service.bearers().empty());
}

TEST(AuthorizedExchange, MayBeGivenUpWhileItWaitsForAToken) {
    ibm service;
    worker w;
    taker one(w, service.provider());
    one.leave();
    taker other(w, service.provider());
    ASSERT_TRUE(w.run_until([&] { return other.ended.has_value(); }));
    EXPECT_EQ(other.text, "Hi");
    EXPECT_FALSE(one.ended);
}

}  // namespace
}  // namespace sluice::tests
