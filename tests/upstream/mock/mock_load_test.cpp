#include "upstream/mock/mock.hpp"
#include "upstream/mock/model_state.hpp"

#include <boost/asio/io_context.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

/// What requests of one mock model do to each other, and how its time passes.
namespace sluice::upstream {
namespace {

using namespace std::chrono_literals;
using clock = std::chrono::steady_clock;
using testing::HasSubstr;
using testing::StartsWith;

call prompt(std::map<std::string, std::string> settings = {}) {
    call out;
    out.request.model = "mock";
    out.request.messages.emplace_back();
    out.request.messages.back().content.emplace_back(text_part{"Tell me about rivers"});
    out.mock = std::move(settings);
    return out;
}

mock_settings shared(mock_settings settings) {
    settings.shared =
        std::make_shared<mock::model_state>(settings, std::chrono::steady_clock::now());
    return settings;
}

mock_settings at_once() {
    mock_settings made;
    made.ttft = mock::distribution(0);
    made.rate = 0;
    return made;
}

mock_settings with_slots(std::size_t slots, std::size_t waiting_max = 0) {
    mock_settings made = at_once();
    made.queue.slots = slots;
    made.queue.waiting_max = waiting_max;
    return shared(made);
}

/// One request, and what came of it.
class client final : public source_listener {
 public:
    client(boost::asio::io_context& context, const mock_settings& settings, const call& call)
        : source_(start_mock(context, settings, call, *this)) {}

    void on_ready() override {
        source_->take(batch_);
        for (const item& item : batch_.items) {
            if (const auto* const text = std::get_if<text_delta>(&item))
                texts.emplace_back(text->text);
            if (const auto* const used = std::get_if<usage>(&item)) total = *used;
        }
        if (!texts.empty() && !first) first = clock::now();
        if (batch_.ending) ending = std::move(batch_.ending);
    }
    bool answered() const { return ending && ending->outcome == outcome::completed; }
    int refused_with() const { return ending && ending->failure ? ending->failure->status : 0; }
    upstream::source& model() { return *source_; }
    void leave() { source_.reset(); }

    std::vector<std::string> texts;
    usage total;
    std::optional<clock::time_point> first;
    std::optional<upstream::ending> ending;

