// What a transfer takes from around it: nothing. No proxy that an environment names, no password
// that a file of the user's holds, no cookie, and no way that an answer points out.
#include "tests/upstream/loopback_server.hpp"
#include "tests/upstream/transfer_client.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <unistd.h>
#include <utility>
#include <vector>

namespace sluice::tests {
namespace {

using upstream::transfer_error;
using connection = loopback_server::connection;
using testing::AllOf;
using testing::Each;
using testing::HasSubstr;
using testing::Not;
using testing::SizeIs;

/// Variables of the environment, put back as they were.
class environment {
 public:
    ~environment() {
        for (const auto& [name, value] : before_)
            value ? setenv(name.c_str(), value->c_str(), 1) : unsetenv(name.c_str());
    }
    void set(const std::string& name, const std::string& value) {
        const char* const was = std::getenv(name.c_str());
        before_.emplace(name, was == nullptr ? std::nullopt : std::optional<std::string>(was));
        setenv(name.c_str(), value.c_str(), 1);
    }

 private:
    std::map<std::string, std::optional<std::string>> before_;
};

/// A home with a .netrc that has a password for every host.
class home_with_passwords {
 public:
    home_with_passwords()
        : folder_(testing::TempDir() + "sluice-home-" + std::to_string(getpid())) {
        std::filesystem::create_directories(folder_);
        std::ofstream(folder_ / ".netrc") << "machine 127.0.0.1 login user password hush\n"
                                             "default login user password hush\n";
        std::filesystem::permissions(folder_ / ".netrc", std::filesystem::perms::owner_read);
    }
    ~home_with_passwords() {
        std::error_code ignored;
        std::filesystem::remove_all(folder_, ignored);
    }
    std::string path() const { return folder_.string(); }

 private:
    std::filesystem::path folder_;
};

/// A server that gives every request one answer, and keeps what it was sent.
class noting_server {
 public:
    explicit noting_server(std::string bytes)
        : server_([this, bytes = std::move(bytes)](connection& client) {
              while (const auto request = client.read_request()) {
                  note(*request);
                  client.send(bytes);
              }
          }) {}

    std::string url() const { return server_.url(); }
    int port() const { return server_.port(); }
    int accepted() const { return server_.accepted(); }
    std::vector<std::string> seen() {
        const std::lock_guard lock(mutex_);
        return seen_;
    }

 private:
    void note(const std::string& request) {
        const std::lock_guard lock(mutex_);
        seen_.push_back(request);
    }

