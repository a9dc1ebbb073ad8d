#pragma once

#include "tests/upstream/routing/destinations.hpp"
#include "upstream/routing/attempts.hpp"

#include <boost/asio/io_context.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace sluice::upstream::testing {

using namespace std::chrono_literals;
using ::testing::ElementsAre;

/// One attempt, as the test that plays the provider sees it. Outlives its source.
struct played_attempt {
    std::string target;
    upstream::call asked;
    source_listener* listener = nullptr;
    std::deque<batch> waiting;
    response_head head;
    bool open = true;  ///< not cut off

    void say(std::vector<item> items, std::optional<ending> end = std::nullopt) {
        batch made;
        made.items = std::move(items);
        made.ending = std::move(end);
        waiting.push_back(std::move(made));
        if (open) listener->on_ready();
    }
    void say(std::string_view text) { say({text_delta{0, text}}); }
    void fail(remedy remedy, std::string message = "no", std::string retry_after = {}) {
        failure reason;
        reason.remedy = remedy;
        reason.message = std::move(message);
        reason.retry_after = std::move(retry_after);
        reason.retryable = remedy == remedy::again;
        say({}, ending{reason.outcome, reason});
    }
};

/// Gives what its attempt says. Spoils its texts at the next take, as a codec's buffer would.
class played_source final : public source {
 public:
    explicit played_source(std::shared_ptr<played_attempt> of) : of_(std::move(of)) {}
    ~played_source() override { of_->open = false; }

    void take(batch& out) override {
        out.clear();
        for (auto& text : texts_)
            text.assign(text.size(), '#');
        if (of_->waiting.empty()) return;
        for (auto& one : of_->waiting.front().items) {
            if (auto* part = std::get_if<text_delta>(&one)) keep(part->text);
            if (auto* part = std::get_if<verbatim>(&one)) keep(part->bytes);
            if (auto* part = std::get_if<identity>(&one)) keep(part->model);
            out.items.push_back(one);
        }
        out.ending = std::move(of_->waiting.front().ending);
        of_->waiting.pop_front();
    }
    bool waiting() const override { return !of_->waiting.empty(); }
    bool can_pause() const override { return true; }
    void cancel() override { of_->open = false; }
    const response_head& head() const override { return of_->head; }

 private:
    void keep(std::string_view& view) { view = texts_.emplace_back(view); }

    std::shared_ptr<played_attempt> of_;
    std::deque<std::string> texts_;
};

/// A generation whose providers the test plays. Backoff takes no time unless a test wants it.
class AttemptsBench : public ::testing::Test, public source_listener {
 protected:
    AttemptsBench() {
        rules.retry.backoff = 0ms;
        rules.retry.budget = 1;
    }

    /// Adds a target; its name is `name/m`.
    void add(std::string name, int priority = 1, int weight = 1) {
        auto provider = std::make_shared<upstream::provider>();
        provider->settings.name = std::move(name);
        provider->breaker = breaker;
        provider->prefill = prefill;
        provider->settings.client_key = client_key;
        targets.push_back(candidate_of(std::move(provider), "m", priority));
        targets.back().weight = weight;
    }
    void begin() {
        if (targets.empty()) add("a");
        auto to = destination_of(targets, rules, limits);
        route = to.route;
        if (before) before(*route);
        subject.emplace(
            context,
            std::move(to),
            call,
            [this](const candidate& target, upstream::call& asked, source_listener& listener) {
                auto made = std::make_shared<played_attempt>();
                made->target = target.provider->settings.name;
                made->asked = asked;
                made->listener = &listener;
                asked_for.push_back(made);
                return std::make_unique<played_source>(made);
            },
            *this
        );
    }
    /// Lets a target be known to fail, without being left alone.
    static void spoil(const candidate& target) {
        failure reason;
        reason.remedy = remedy::again;
        target_health::begin(target.health, std::chrono::steady_clock::now(), false)
            ->end(
                {reason.outcome, reason},
                std::chrono::steady_clock::now(),
                std::chrono::system_clock::now()
            );
    }
    void spend_budget() {
        rules.retry.budget = 0.2;
        before = [](route_state& state) {
            while (state.budget.take(std::chrono::steady_clock::now())) {
            }
        };
    }
    target_health::standing standing(std::size_t target) const {
        return targets.at(target).health->look(std::chrono::steady_clock::now());
    }

    /// The attempt of that number, from 0.
    played_attempt& attempt(std::size_t number) { return *asked_for.at(number); }
    /// The targets that were asked, in order.
    std::vector<std::string> asked() const {
        std::vector<std::string> names;
        for (const auto& one : asked_for)
            names.push_back(one->target);
        return names;
    }

    /// What one take gives: texts, "model=x", frames, "finish", "usage=in/out", "continued", then
    /// the ending's word.
    std::vector<std::string> take() {
        batch out;
        subject->take(out);
        std::vector<std::string> told;
        if (out.continued) told.emplace_back("continued");
        for (const auto& one : out.items) {
            if (const auto* part = std::get_if<text_delta>(&one)) told.emplace_back(part->text);
            if (const auto* who = std::get_if<identity>(&one))
                told.push_back("model=" + std::string{who->model});
            if (const auto* frame = std::get_if<verbatim>(&one)) told.emplace_back(frame->bytes);
            if (const auto* end = std::get_if<finish>(&one))
                told.push_back("finish=" + std::string{to_string(end->reason)});
            if (const auto* used = std::get_if<usage>(&one))
                told.push_back(
                    "usage=" + std::to_string(used->input_tokens.value_or(-1)) + "/" +
                    std::to_string(used->output_tokens.value_or(-1))
                );
        }
        if (out.ending) told.emplace_back(to_string(out.ending->outcome));
        if (out.ending) end = out.ending;
        return told;
    }

    void on_ready() override { ++calls; }

    /// Lets the clocks run until it holds; false if it never does.
    template <class Condition>
    bool run_until(Condition holds) {
        const auto deadline = std::chrono::steady_clock::now() + 10s;
        while (!holds()) {
            if (std::chrono::steady_clock::now() > deadline) return false;
            context.restart();
            context.run_one_for(20ms);
        }
        return true;
    }
    bool run_until_told() {
        const int before_it = calls;
        return run_until([&] { return calls > before_it; });
    }
    bool run_until_asked(std::size_t count) {
        return run_until([&] { return asked_for.size() >= count; });
    }

    routing_rules rules;
    timeouts limits;
    breaker_rules breaker;
    bool prefill = false;
    bool client_key = false;
    upstream::call call;
    std::function<void(route_state&)> before;  ///< sets the route's state up

    boost::asio::io_context context{1};
    std::vector<candidate> targets;
    std::shared_ptr<route_state> route;
    std::vector<std::shared_ptr<played_attempt>> asked_for;
    std::optional<attempts> subject;
    std::optional<ending> end;
    int calls = 0;
};

inline usage used(std::optional<std::int64_t> input, std::optional<std::int64_t> output = {}) {
    usage made;
    made.input_tokens = input;
    made.output_tokens = output;
    return made;
}

inline ending failed(outcome outcome, remedy remedy = remedy::none) {
    failure reason;
    reason.outcome = outcome;
    reason.remedy = remedy;
    return {outcome, reason};
}

}  // namespace sluice::upstream::testing
