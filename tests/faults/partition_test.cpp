// Packets between the gateway and a provider are dropped, then come through again. Both live in
// network namespaces of the test's own; where none can be made, the tests say so and are skipped.

#include "tests/end_to_end/support/event_stream.hpp"
#include "tests/end_to_end/support/gateway_process.hpp"
#include "tests/faults/far_side.hpp"
#include "tests/faults/faulty_provider.hpp"
#include "tests/faults/known_answer.hpp"

#include <gtest/gtest.h>

#include <memory>

namespace sluice::faults {
namespace {

using end_to_end::gateway_process;
using end_to_end::milliseconds;
using end_to_end::open_stream;
using end_to_end::steady;
using nlohmann::json;

constexpr milliseconds token_timeout{1000};
/// What a busy machine may add to a clock.
constexpr milliseconds allowance{3000};

/// One for the whole program, made before anything else: namespaces are entered by a process that
/// has no threads yet.
far_side& the_far_side() {
    static far_side side;
    return side;
}

std::string gateway_yaml(const faulty_provider& near) {
    const auto provider = [](const std::string& name, const std::string& host, std::uint16_t port) {
        return "  " + name + ": {kind: openai, base_url: \"http://" + host + ":" +
               std::to_string(port) + "/v1\", breaker: {cool_down: 200ms}}\n";
    };
    const auto route = [](const std::string& name,
                          const std::string& model,
                          const std::string& other,
                          const std::string& policy) {
        return "  - name: " + name + "\n    targets: [{provider: far, model: " + model + "}" +
               other +
               "]\n    policy: {connect_timeout: 500ms, first_token_timeout: 1s,"
               " progress_timeout: 1s, backoff: 10ms, retry_budget: 100%" +
               policy + "}\n";
    };
    const std::string fallback = ", {provider: near, model: none, priority: 2}";
    return "server: {listen: [\"127.0.0.1:0\"], workers: 1}\nproviders:\n" +
           provider("far", far_side::address, the_far_side().port()) +
           provider("near", "127.0.0.1", near.port()) + "models:\n" +
           route("alone", "slow", "", "") + route("fallback", "none", fallback, "") +
           route("continued", "slow", fallback, ", continue_midstream: true");
}

class Partition : public ::testing::Test {
 protected:
    void SetUp() override {
        auto& side = the_far_side();
        if (!side.obstacle().empty()) GTEST_SKIP() << side.obstacle();
        near_ = std::make_unique<faulty_provider>();
        gateway_ = std::make_unique<gateway_process>(gateway_yaml(*near_));
    }
    void TearDown() override {
        if (the_far_side().obstacle().empty()) the_far_side().heal();
    }

    end_to_end::request question(const std::string& model) const {
        return end_to_end::post("/v1/streams", {{"model", model}, {"prompt", "Hi"}});
    }
    /// Reads up to the first text, drops all packets, and reads the rest.
    end_to_end::event_list cut_off_after_content(const std::string& model) const {
        open_stream stream(*gateway_, question(model));
        auto events = stream.up_to("message");
        the_far_side().drop();
        const auto dropped = steady::now();
        const auto rest = stream.rest();
        EXPECT_LT(steady::now() - dropped, token_timeout + allowance);
        EXPECT_TRUE(stream.ended_whole());
        events.insert(events.end(), rest.begin(), rest.end());
        return events;
    }
    /// The text of one whole answer, and whether the far provider gave it.
    bool answered_from_afar() const {
        const auto before = near_->seen().questions;
        open_stream stream(*gateway_, question("fallback"));
        const auto events = stream.rest();
        EXPECT_EQ(end_to_end::native_text(events), known_answer());
        return near_->seen().questions == before;
    }

    std::unique_ptr<faulty_provider> near_;
    std::unique_ptr<gateway_process> gateway_;
};

TEST_F(Partition, EndsAStreamUnderWayWithAnErrorByTheProgressClock) {
    const auto events = cut_off_after_content("alone");
    const auto done = events.back();
    EXPECT_EQ(done.type, "done");
    EXPECT_EQ(done.json().at("finish_reason"), "error");
    EXPECT_EQ(done.json().at("error").at("type"), "progress_timeout") << done.data;
    EXPECT_TRUE(known_answer().starts_with(end_to_end::native_text(events)));
}

TEST_F(Partition, LetsAStreamUnderWayBeGoneOnWithElsewhere) {
    const auto events = cut_off_after_content("continued");
    EXPECT_EQ(events.back().json().at("finish_reason"), "stop") << events.back().data;
    EXPECT_EQ(end_to_end::native_text(events), known_answer());
}

TEST_F(Partition, SendsNewRequestsElsewhereAndBackWhenItHasHealed) {
    EXPECT_TRUE(answered_from_afar());
    the_far_side().drop();
    for (int i = 0; i < 5; ++i)
        EXPECT_FALSE(answered_from_afar());
    the_far_side().heal();
    EXPECT_TRUE(end_to_end::eventually([&] { return answered_from_afar(); }));
}

}  // namespace
}  // namespace sluice::faults

int main(int count, char** arguments) {
    // Before GoogleTest or anything else may have begun a thread; listing the tests needs none.
    ::testing::InitGoogleTest(&count, arguments);
    if (!::testing::GTEST_FLAG(list_tests)) sluice::faults::the_far_side();
    return RUN_ALL_TESTS();
}
