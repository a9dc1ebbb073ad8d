#include "gateway/http/position.hpp"
#include "tests/gateway/streams/workshop.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <deque>
#include <optional>
#include <random>

/// Random generations, cuts, returns, slow readers, evictions and stops, on two workers: whatever
/// comes, a reader ends with the whole sequence or with an error that says so.
///
/// SLUICE_SCHEDULES: how many (10,000). SLUICE_SEED: the first one's seed; with SLUICE_SCHEDULES=1
/// it runs the one that failed again.
namespace sluice::gateway::testing {
namespace {

unsigned long from_environment(const char* name, unsigned long otherwise) {
    const char* text = std::getenv(name);
    return text ? std::strtoul(text, nullptr, 10) : otherwise;
}

/// A frame without its stream's id: the line that bears it, and what `start` says.
std::string without_id(const std::string& frame) {
    auto rest = frame.substr(0, frame.rfind("id: "));
    const auto at = rest.find("{\"id\":\"");
    if (at != std::string::npos) rest.erase(at, rest.find(',', at) - at);
    return rest;
}

/// A client that loses its connection and comes back to whichever worker it hits.
class wanderer final : public reader {
 public:
    ~wanderer() { cut(); }

    void on_frames() override {
        if (eager) take(1000);
    }
    std::uint64_t taken() const override { return offset_; }

    void take(std::size_t most) {
        if (!from_) return;
        const auto& journal = from_->frames();
        std::string frame;
        for (; most > 0 && next_ < journal.next_sequence(); --most) {
            if (next_ < journal.first_sequence()) {
                outcome = "gap";
                break;
            }
            ASSERT_TRUE(journal.read(next_++, frame));
            frames.push_back(frame);
            from_->note_start_delivered();
        }
        offset_ = journal.offset_of(next_).value_or(journal.end_offset());
        if (from_->ended() && next_ == journal.next_sequence()) outcome = "done";
    }
    void take_and_tell(std::size_t most) {
        take(most);
        if (from_) from_->progressed(*this);
    }
    void cut() {
        if (auto* from = std::exchange(from_, nullptr)) from->detach(*this);
    }
    /// What GET /v1/streams/{id} does.
    void come_to(registry& streams, const std::string& id) {
        if (from_ || asking || !outcome.empty()) return;
        asking = true;
        streams.find(id, next_, [this](publication* found) {
            asking = false;
            std::optional<std::uint64_t> last;
            if (next_ > 0) last = next_ - 1;
            attach_decision decision;
            if (found) decision = decide_attach(*found, {}, last);
            if (decision.status != 200) {
                outcome = std::to_string(decision.status);
                return;
            }
            ASSERT_EQ(decision.sequence, next_);
            ASSERT_GE(next_, found->frames().first_sequence()) << "a hole, and not a word of it";
            from_ = found;
            offset_ = found->frames().offset_of(next_).value_or(found->frames().end_offset());
            found->attach(*this);
            if (eager) take_and_tell(1000);
        });
    }
    /// What one who has seen the end is told, for as long as the stream is held.
    void expect_stop_sign(registry& streams, const std::string& id) const {
        streams.find(id, next_, [this](publication* found) {
            if (!found) return;
            EXPECT_EQ(decide_attach(*found, {}, next_ - 1).status, 204);
            ++stop_signs;
        });
    }

    bool eager = true;
    bool asking = false;
    static inline std::size_t stop_signs = 0;
    std::string outcome;  ///< done, gap, or the status it was refused with
    std::vector<std::string> frames;

 private:
    publication* from_ = nullptr;
    std::uint64_t next_ = 0;
    std::uint64_t offset_ = 0;
};

class Schedules : public ::testing::Test {
 protected:
    static constexpr std::size_t workers = 2;

    Schedules() {
        for (auto& worker : workers_)
            worker.streams.know_peers(both_);
    }

    static std::shared_ptr<configuration> cramped() {
        auto settings = quick_settings();
        settings->telemetry.server_timing = false;  // the same frames each time
        settings->streams.backlog = 2048;
        settings->streams.journal = 8192;
        settings->streams.worker_journal = 64 * 1024;
        settings->streams.grace = 1ms;
        settings->streams.retention = 1s;
        return settings;
    }

    std::size_t pick(std::size_t below) { return random_() % below; }
    bool chance(unsigned percent) { return pick(100) < percent; }

    stream_plan plan(std::size_t tokens) {
        auto made = workers_[0].plan({{"tokens", std::to_string(tokens)}});
        const disconnect_policy policies[] = {
            disconnect_policy::keep,
            disconnect_policy::keep,
            disconnect_policy::grace,
            disconnect_policy::cancel};
        made.on_disconnect = policies[pick(4)];
        made.detached = chance(20);
        return made;
    }

    void run_some() {
        auto& worker = workers_[pick(workers)];
        worker.context.restart();
        for (auto handlers = pick(4); handlers > 0; --handlers)
            worker.context.poll_one();
    }
    void run_all() {
        for (int round = 0; round < 200; ++round) {
            std::size_t ran = 0;
            for (auto& worker : workers_) {
                worker.context.restart();
                ran += worker.context.poll();
            }
            if (ran == 0) return;
        }
    }

    /// The frames of an uninterrupted reader, for each number of tokens.
    const std::vector<std::string>& reference(std::size_t tokens) {
        auto& known = references_[tokens];
        if (!known.empty()) return known;
        auto& stream =
            workers_[0].streams.open(workers_[0].plan({{"tokens", std::to_string(tokens)}}));
        test_reader whole;
        whole.join(stream);
        EXPECT_TRUE(workers_[0].run_until([&] { return whole.ended; }));
        for (const auto& frame : whole.frames)
            known.push_back(without_id(frame));
        return known;
    }

