#include "upstream/routing/attempts.hpp"

#include <boost/asio/steady_timer.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>
#include <string>
#include <vector>

namespace sluice::upstream::testing {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;

/// A source whose batches are written by the test.
class scripted final : public source {
 public:
    explicit scripted(source_listener& listener) : listener_(listener) {}

    /// Copies the texts and spoils them at the next take, as a codec's buffer would.
    void say(std::vector<item> items, std::optional<ending> end = std::nullopt) {
        waiting_.push_back({std::move(items), std::move(end)});
        listener_.on_ready();
    }

    void take(batch& out) override {
        out.clear();
        for (auto& text : texts_)
            text.assign(text.size(), '#');
        if (waiting_.empty()) return;
        for (auto& one : waiting_.front().items) {
            if (auto* part = std::get_if<text_delta>(&one)) keep(part->text);
            if (auto* frame = std::get_if<verbatim>(&one)) keep(frame->bytes);
            if (auto* who = std::get_if<identity>(&one)) keep(who->model);
            out.items.push_back(one);
        }
        out.ending = std::move(waiting_.front().ending);
        waiting_.pop_front();
    }
    bool waiting() const override { return !waiting_.empty(); }
    bool can_pause() const override { return true; }
    void cancel() override { cancelled = true; }
    const response_head& head() const override { return head_; }

    bool cancelled = false;

 private:
    void keep(std::string_view& view) { view = texts_.emplace_back(view); }

    source_listener& listener_;
    std::deque<batch> waiting_;
    std::deque<std::string> texts_;
    response_head head_;
};

class Attempts : public ::testing::Test, public source_listener {
 protected:
    void begin(const timeouts& limits = {}) {
        subject_.emplace(
            context_,
            limits,
            [this](source_listener& listener) {
                auto made = std::make_unique<scripted>(listener);
                provider_ = made.get();
                return made;
            },
            *this
        );
    }

    /// What one take gives: "text", "model=x", "frame", "finish", "usage", then the ending's word.
    std::vector<std::string> take() {
        batch out;
        subject_->take(out);
        std::vector<std::string> told;
        for (const auto& one : out.items) {
            if (const auto* part = std::get_if<text_delta>(&one)) told.emplace_back(part->text);
            if (const auto* who = std::get_if<identity>(&one))
                told.push_back("model=" + std::string{who->model});
            if (const auto* frame = std::get_if<verbatim>(&one)) told.emplace_back(frame->bytes);
            if (std::holds_alternative<finish>(one)) told.emplace_back("finish");
            if (std::holds_alternative<usage>(one)) told.emplace_back("usage");
        }
        if (out.ending) told.emplace_back(to_string(out.ending->outcome));
        ending_ = out.ending;
        return told;
    }

    void on_ready() override { ++calls_; }

    /// Lets the clocks run until the owner is told of something.
    void run_until_told() {
        const int before = calls_;
        while (calls_ == before && context_.run_one_for(10s) > 0) {
        }
    }

