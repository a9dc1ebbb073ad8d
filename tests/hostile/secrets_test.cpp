#include "tests/end_to_end/support/child.hpp"
#include "tests/end_to_end/support/configuration_text.hpp"
#include "tests/end_to_end/support/fake_upstream.hpp"
#include "tests/hostile/attacked_gateway.hpp"
#include "tests/hostile/documented_fields.hpp"
#include "tests/hostile/wire_case.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <atomic>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <mutex>
#include <sstream>
#include <string>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

// Keys and prompts go where they must, and nowhere else: through every way in which a request can
// fail, all that the gateway writes is searched for them.
namespace sluice::hostile {
namespace {

using namespace std::string_literals;
using end_to_end::configuration_text;
using end_to_end::environment_map;
using end_to_end::fake_upstream;
using end_to_end::gateway_process;
using end_to_end::get;
using end_to_end::http_response;
using end_to_end::post;
using end_to_end::request;
using end_to_end::upstream_exchange;
using nlohmann::json;

const std::string client_key = "sk-canary-client-7Qw2Zr9Lx4Tn8Bv1";
const std::string operator_key = "sk-canary-operator-3Hj6Mk0Pd5Gs2Wf7";
const std::string provider_key = "sk-canary-provider-8Yc1Ua4Ke7Ri0Oj3";
const std::string wrong_key = "sk-canary-wrong-5Nb8Vx2Sl6Dq9Fz1";
const std::string prompt = "canary-prompt-4Gt7Hy1Ju0Ik3Lo6";
const std::string tool_text = "canary-tool-2Wq5Er8Ty1Ui4Op7";

std::vector<std::string> all_secrets() {
    return {client_key, operator_key, provider_key, wrong_key, prompt, tool_text};
}

/// Fails in another way at each request, with the key that it was asked with in its words.
class indiscreet_provider {
 public:
    std::string base_url() const { return server_.base_url(); }

 private:
    void answer(upstream_exchange& exchange) {
        const auto asked = exchange.read_request();
        const auto said = "your key " + asked.header("Authorization") + " is not good";
        const json error{
            {"error",
             {{"message", said},
              {"type", "invalid_request_error"},
              {"code", asked.header("Authorization")}}}};
        switch (turn_++ % 10) {
            case 0:
                return exchange.answer(401, error.dump());
            case 1:
                return exchange.answer(400, error.dump());
            case 2:
                return exchange.answer(
                    500, "<html>" + said + "</html>", {{"Content-Type", "text/html"}}
                );
            case 3:
                return exchange.answer(
                    429,
                    error.dump(),
                    {{"Retry-After", "0"},
                     {"X-Request-Id", provider_key},
                     {"X-Ratelimit-Limit-Requests", provider_key}}
                );
            case 4:
                return exchange.answer(
                    302, said, {{"Location", "http://127.0.0.1:1/?key=" + provider_key}}
                );
            case 5:
                return exchange.answer(200, "no JSON " + said);
            case 6:
                return exchange.reset();
            case 7:
                exchange.begin_stream();
                exchange.chunk(end_to_end::data_frame(error));
                return exchange.finish();
            case 8:
                exchange.begin_stream();
                exchange.chunk(
                    end_to_end::role_frame() + end_to_end::text_frame("Hi") + "data: {broken " +
                    said + "\n\n"
                );
                return exchange.finish();
            default:
                exchange.begin_stream();
                exchange.chunk(end_to_end::role_frame() + end_to_end::text_frame("Hi"));
                return exchange.reset();
        }
    }