    void step(const std::string& id, std::deque<wanderer>& readers) {
        auto& one = readers[pick(readers.size())];
        switch (pick(8)) {
            case 0:
                return one.come_to(workers_[pick(workers)].streams, id);
            case 1:
                return one.cut();
            case 2:
                one.eager = !one.eager;
                return;
            case 3:
                return one.take_and_tell(1 + pick(6));
            case 4:
                // Others need memory, too.
                if (chance(10)) workers_[0].streams.open(plan(1 + pick(200)));
                return;
            case 5:
                if (chance(4)) workers_[pick(workers)].streams.stop(id, {}, [](bool) {});
                return;
            default:
                return run_some();
        }
    }

    /// Everybody comes back as often as it takes.
    void finish(const std::string& id, std::deque<wanderer>& readers) {
        for (int round = 0; round < 500; ++round) {
            bool all = true;
            for (auto& one : readers) {
                one.eager = true;
                one.come_to(workers_[pick(workers)].streams, id);
                one.take_and_tell(1000);
                all = all && !one.outcome.empty();
            }
            if (all) return;
            run_all();
        }
    }

    /// Dense from 0, the same bytes as everybody's, and an end.
    void expect_honest(
        const wanderer& one, const std::string& id, const std::vector<std::string>& wanted
    ) {
        ASSERT_NE(one.outcome, "") << "never came to an end";
        ASSERT_NE(one.outcome, "400");
        ASSERT_NE(one.outcome, "204") << "told to stop before it saw the end";
        const bool whole = one.outcome == "done";
        for (std::size_t i = 0; i < one.frames.size(); ++i) {
            const bool last = whole && i + 1 == one.frames.size();
            ASSERT_TRUE(one.frames[i].ends_with("\nid: " + id + "/" + std::to_string(i) + "\n\n"));
            if (!last) {
                ASSERT_LT(i, wanted.size());
                ASSERT_EQ(without_id(one.frames[i]), wanted[i]);
            }
        }
        if (!whole) return;
        ASSERT_FALSE(one.frames.empty());
        ASSERT_NE(one.frames.back().find("event: done\n"), std::string::npos);
        const bool stopped =
            one.frames.back().find("\"finish_reason\":\"stop\"") == std::string::npos &&
            one.frames.back().find("\"finish_reason\":\"length\"") == std::string::npos;
        if (!stopped) {
            ASSERT_EQ(one.frames.size(), wanted.size());
            ASSERT_EQ(without_id(one.frames.back()), wanted.back());
        }
    }

    void run_schedule() {
        const std::size_t tokens = 1 + pick(chance(30) ? 600 : 60);
        const auto& wanted = reference(tokens);
        auto& stream = workers_[0].streams.open(plan(tokens));
        const auto id = stream.id();
        std::deque<wanderer> readers(1 + pick(4));
        // The one who began it is there from the first moment on, if there is one.
        if (!stream.plan().detached) {
            stream.attach(beginner_.emplace());
        }
        for (auto steps = 20 + pick(120); steps > 0; --steps) {
            step(id, readers);
            if (beginner_ && chance(3)) leave_beginner(id);
        }
        leave_beginner(id);
        finish(id, readers);
        for (const auto& one : readers)
            expect_honest(one, id, wanted);
        for (auto& one : readers) {
            ++outcomes_[one.outcome];
            one.cut();
            if (one.outcome == "done") one.expect_stop_sign(workers_[pick(workers)].streams, id);
        }
        run_all();
    }

    /// Its connection is lost.
    void leave_beginner(const std::string& id) {
        if (!beginner_) return;
        std::optional<publication*> found;
        workers_[0].streams.join(id, [&](publication* there) { found = there; });
        if (found && *found) (*found)->detach(*beginner_);
        beginner_.reset();
    }

    /// Takes all at once and tells nobody.
    class first_reader final : public reader {
     public:
        void on_frames() override {}
        std::uint64_t taken() const override { return 0; }
    };

    workshop workers_[workers]{workshop{0, cramped()}, workshop{1, cramped()}};
    std::mt19937_64 random_;
    std::map<std::string, std::size_t> outcomes_;

 private:
    peers both_{
        {{&workers_[0].context, &workers_[0].streams},
         {&workers_[1].context, &workers_[1].streams}}};
    std::map<std::size_t, std::vector<std::string>> references_;
    std::optional<first_reader> beginner_;
};

TEST_F(Schedules, LoseNothingDoubleNothingAndSayHowTheyEnd) {
    const auto first = from_environment("SLUICE_SEED", 1);
    const auto count = from_environment("SLUICE_SCHEDULES", 10'000);
    for (auto seed = first; seed < first + count; ++seed) {
        SCOPED_TRACE("SLUICE_SEED=" + std::to_string(seed) + " SLUICE_SCHEDULES=1");
        random_.seed(seed);
        run_schedule();
        if (HasFatalFailure()) return;
    }
    if (count < 1000) return;
    // All that may happen did, and most readers had it all.
    EXPECT_GT(outcomes_["done"], count);
    EXPECT_GT(outcomes_["gap"] + outcomes_["410"], 0U);
    EXPECT_GT(outcomes_["404"], 0U);
    EXPECT_GT(wanderer::stop_signs, count);
}

}  // namespace
}  // namespace sluice::gateway::testing
