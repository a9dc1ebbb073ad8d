#include "tests/end_to_end/support/configuration_text.hpp"
#include "tests/end_to_end/support/fake_upstream.hpp"
#include "tests/hostile/attacked_gateway.hpp"
#include "tests/hostile/wire_case.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <poll.h>
#include <string>
#include <vector>

// Requests that name addresses. Only the configuration decides whom the gateway speaks with.
namespace sluice::hostile {
namespace {

using namespace std::string_literals;
using end_to_end::configuration_text;
using end_to_end::fake_upstream;
using end_to_end::gateway_process;
using end_to_end::post;
using end_to_end::request;
using nlohmann::json;

/// A door at which nobody may knock.
class canary {
 public:
    std::string url(const std::string& path = "/canary.png") const {
        return "http://127.0.0.1:" + std::to_string(listener_.port) + path;
    }
    std::string host() const { return "127.0.0.1:" + std::to_string(listener_.port); }
    /// A connection would wait in the kernel's queue until it is accepted.
    bool was_visited() const {
        return end_to_end::wait_for(
            listener_.fd.get(), POLLIN, end_to_end::deadline{end_to_end::milliseconds(300)}
        );
    }

 private:
    end_to_end::loopback_listener listener_ = end_to_end::listen_loopback();
};

json user(const json& content) {
    return json::array({{{"role", "user"}, {"content", content}}});
}

/// Bodies whose members are addresses, in every dialect that has such members.
std::vector<request> with_addresses(const std::string& model, const std::string& url) {
    std::vector<request> all;
    const auto chat = [&](const json& part) {
        const auto content = json::array({{{"type", "text"}, {"text", "Hi"}}, part});
        for (const auto* path : {"/v1/chat/completions", "/v1/streams"})
            all.push_back(
                post(path, {{"model", model}, {"stream", false}, {"messages", user(content)}})
            );
    };
    chat({{"type", "image_url"}, {"image_url", {{"url", url}}}});
    chat({{"type", "image_url"}, {"image_url", {{"url", url}, {"detail", "high"}}}});
    chat({{"type", "input_audio"}, {"input_audio", {{"data", url}, {"format", "wav"}}}});
    chat({{"type", "file"}, {"file", {{"file_data", url}, {"filename", url}}}});
    chat({{"type", "file"}, {"file", {{"file_id", url}}}});
    chat({{"type", "video_url"}, {"video_url", {{"url", url}}}});
    const auto claude = [&](const json& block) {
        all.push_back(post(
            "/v1/messages",
            {{"model", model}, {"max_tokens", 9}, {"messages", user(json::array({block}))}}
        ));
    };
    claude({{"type", "image"}, {"source", {{"type", "url"}, {"url", url}}}});
    claude({{"type", "document"}, {"source", {{"type", "url"}, {"url", url}}}});
    claude({{"type", "image"}, {"source", {{"type", "file"}, {"file_id", url}}}});
    const auto google = [&](const json& part) {
        const json turn{{"role", "user"}, {"parts", json::array({part})}};
        all.push_back(post(
            "/v1beta/models/" + model + ":generateContent", {{"contents", json::array({turn})}}
        ));
    };
    google({{"fileData", {{"fileUri", url}, {"mimeType", "image/png"}}}});
    google({{"inlineData", {{"data", url}, {"mimeType", "image/png"}}}});
    const auto responses = [&](const json& part) {
        all.push_back(
            post("/v1/responses", {{"model", model}, {"input", user(json::array({part}))}})
        );
    };
    responses({{"type", "input_image"}, {"image_url", url}});
    responses({{"type", "input_file"}, {"file_url", url}});
    json tool{{"type", "mcp"}, {"server_label", "x"}, {"server_url", url}};
    all.push_back(
        post("/v1/responses", {{"model", model}, {"input", "Hi"}, {"tools", json::array({tool})}})
    );
    json server{{"type", "url"}, {"url", url}, {"name", "x"}};
    all.push_back(post(
        "/v1/messages",
        {{"model", model},
         {"max_tokens", 9},
         {"messages", user("Hi")},
         {"mcp_servers", json::array({server})}}
    ));
    all.push_back(post(
        "/api/chat",
        {{"model", model},
         {"stream", false},
         {"messages",
          json::array({{{"role", "user"}, {"content", "Hi"}, {"images", json::array({url})}}})}}
    ));
    const json part{{"type", "file"}, {"mediaType", "image/png"}, {"url", url}};
    const json message{{"id", "m"}, {"role", "user"}, {"parts", json::array({part})}};
    all.push_back(
        post("/v1/ui/chat", {{"model", model}, {"id", "c"}, {"messages", json::array({message})}})
    );
    return all;
}

/// Members that other gateways obey.
std::vector<request> with_instructions(const std::string& model, const std::string& url) {
    std::vector<request> all;
    for (const auto* member :
         {"api_base",     "base_url",   "baseURL",     "api_url",    "endpoint",    "callback",
          "callback_url", "webhook",    "webhook_url", "notify_url", "custom_host", "proxy",
          "proxy_url",    "url",        "provider",    "target",     "upstream",    "host",
          "fallbacks",    "schema_url", "$ref",        "mcp_server", "tracing_url"}) {
        for (const auto* path : {"/v1/chat/completions", "/v1/streams"})
            all.push_back(post(
                path, {{"model", model}, {"stream", false}, {"messages", user("Hi")}, {member, url}}
            ));
    }
    const json schema{{"$ref", url}};
    const json function{{"name", "f"}, {"parameters", schema}};
    all.push_back(post(
        "/v1/chat/completions",
        {{"model", model},
         {"messages", user("Hi")},
         {"tools", json::array({{{"type", "function"}, {"function", function}}})}}
    ));
    all.push_back(post(
        "/v1/chat/completions",
        {{"model", model},
         {"messages", user("Hi")},
         {"response_format",
          {{"type", "json_schema"}, {"json_schema", {{"name", "x"}, {"schema", schema}}}}}}
    ));
    all.push_back(post("/v1/chat/completions", {{"model", url}, {"messages", user("Hi")}}));
    all.push_back(
        post("/v1/chat/completions", {{"model", model + "@" + url}, {"messages", user("Hi")}})
    );
    all.push_back(post(
        "/v1/streams",
        {{"model", model},
         {"stream", false},
         {"prompt", "<img src=\"" + url + "\"> ![x](" + url + ")"}}
    ));
    return all;
}

std::vector<request> with_headers(const std::string& model, const canary& door) {
    std::vector<request> all;
    const json body{{"model", model}, {"stream", false}, {"messages", user("Hi")}};
    for (const auto* name :
         {"X-Forwarded-Host",
          "X-Forwarded-Server",
          "X-Original-Host",
          "X-Host",
          "X-Api-Base",
          "X-Base-Url",
          "OpenAI-Base-Url",
          "X-Portkey-Custom-Host",
          "Helicone-Target-Url",
          "X-Upstream",
          "X-Target",
          "Destination",
          "X-Callback-Url",
          "Webhook-Url",
          "Referer",
          "Origin-Url",
          "X-Proxy",
          "Proxy",
          "Http-Proxy",
          "Client-Ip",
          "True-Client-Ip",
          "X-Rewrite-Url",
          "X-Original-Url",
          "Location",
          "Link",
          "Report-To",
          "Traceparent",
          "X-Wap-Profile"}) {
        all.push_back(post("/v1/chat/completions", body).header(name, door.url()));
    }
    all.push_back(post("/v1/chat/completions", body).header("Host", door.host()));
    all.push_back(
        post("/v1/chat/completions", body)
            .header("Forwarded", "for=" + door.host() + ";host=" + door.host() + ";proto=http")
    );
    all.push_back(post(door.url("/v1/chat/completions"), body));
    all.push_back(post("//" + door.host() + "/v1/chat/completions", body));
    all.push_back(post("/v1/chat/completions?api_base=" + door.url() + "&url=" + door.url(), body));
    all.push_back(end_to_end::get(door.url("/")));
    all.push_back(request("CONNECT", door.host()));
    all.push_back(end_to_end::get(
        "/v1/stream?model=" + model + "&prompt=Hi&mock_tokens=2&base_url=" + door.url()
    ));
    return all;
}

void ask_each(std::uint16_t port, std::vector<request> all) {
    in_parallel(all.size(), [&](std::size_t i) {
        const auto seen = converse(
            port, all[i].header("X-Mock-Tokens", "2").header("Connection", "close").bytes()
        );
        ASSERT_FALSE(seen.answers.empty()) << printable(all[i].bytes()) << ": " << seen.trouble;
        EXPECT_LT(seen.answers[0].status, 500) << printable(all[i].bytes(), 1000);
    });
    count_cases(all.size());
}

class foreign_addresses : public attack {};

TEST_F(foreign_addresses, AreNotVisitedByTheMock) {
    const canary door;
    ask_each(attacked_port(), with_addresses("mock", door.url()));
    ask_each(attacked_port(), with_instructions("mock", door.url()));
    ask_each(attacked_port(), with_headers("mock", door));
    EXPECT_FALSE(door.was_visited());
}

TEST_F(foreign_addresses, OfOtherSchemesOpenNothingEither) {
    const canary door;
    std::vector<request> all;
    const auto port = door.host().substr(door.host().find(':'));
    const std::vector<std::string> urls{
        "file:///etc/passwd",
        "ftp://" + door.host() + "/x",
        "gopher://" + door.host() + "/_x",
        "dict://" + door.host() + "/x",
        "ldap://" + door.host() + "/x",
        "http://169.254.169.254/latest/meta-data/",
        "http://[::1]" + port + "/",
        "http://localhost" + port + "/",
        "http://0x7f000001" + port + "/",
        "http://2130706433" + port + "/",
        "//" + door.host() + "/x",
        "http://user:pass@" + door.host() + "/",
        "data:text/html,<script>",
        "javascript:alert(1)",
        "unix:///tmp/x"};
    for (const auto& url : urls) {
        const json part{{"type", "image_url"}, {"image_url", {{"url", url}}}};
        all.push_back(post(
            "/v1/chat/completions", {{"model", "mock"}, {"messages", user(json::array({part}))}}
        ));
        all.push_back(post(
            "/v1/messages",
            {{"model", "mock"},
             {"max_tokens", 9},
             {"messages",
              user(json::array({{{"type", "image"}, {"source", {{"type", "url"}, {"url", url}}}}})
              )}}
        ));
    }
    in_parallel(all.size(), [&](std::size_t i) {
        const auto answer = attacked().ask(all[i].header("X-Mock-Tokens", "2"));
        EXPECT_LT(answer.status, 500);
        EXPECT_EQ(answer.body.find("root:x:0"), std::string::npos);
    });
    count_cases(all.size());
    EXPECT_FALSE(door.was_visited());
}

TEST(ForeignAddresses, AreNotVisitedBeforeARealProvider) {
    const canary door;
    fake_upstream provider(end_to_end::say({"Hi"}));
    const gateway_process gateway(configuration_text().upstream(provider.base_url()).yaml());
    ask_each(gateway.port(), with_addresses("up", door.url()));
    ask_each(gateway.port(), with_instructions("up", door.url()));
    ask_each(gateway.port(), with_headers("up", door));
    EXPECT_FALSE(door.was_visited());
    EXPECT_GT(provider.calls(), 0U);
}

}  // namespace
}  // namespace sluice::hostile
