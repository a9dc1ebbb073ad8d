// A target that is there for a second and gone for a second, under load, beside a healthy fallback.
// SLUICE_LONG=1 in the environment: for a minute rather than ten seconds.

#include "tests/end_to_end/support/event_stream.hpp"
#include "tests/end_to_end/support/gateway_process.hpp"
#include "tests/faults/faulty_provider.hpp"
#include "tests/faults/judges.hpp"
#include "tests/faults/known_answer.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <cstdlib>
#include <mutex>
#include <thread>
#include <vector>

namespace sluice::faults {
namespace {

using end_to_end::gateway_process;
using end_to_end::milliseconds;
using end_to_end::steady;
using nlohmann::json;

constexpr milliseconds up_or_down{1000};
/// Ten clients that ask five times in a second.
constexpr int clients = 10;
constexpr milliseconds between_requests{200};

milliseconds duration() {
    const char* wanted = std::getenv("SLUICE_LONG");
    const bool longer = wanted != nullptr && std::string_view(wanted) == "1";
    return longer ? milliseconds(60'000) : milliseconds(10'000);
}

/// Retries may cost what they need here: the budget has tests of its own.
std::string gateway_yaml(const faulty_provider& flapping, const faulty_provider& healthy) {
    const auto provider = [](const std::string& name, const faulty_provider& at) {
        return "  " + name +
               ": {kind: openai, base_url: \"http://127.0.0.1:" + std::to_string(at.port()) +
               "/v1\", breaker: {cool_down: 200ms}}\n";
    };
    return "server: {listen: [\"127.0.0.1:0\"], workers: 2}\nproviders:\n" +
           provider("flapping", flapping) + provider("healthy", healthy) +
           "models:\n  - name: up\n    targets: [{provider: flapping, model: slow},"
           " {provider: healthy, model: none, priority: 2}]\n"
           "    policy: {backoff: 10ms, first_token_timeout: 2s, progress_timeout: 2s}\n";
}

struct tally {
    std::mutex mutex;
    int texts = 0;
    int broken_after_content = 0;
    std::vector<std::string> failures;
};

/// One request of one client, in the dialect of OpenAI, streamed.
void ask_once(std::uint16_t port, tally& into) {
    const json messages = json::array({{{"role", "user"}, {"content", "Hi"}}});
    const json body{{"model", "up"}, {"stream", true}, {"messages", messages}};
    std::string failure;
    finding found;
    bool had_content = false;
    try {
        end_to_end::raw_client connection(port);
        connection.send(end_to_end::post("/v1/chat/completions", body));
        const auto answer = connection.read_response();
        found = judge(answer, {client::openai, true});
        had_content = answer.body.find(known_tokens()[0]) != std::string::npos;
        if (found.is == finding::kind::wrong) failure = found.complaint + ": " + answer.body;
        if (found.is == finding::kind::error && !had_content)
            failure = "failed before content: " + std::to_string(answer.status) + answer.body;
    } catch (const std::exception& problem) {
        failure = problem.what();
    }
    const std::lock_guard lock(into.mutex);
    if (!failure.empty()) {
        into.failures.push_back(failure);
    } else if (found.is == finding::kind::text) {
        ++into.texts;
    } else {
        ++into.broken_after_content;
    }
}

/// Asks at a steady rate, each time on a thread of its own: answers take longer than the pause.
void keep_asking(std::uint16_t port, steady::time_point until, tally& into) {
    std::vector<std::thread> requests;
    for (auto next = steady::now(); next < until; next += between_requests) {
        std::this_thread::sleep_until(next);
        requests.emplace_back([&, port] { ask_once(port, into); });
    }
    for (auto& request : requests)
        request.join();
}

TEST(FlappingTarget, CostsNoRequestItsFirstContent) {
    faulty_provider flapping;
    const faulty_provider healthy;
    const gateway_process gateway(gateway_yaml(flapping, healthy));
    const auto until = steady::now() + duration();
    tally seen;
    std::vector<std::thread> threads;
    for (int i = 0; i < clients; ++i)
        threads.emplace_back([&] { keep_asking(gateway.port(), until, seen); });
    for (auto next = steady::now(); next + 2 * up_or_down < until; next += 2 * up_or_down) {
        std::this_thread::sleep_until(next + up_or_down);
        flapping.shut();
        std::this_thread::sleep_until(next + 2 * up_or_down);
        flapping.open();
    }
    for (auto& thread : threads)
        thread.join();
    for (const auto& failure : seen.failures)
        ADD_FAILURE() << failure;
    std::printf(
        "%d whole answers, %d that broke after content, %zu that failed; asked of the flapping "
        "target: %zu, of the healthy one: %zu\n",
        seen.texts,
        seen.broken_after_content,
        seen.failures.size(),
        flapping.seen().questions,
        healthy.seen().questions
    );
    EXPECT_GT(seen.texts, 0);
    EXPECT_GT(seen.broken_after_content, 0) << "no stream was under way when the target went";
    EXPECT_GT(flapping.seen().questions, 0U);
    EXPECT_GT(healthy.seen().questions, 0U);
}

}  // namespace
}  // namespace sluice::faults