 private:
    batch batch_;
    std::unique_ptr<upstream::source> source_;
};

struct MockModel : testing::Test {
    void run() {
        context.restart();
        context.run();
    }
    boost::asio::io_context context{1};
};

TEST_F(MockModel, LetsRequestsWaitForASlot) {
    const mock_settings settings = with_slots(1);
    client first(context, settings, prompt({{"error", "stall-after=3"}}));
    client second(context, settings, prompt());
    run();
    EXPECT_EQ(first.texts.size(), 3U);
    EXPECT_TRUE(second.texts.empty());
    EXPECT_FALSE(second.model().waiting());
    EXPECT_EQ(settings.shared->slots.waiting(), 1U);
    first.leave();
    run();
    EXPECT_TRUE(second.answered());
    EXPECT_EQ(settings.shared->slots.running(), 0U);
}

TEST_F(MockModel, GivesItsSlotBackHoweverItEnds) {
    const mock_settings settings = with_slots(1);
    for (const char* const error : {"", "reset-after=2", "truncate-after=2", "error-after=2"}) {
        client one(context, settings, prompt({{"error", error}}));
        run();
        EXPECT_TRUE(one.ending) << error;
        EXPECT_EQ(settings.shared->slots.running(), 0U) << error;
    }
    client cancelled(context, settings, prompt({{"error", "stall-after=2"}}));
    run();
    cancelled.model().cancel();
    EXPECT_EQ(settings.shared->slots.running(), 0U);
}

TEST_F(MockModel, ForgetsWhoLeavesTheLine) {
    const mock_settings settings = with_slots(1);
    client first(context, settings, prompt({{"error", "stall-after=1"}}));
    client second(context, settings, prompt());
    client third(context, settings, prompt());
    run();
    second.leave();
    first.leave();
    run();
    EXPECT_TRUE(third.answered());
}

TEST_F(MockModel, RefusesWithItsProvidersWordsWhenTheLineIsFull) {
    const mock_settings settings = with_slots(1, 1);
    client first(context, settings, prompt({{"error", "stall-after=1"}}));
    client second(context, settings, prompt());
    call third_call = prompt();
    third_call.api = api::openai_chat;
    client third(context, settings, third_call);
    run();
    EXPECT_EQ(third.refused_with(), 429);
    EXPECT_EQ(third.model().head().status, 429);
    EXPECT_FALSE(second.ending);
}

TEST_F(MockModel, CountsTheTimeToTheFirstTokenFromItsSlotOn) {
    mock_settings settings = with_slots(1);
    settings.ttft = mock::distribution(0.02);
    const auto begin = clock::now();
    client first(context, settings, prompt());
    client second(context, settings, prompt());
    run();
    ASSERT_TRUE(first.first && second.first);
    EXPECT_GE(*first.first - begin, 20ms);
    EXPECT_GE(*second.first - begin, 40ms);
}

TEST_F(MockModel, StampsEachTextWithItsNumberAndTheTime) {
    const auto before = clock::now().time_since_epoch();
    call two = prompt({{"tokens", "100"}, {"stamp", "true"}});
    client stamped(context, at_once(), two);
    two.mock.erase("stamp");
    client plain(context, at_once(), two);
    run();
    const auto after = clock::now().time_since_epoch();
    ASSERT_EQ(stamped.texts.size(), plain.texts.size());
    for (std::size_t i = 0; i < stamped.texts.size(); ++i) {
        const std::string& text = stamped.texts[i];
        const std::size_t at = text.find('@');
        const std::size_t blank = text.find(' ');
        ASSERT_NE(blank, std::string::npos);
        EXPECT_EQ(text.substr(0, at), std::to_string(i));
        const std::chrono::nanoseconds time(std::stoll(text.substr(at + 1, blank - at - 1)));
        EXPECT_GE(time, before);
        EXPECT_LE(time, after);
        EXPECT_EQ(text.substr(blank + 1), plain.texts[i]);
    }
    EXPECT_EQ(stamped.total, plain.total);
}

TEST_F(MockModel, LeavesTheClientsConnectionToTheGateway) {
    client one(context, at_once(), prompt({{"error", "alter=5"}}));
    EXPECT_EQ(one.model().head().wire_fault, (wire_fault{wire_fault::kind::alter, 5, 0}));
    run();
    EXPECT_TRUE(one.answered());
    client other(context, at_once(), prompt());
    EXPECT_FALSE(other.model().head().wire_fault);
}

TEST_F(MockModel, ReportsAnOverloadInItsStream) {
    call call = prompt({{"error", "error-after=5"}});
    call.api = api::anthropic_messages;
    client one(context, at_once(), call);
    run();
    EXPECT_EQ(one.texts.size(), 5U);
    ASSERT_TRUE(one.ending && one.ending->failure);
    EXPECT_EQ(one.ending->outcome, outcome::upstream_error);
    EXPECT_EQ(one.ending->failure->type, "overloaded_error");
}

TEST_F(MockModel, IsStruckByChanceUnlessARequestSaysWhatItWants) {
    mock_settings settings = at_once();
    settings.faults.push_back({1, *mock::parse_fault("503")});
    settings = shared(settings);
    client struck(context, settings, prompt());
    client spared(context, settings, prompt({{"error", ""}}));
    client other(context, settings, prompt({{"error", "429"}}));
    run();
    EXPECT_EQ(struck.refused_with(), 503);
    EXPECT_TRUE(spared.answered());
    EXPECT_EQ(other.refused_with(), 429);
}

TEST_F(MockModel, DrawsOtherTimesForEachRequest) {
    mock_settings settings = at_once();
    settings.ttft = mock::distribution(mock::distribution::uniform{0, 0.05});
    settings = shared(settings);
    std::vector<std::unique_ptr<client>> clients;
    const auto begin = clock::now();
    for (int i = 0; i < 10; ++i)
        clients.push_back(std::make_unique<client>(context, settings, prompt()));
    run();
    clock::time_point earliest = clock::time_point::max();
    clock::time_point latest = begin;
    for (const auto& client : clients) {
        ASSERT_TRUE(client->first);
        EXPECT_EQ(client->texts, clients[0]->texts);
        earliest = std::min(earliest, *client->first);
        latest = std::max(latest, *client->first);
    }
    EXPECT_GE(latest - earliest, 10ms);
}

TEST_F(MockModel, SaysNothingWhileItStandsStill) {
    mock_settings settings = at_once();
    mock::change still;
    still.lasts = 30ms;
    still.stall = true;
    settings.changes.push_back(still);
    const auto begin = clock::now();
    settings = shared(settings);
    client one(context, settings, prompt());
    run();
    ASSERT_TRUE(one.first);
    EXPECT_GE(*one.first - begin, 30ms);
    EXPECT_TRUE(one.answered());
}

TEST_F(MockModel, KeepsToTheLimitsOfEachKey) {
    mock_settings settings = at_once();
    settings.limits.requests_per_minute = 1;
    settings = shared(settings);
    call mine = prompt();
    mine.api = api::openai_chat;
    mine.headers = {{"authorization", "Bearer mine"}};
    call other = mine;
    other.headers = {{"authorization", "Bearer other"}};
    client first(context, settings, mine);
    client second(context, settings, mine);
    client third(context, settings, other);
    run();
    EXPECT_TRUE(first.answered());
    EXPECT_EQ(second.refused_with(), 429);
    EXPECT_TRUE(third.answered());
    const auto& headers = first.model().head().headers;
    const bool told = std::ranges::any_of(headers, [](const auto& header) {
        return header.first == "x-ratelimit-limit-requests" && header.second == "1";
    });
    EXPECT_TRUE(told);
}

TEST_F(MockModel, ReadsAPromptThatIsCachedAtOnce) {
    mock_settings settings = at_once();
    settings.prefill_s = 20e-6;
    settings.cache.on = true;
    settings = shared(settings);
    call call = prompt();
    std::get<text_part>(call.request.messages[0].content[0]).text.assign(4 * 1280, 'x');
    auto begin = clock::now();
    client first(context, settings, call);
    run();
    EXPECT_GE(*first.first - begin, 25ms);
    EXPECT_EQ(first.total.cached_tokens.value_or(0), 0);
    begin = clock::now();
    client second(context, settings, call);
    run();
    EXPECT_GE(second.total.cached_tokens, 1200);
    EXPECT_LT(second.total.cached_tokens, 1280);
    EXPECT_LT(*second.first - begin, 25ms);
}

TEST_F(MockModel, TakesItsSettingsFromThePrompt) {
    call call = prompt();
    std::get<text_part>(call.request.messages[0].content[0]).text = "[mock echo=true] Hello";
    client one(context, at_once(), call);
    run();
    std::string all;
    for (const std::string& text : one.texts)
        all += text;
    EXPECT_EQ(all, "Hello");
}

TEST_F(MockModel, CountsWhatItDoes) {
    const mock_settings settings = with_slots(4);
    const mock::figures& done = settings.shared->done;
    client whole(context, settings, prompt({{"tokens", "10"}}));
    call cut = prompt();
    cut.request.max_tokens = 5;
    client shorter(context, settings, cut);
    client refused(context, settings, prompt({{"error", "500"}}));
    client left(context, settings, prompt({{"error", "stall-after=2"}}));
    call counted = prompt();
    counted.api = api::anthropic_count_tokens;
    client counting(context, settings, counted);
    run();
    EXPECT_EQ(settings.shared->slots.running(), 1U);
    EXPECT_GT(done.held_tokens, 0);
    left.leave();
    EXPECT_EQ(done.held_tokens, 0);
    EXPECT_EQ(done.generated_tokens, 17);
    EXPECT_EQ(done.prompt_tokens, 15);
    EXPECT_EQ(done.ended[0], 1) << "stop";
    EXPECT_EQ(done.ended[1], 1) << "length";
    EXPECT_EQ(done.ended[2], 1) << "abort";
    EXPECT_EQ(done.ended[3], 1) << "error";
    const auto gaps = [&] {
        std::uint64_t sum = 0;
        for (std::size_t i = 0; i <= done.gap.bounds().size(); ++i)
            sum += done.gap.count(i);
        return sum;
    };
    EXPECT_EQ(gaps(), 14U);
}

}  // namespace
}  // namespace sluice::upstream