    boost::asio::io_context context_{1};
    scripted* provider_ = nullptr;
    std::optional<attempts> subject_;
    std::optional<ending> ending_;
    int calls_ = 0;
};

ending failed(outcome outcome) {
    failure reason;
    reason.outcome = outcome;
    return {outcome, reason};
}

TEST_F(Attempts, HoldBackWhatComesBeforeTheFirstContent) {
    begin();
    provider_->say({identity{"", "gpt", 0}, verbatim{"role frame", false}});
    EXPECT_THAT(take(), ElementsAre());
    provider_->say({text_delta{0, ""}, usage{}});
    EXPECT_THAT(take(), ElementsAre());
    provider_->say({verbatim{"first frame", true}, text_delta{0, "Hi"}});
    EXPECT_THAT(take(), ElementsAre("model=gpt", "role frame", "", "usage", "first frame", "Hi"));
    provider_->say({text_delta{0, "!"}, verbatim{"ping", false}});
    EXPECT_THAT(take(), ElementsAre("!", "ping"));
    provider_->say({verbatim{"ping", false}});
    EXPECT_THAT(take(), ElementsAre("ping"));
}

TEST_F(Attempts, ThrowAwayWhatWasHeldWithAnAttemptThatFails) {
    begin();
    provider_->say({identity{"", "gpt", 0}, verbatim{"role frame", false}});
    take();
    provider_->say({verbatim{"error frame", false}}, failed(outcome::upstream_error));
    EXPECT_THAT(take(), ElementsAre("upstream_error"));
    provider_->say({text_delta{0, "late"}});
    EXPECT_THAT(take(), ElementsAre());
}

TEST_F(Attempts, PassAFailureOnAfterTheContent) {
    begin();
    provider_->say({text_delta{0, "Hi"}}, failed(outcome::upstream_eof));
    EXPECT_THAT(take(), ElementsAre("Hi", "upstream_eof"));
    EXPECT_FALSE(subject_->waiting());
}

TEST_F(Attempts, ReleaseAnAnswerThatIsWholeWithoutContent) {
    begin();
    provider_->say({identity{"", "gpt", 0}});
    take();
    provider_->say({usage{}}, ending{});
    EXPECT_THAT(take(), ElementsAre("model=gpt", "usage", "completed"));
}

TEST_F(Attempts, AFinishIsContentAndAnEmptyTextIsNone) {
    EXPECT_TRUE(is_content(finish{}));
    EXPECT_TRUE(is_content(tool_call_delta{}));
    EXPECT_TRUE(is_content(media_delta{}));
    EXPECT_TRUE(is_content(reasoning_delta{0, "a"}));
    EXPECT_TRUE(is_content(refusal_delta{0, "a"}));
    EXPECT_TRUE(is_content(verbatim{"", true}));
    EXPECT_FALSE(is_content(text_delta{0, ""}));
    EXPECT_FALSE(is_content(verbatim{"x", false}));
    EXPECT_FALSE(is_content(usage{}));
    EXPECT_FALSE(is_content(identity{}));
}

TEST_F(Attempts, BoundWhatIsHeld) {
    begin();
    const std::string ping(300'000, 'p');
    for (int i = 0; i < 3; ++i) {
        provider_->say({verbatim{ping, false}});
        EXPECT_THAT(take(), ElementsAre());
    }
    provider_->say({verbatim{ping, false}});
    EXPECT_THAT(take(), ElementsAre("upstream_error"));
    EXPECT_TRUE(provider_->cancelled);
}

TEST_F(Attempts, TimeOutWithoutAFirstTokenWhateverPingsCame) {
    begin({.first_token = 20ms, .progress = 10s, .total = {}});
    provider_->say({verbatim{"ping", false}});
    take();
    run_until_told();
    EXPECT_TRUE(provider_->cancelled);
    EXPECT_TRUE(subject_->waiting());
    EXPECT_THAT(take(), ElementsAre("first_token_timeout"));
    EXPECT_EQ(ending_->failure->status, 504);
    EXPECT_EQ(ending_->failure->outcome, outcome::first_token_timeout);
    EXPECT_THAT(take(), ElementsAre());
}

TEST_F(Attempts, TimeOutWithoutProgressAfterTheFirstToken) {
    begin({.first_token = 10s, .progress = 20ms, .total = {}});
    provider_->say({text_delta{0, "Hi"}});
    EXPECT_THAT(take(), ElementsAre("Hi"));
    run_until_told();
    EXPECT_THAT(take(), ElementsAre("progress_timeout"));
    EXPECT_TRUE(provider_->cancelled);
}

TEST_F(Attempts, TimeOutAtTheTotalInSpiteOfProgress) {
    begin({.first_token = 10s, .progress = 10s, .total = 20ms});
    provider_->say({text_delta{0, "Hi"}});
    EXPECT_THAT(take(), ElementsAre("Hi"));
    run_until_told();
    EXPECT_THAT(take(), ElementsAre("deadline"));
}

TEST_F(Attempts, TheProgressClockStandsStillWhileTheOwnerDoesNotTake) {
    begin({.first_token = 5ms, .progress = 5ms, .total = {}});
    provider_->say({text_delta{0, "Hi"}});
    const int told = calls_;
    context_.run_for(60ms);  // several times the limit
    EXPECT_EQ(calls_, told);
    EXPECT_FALSE(provider_->cancelled);
    EXPECT_THAT(take(), ElementsAre("Hi"));
    run_until_told();  // from now on it is the provider that is late
    EXPECT_THAT(take(), ElementsAre("progress_timeout"));
}

TEST_F(Attempts, AnEndStopsTheClocks) {
    begin({.first_token = 5ms, .progress = 5ms, .total = 5ms});
    provider_->say({text_delta{0, "Hi"}}, ending{});
    EXPECT_THAT(take(), ElementsAre("Hi", "completed"));
    const int told = calls_;
    context_.run_for(1s);  // returns when no timer is left
    EXPECT_TRUE(context_.stopped());
    EXPECT_EQ(calls_, told);
    EXPECT_FALSE(provider_->cancelled);
}

TEST_F(Attempts, NothingIsToldAfterACancel) {
    begin({.first_token = 5ms, .progress = 5ms, .total = 5ms});
    subject_->cancel();
    EXPECT_TRUE(provider_->cancelled);
    provider_->say({text_delta{0, "late"}});
    context_.run_for(1s);
    EXPECT_EQ(calls_, 0);
    EXPECT_FALSE(subject_->waiting());
    EXPECT_THAT(take(), ElementsAre());
}

}  // namespace
}  // namespace sluice::upstream::testing