    std::mutex mutex_;
    std::vector<std::string> seen_;
    loopback_server server_;  ///< last: its threads use the rest
};

upstream::transfer_request with_key(const std::string& url) {
    auto request = worker::post(url);
    request.headers.emplace_back("authorization: Bearer sk-secret");
    return request;
}

TEST(TransferEnvironment, NamesNoProxyForASecureTarget) {
    noting_server proxy(answer("from the proxy"));
    loopback_server target([](connection&) {});
    environment variables;
    for (const char* name : {"https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"})
        variables.set(name, "http://127.0.0.1:" + std::to_string(proxy.port()));
    worker w;
    exchange e;
    ASSERT_TRUE(w.complete(e, "https://127.0.0.1:" + std::to_string(target.port())));
    // No TLS is spoken there: it is enough who was knocked at.
    EXPECT_NE(e.transfer->error(), transfer_error::none);
    EXPECT_EQ(target.accepted(), 1);
    EXPECT_EQ(proxy.accepted(), 0);
}

TEST(TransferEnvironment, NamesNoProxyOfAnyKindInEitherCase) {
    noting_server proxy(answer("from the proxy"));
    noting_server target(answer("direct"));
    for (const char* name : {"http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"}) {
        for (const char* scheme : {"http://", "socks5://", "socks5h://", ""}) {
            SCOPED_TRACE(std::string(name) + "=" + scheme);
            environment variables;
            variables.set(name, scheme + ("127.0.0.1:" + std::to_string(proxy.port())));
            worker w;
            exchange e;
            ASSERT_TRUE(w.complete(e, target.url()));
            EXPECT_EQ(e.text, "direct");
        }
    }
    EXPECT_EQ(proxy.accepted(), 0);
}

TEST(TransferEnvironment, ExemptsNoHostFromTheConfiguredProxy) {
    noting_server proxy(answer("from the proxy"));
    noting_server target(answer("direct"));
    for (const char* name : {"no_proxy", "NO_PROXY"}) {
        SCOPED_TRACE(name);
        environment variables;
        variables.set(name, "127.0.0.1,localhost,*");
        worker w;
        exchange e;
        auto request = worker::post(target.url());
        request.proxy = "http://127.0.0.1:" + std::to_string(proxy.port());
        ASSERT_TRUE(w.complete(e, request));
        EXPECT_EQ(e.text, "from the proxy");
    }
    EXPECT_EQ(target.accepted(), 0);
}

TEST(TransferEnvironment, TellsTheProxyOfASecureTargetNoneOfItsHeaders) {
    noting_server proxy("HTTP/1.1 502 No\r\nContent-Length: 0\r\n\r\n");
    worker w;
    exchange e;
    auto request = with_key("https://127.0.0.1:1/v1");
    request.proxy = "http://127.0.0.1:" + std::to_string(proxy.port());
    ASSERT_TRUE(w.complete(e, request));
    EXPECT_NE(e.transfer->error(), transfer_error::none);
    ASSERT_THAT(proxy.seen(), SizeIs(1));
    EXPECT_THAT(proxy.seen()[0], HasSubstr("CONNECT 127.0.0.1:1 "));
    EXPECT_THAT(proxy.seen()[0], Not(HasSubstr("sk-secret")));
}

TEST(TransferEnvironment, LendsNoPasswordOfTheUsers) {
    const home_with_passwords home;
    environment variables;
    variables.set("HOME", home.path());
    variables.set("NETRC", home.path() + "/.netrc");
    noting_server target(answer("no", "401 Who\r\nWWW-Authenticate: Basic realm=\"x\""));
    worker w;
    exchange e;
    ASSERT_TRUE(w.complete(e, target.url()));
    EXPECT_EQ(e.transfer->status(), 401);
    ASSERT_THAT(target.seen(), SizeIs(1));
    EXPECT_THAT(target.seen()[0], Not(testing::ContainsRegex("[Aa]uthorization:")));
}

TEST(TransferEnvironment, KeepsNoCookieOfAnAnswer) {
    noting_server target(
        "HTTP/1.1 200 OK\r\nSet-Cookie: session=1; Path=/\r\nContent-Length: 2\r\n\r\nok"
    );
    worker w;
    for (int i = 0; i < 3; ++i) {
        exchange e;
        ASSERT_TRUE(w.complete(e, target.url()));
        EXPECT_EQ(e.text, "ok");
    }
    EXPECT_THAT(target.seen(), AllOf(SizeIs(3), Each(Not(HasSubstr("ookie:")))));
}

TEST(TransferEnvironment, TakesNoKeyWhereAnAnswerPoints) {
    noting_server other(answer("elsewhere"));
    for (const char* status : {"301 Moved", "302 Found", "303 See", "307 Go", "308 Go"}) {
        SCOPED_TRACE(status);
        noting_server target(answer("", std::string(status) + "\r\nLocation: " + other.url()));
        worker w;
        exchange e;
        ASSERT_TRUE(w.complete(e, with_key(target.url())));
        EXPECT_EQ(std::to_string(e.transfer->status()), std::string(status).substr(0, 3));
        EXPECT_THAT(target.seen(), SizeIs(1));
    }
    EXPECT_EQ(other.accepted(), 0);
}

TEST(TransferEnvironment, FollowsNoPointerToTheSameHost) {
    noting_server target("HTTP/1.1 303 See\r\nLocation: /v2\r\nContent-Length: 0\r\n\r\n");
    worker w;
    exchange e;
    ASSERT_TRUE(w.complete(e, with_key(target.url())));
    EXPECT_EQ(e.transfer->status(), 303);
    EXPECT_THAT(target.seen(), SizeIs(1));
}

}  // namespace
}  // namespace sluice::tests