    std::atomic<unsigned> turn_{0};
    fake_upstream server_{[this](upstream_exchange& exchange) { answer(exchange); }};
};

/// The least body of a dialect, with the canary where its prompt is.
json body_of(const surface& where, const std::string& model, bool streamed) {
    auto text = where.body.dump();
    for (auto at = text.find("\"Hi\""); at != std::string::npos; at = text.find("\"Hi\"", at + 1))
        text.replace(at, 4, json(prompt).dump());
    auto body = json::parse(text);
    if (body.contains("model") || where.path == "/v1/streams") body["model"] = model;
    if (streamed) body["stream"] = true;
    return body;
}

std::string path_of(const surface& where, const std::string& model) {
    const auto mock = where.path.find("mock:");
    if (mock == std::string::npos) return where.path;
    return where.path.substr(0, mock) + model + where.path.substr(mock + 4);
}

std::vector<request> through_every_error() {
    std::vector<request> all;
    const auto keyed = [&](request message) {
        all.push_back(message.header("Authorization", "Bearer " + client_key));
    };
    for (const auto& where : all_surfaces()) {
        for (const auto* model : {"up", "mock", "unknown"}) {
            // As often as the provider has ways to fail.
            for (int i = 0; i < (model == "up"s ? 10 : 2); ++i)
                keyed(post(path_of(where, model), body_of(where, model, i % 2 == 0))
                          .header("X-Mock-Tokens", "2"));
        }
        const auto body = body_of(where, "mock", false);
        for (const auto* error :
             {"400",
              "401",
              "429",
              "500",
              "529",
              "reset-after=1",
              "truncate-after=1",
              "error-after=1"})
            keyed(post(where.path, body).header("X-Mock-Error", error).header("X-Mock-Tokens", "3")
            );
        keyed(end_to_end::post_text(where.path, "{\"" + prompt + "\": " + prompt));
        keyed(end_to_end::post_text(
            where.path,
            "{\"messages\": \"" + prompt + "\", \"input\": {\"" + tool_text +
                "\": 1}, \"model\": 7}"
        ));
        keyed(request("POST", where.path).body(prompt, "text/html"));
        all.push_back(post(where.path, body));
        for (const auto* name : {"X-Api-Key", "X-Goog-Api-Key", "Api-Key"})
            all.push_back(post(where.path, body).header(name, wrong_key));
        all.push_back(post(where.path, body).header("Authorization", wrong_key));
        all.push_back(post(where.path, body).header("Authorization", "Basic " + client_key));
        all.push_back(
            post(where.path, body).header("Cookie", "key=" + client_key + "; session=" + wrong_key)
        );
        all.push_back(post(
            where.path + (where.path.find('?') == std::string::npos ? "?" : "&") +
                "key=" + client_key + "&api_key=" + wrong_key,
            body
        ));
    }
    json tool{{"type", "function"}, {"function", {{"name", tool_text + " "}, {"parameters", 7}}}};
    keyed(post(
        "/v1/chat/completions",
        {{"model", "mock"},
         {"messages", json::array({{{"role", "user"}, {"content", prompt}}})},
         {"tools", json::array({tool})}}
    ));
    keyed(get("/v1/stream?model=up&prompt=" + prompt));
    keyed(get("/v1/stream?prompt=" + prompt + "&mock_tokens=2&access_token=" + client_key));
    keyed(get("/v1/models/" + prompt));
    all.push_back(get("/v1/streams?key=" + operator_key).header("X-Api-Key", client_key));
    all.push_back(post("/session", {{"key", wrong_key}}));
    all.push_back(post("/session", {{"key", client_key}}).header("Origin", "https://evil.example"));
    all.push_back(
        end_to_end::remove("/v1/streams/0-AAAAAAAAAAAAAAAAAAAAAA").header("X-Api-Key", wrong_key)
    );
    all.push_back(get("/livez").header("Host", "a b").header("X-Api-Key", client_key));
    all.push_back(
        get("/livez").header("X-Long", std::string(40'000, 'x')).header("X-Api-Key", client_key)
    );
    all.push_back(request("TRACE", "/").header("Authorization", "Bearer " + client_key));
    return all;
}

std::string whole(const http_response& answer) {
    std::string text;
    for (const auto& [name, value] : answer.headers)
        text += name + ": " + value + "\n";
    return text + answer.body;
}

std::string file_text(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

void expect_no_secret(const std::string& text, const std::string& where) {
    for (const auto& secret : all_secrets()) {
        // A part of a key is as bad: its first letters say only whose it is.
        for (const auto& part : {secret, secret.substr(secret.size() / 2)}) {
            const auto at = text.find(part);
            EXPECT_EQ(at, std::string::npos)
                << where << " holds " << secret << ": ..."
                << printable(text.substr(at > 200 ? at - 200 : 0, 400), 400);
        }
    }
}

/// A message may say which model there is none of, or which path: that is no secret to who asked.
bool repeats_the_path(const request& message) {
    return message.bytes().find("/v1/models/" + prompt) != std::string::npos;
}

TEST(Secrets, AreInNothingThatTheGatewayWrites) {
    indiscreet_provider provider;
    const environment_map environment{{"CANARY_PROVIDER_KEY", provider_key}};
    const auto yaml = configuration_text()
                          .key("team", client_key)
                          .operator_key("ops", operator_key)
                          .log("level: trace")
                          .upstream(provider.base_url())
                          .upstream_setting("api_key: \"${CANARY_PROVIDER_KEY}\"")
                          .policy("attempts: 1")
                          .yaml();
    gateway_process gateway({yaml, {}, environment});
    const auto all = through_every_error();
    in_parallel(all.size(), [&](std::size_t i) {
        auto message = all[i];
        const auto seen = converse(gateway.port(), message.header("Connection", "close").bytes());
        for (const auto& answer : seen.answers) {
            if (!repeats_the_path(all[i]))
                expect_no_secret(whole(answer), "an answer to " + printable(all[i].bytes(), 600));
        }
        expect_no_secret(
            seen.trouble, "what was left of an answer to " + printable(all[i].bytes(), 600)
        );
    });
    for (const auto* path :
         {"/metrics", "/v1/targets", "/v1/streams", "/v1/models", "/", "/readyz"})
        expect_no_secret(
            whole(gateway.ask(get(path).header("Authorization", "Bearer " + operator_key))), path
        );
    const auto checked = end_to_end::run_sluice(
        {"check", "--config", (gateway.folder().path() / "sluice.yaml").string()}, environment
    );
    EXPECT_EQ(checked.exit_code, 0) << checked.err;
    expect_no_secret(checked.out + checked.err, "sluice check");
    gateway.signal(SIGTERM);
    gateway.wait_exit();
    const auto log = gateway.log();
    EXPECT_EQ(complaint_about_log(log), "");
    EXPECT_NE(log.find("\"key\":\"team\""), std::string::npos);
    // A model's name is what a client wrote, too; nobody writes a prompt there but this test.
    std::istringstream lines(log);
    for (std::string line; std::getline(lines, line);) {
        if (line.find("/v1/models/") == std::string::npos) expect_no_secret(line, "the log");
    }
    for (const auto& entry :
         std::filesystem::recursive_directory_iterator(gateway.folder().path())) {
        if (entry.is_regular_file() && entry.path().filename() != "stderr")
            expect_no_secret(file_text(entry.path()), entry.path().string());
    }
    count_cases(all.size() + 8);
}

TEST(Secrets, AreNotInTheWordsOfABrokenConfiguration) {
    const end_to_end::temporary_folder folder;
    const environment_map environment{{"CANARY_PROVIDER_KEY", provider_key}};
    const std::string head =
        "providers:\n  up: {kind: openai, base_url: \"http://127.0.0.1:1/v1\", api_key: \"";
    std::vector<std::string> broken{
        head + "${CANARY_PROVIDER_KEY}\", frobnicate: 1}\n",
        head +
            "${CANARY_PROVIDER_KEY}\"}\nmodels: [{name: x, targets: [{provider: "
            "\"${CANARY_PROVIDER_KEY}\", model: x}]}]\n",
        head + "${CANARY_PROVIDER_KEY}\", headers: {\"X-Key\": [\"${CANARY_PROVIDER_KEY}\"]}}\n",
        head + "${CANARY_PROVIDER_KEY}\"\n",
        "keys: [{id: a, sha256: \"" + client_key + "\"}]\n",
        "keys: [{id: a, key: \"" + client_key + "\"}]\n",
    };
    for (std::size_t i = 0; i < broken.size(); ++i) {
        const auto path = folder.write("broken.yaml", broken[i]);
        const auto checked = end_to_end::run_sluice({"check", "--config", path}, environment);
        EXPECT_NE(checked.exit_code, 0) << broken[i];
        // What it names as unknown is what was written; a resolved reference is a secret.
        EXPECT_EQ((checked.out + checked.err).find(provider_key), std::string::npos)
            << broken[i] << "\n"
            << checked.err;
        EXPECT_EQ((checked.out + checked.err).find(client_key), std::string::npos)
            << broken[i] << "\n"
            << checked.err;
    }
    count_cases(broken.size());
}

/// Waits for the line that says the port.
void wait_until_listening(const std::filesystem::path& out) {
    const bool listens = end_to_end::eventually([&] {
        return file_text(out).find("listening on") != std::string::npos;
    });
    if (!listens) throw end_to_end::harness_error("the gateway does not listen");
}

TEST(Secrets, AreInNoCoreOfAProcessThatDies) {
    rlimit limit{};
    ::getrlimit(RLIMIT_CORE, &limit);
    if (limit.rlim_max == 0) GTEST_SKIP() << "no process may write a core here";
    const end_to_end::temporary_folder folder;
    const auto out = folder.path() / "stdout";
    const auto out_fd = end_to_end::create_file(out);
    const auto err_fd = end_to_end::create_file(folder.path() / "stderr");
    const auto config =
        folder.write("sluice.yaml", configuration_text().key("team", client_key).yaml());
    const std::string script = "cd '" + folder.path().string() +
                               "' && ulimit -c unlimited && exec \"$0\" serve --config '" + config +
                               "'";
    const pid_t process = end_to_end::spawn(
        "/bin/sh", {"-c", script, end_to_end::sluice_binary()}, {}, out_fd.get(), err_fd.get()
    );
    wait_until_listening(out);
    ::kill(process, SIGSEGV);
    int status = 0;
    ASSERT_EQ(::waitpid(process, &status, 0), process);
    EXPECT_TRUE(WIFSIGNALED(status));
    // Wherever the kernel would have put it.
    EXPECT_FALSE(WCOREDUMP(status)) << "the process can be dumped";
    for (const auto& entry : std::filesystem::directory_iterator(folder.path()))
        EXPECT_EQ(entry.path().filename().string().rfind("core", 0), std::string::npos)
            << entry.path();
    count_cases(1);
}

}  // namespace
}  // namespace sluice::hostile
