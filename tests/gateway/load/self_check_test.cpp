#include "gateway/load/report/self_check.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cerrno>

namespace sluice::gateway::load::testing {

namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr std::int64_t ms = 1'000'000;

/// A run of so many streams in which the client did all in time.
figures healthy(std::uint64_t streams = 1000) {
    figures seen;
    seen.due = seen.started = seen.whole = streams;
    seen.cpu_s = 5;
    for (std::uint64_t i = 0; i < streams; ++i) {
        seen.of(metric::schedule_lag).record(ms / 10);
        seen.of(metric::ttft_content).record(100 * ms);
        seen.loop_lag.record(ms / 10);
    }
    return seen;
}

const client_means one_core{1, 2, 10};

std::vector<std::string> reasons(const figures& seen, std::string_view wanted = "") {
    const objectives none;
    return client_bottlenecks(seen, wanted.empty() ? none : *parse_objectives(wanted), one_core);
}

void make_late(histogram& lag, int times, std::int64_t ns) {
    for (int i = 0; i < times; ++i)
        lag.record(ns);
}

TEST(SelfCheck, FindsNothingWhereTheClientWasInTime) {
    EXPECT_THAT(reasons(healthy()), IsEmpty());
    EXPECT_THAT(reasons(figures{}), IsEmpty());
}

TEST(SelfCheck, FindsThatStreamsWereAskedForLate) {
    figures seen = healthy();
    make_late(seen.of(metric::schedule_lag), 20, 20 * ms);
    EXPECT_THAT(
        reasons(seen),
        ElementsAre("the client asked late: 1 % of the streams 20.0 ms or more after they were due "
                    "(10.0 ms is the limit)")
    );
}

TEST(SelfCheck, LetsStreamsBeLateByATwentiethOfWhatIsMeasured) {
    figures seen = healthy();
    make_late(seen.of(metric::schedule_lag), 20, 20 * ms);
    EXPECT_EQ(schedule_lag_limit_ns(seen, *parse_objectives("ttft=500ms,e2e=10s")), 25 * ms);
    EXPECT_THAT(reasons(seen, "ttft=500ms,e2e=10s"), IsEmpty());
    make_late(seen.of(metric::ttft_content), 2000, 1000 * ms);
    EXPECT_THAT(reasons(seen), IsEmpty());
    EXPECT_EQ(reasons(seen, "ttft=300ms").size(), 1U);
}

TEST(SelfCheck, MeasuresLatenessByNoObjectiveThatItIsNotIn) {
    figures seen = healthy();
    make_late(seen.of(metric::ttft_content), 2000, 1000 * ms);
    EXPECT_EQ(
        schedule_lag_limit_ns(seen, *parse_objectives("gap=900ms,tpot=900ms")),
        schedule_lag_limit_ns(seen, {})
    );
}

TEST(SelfCheck, ForgivesOneHiccupInARunOfFewStreams) {
    figures seen = healthy(20);
    make_late(seen.of(metric::schedule_lag), 1, 500 * ms);
    make_late(seen.loop_lag, 1, 500 * ms);
    EXPECT_THAT(reasons(seen), IsEmpty());
    make_late(seen.of(metric::schedule_lag), 1, 500 * ms);
    EXPECT_THAT(reasons(seen), ElementsAre(HasSubstr("the client asked late")));
}

TEST(SelfCheck, FindsThatItsEventLoopWasLate) {
    figures seen = healthy();
    make_late(seen.loop_lag, 20, 12 * ms);
    EXPECT_THAT(
        reasons(seen),
        ElementsAre("the client read late: 1 % of its event loop's turns came 12.0 ms or more late "
                    "(10.0 ms is the limit)")
    );
}

TEST(SelfCheck, FindsThatItsThreadsWereBusy) {
    figures seen = healthy();
    seen.cpu_s = 9.5;
    EXPECT_THAT(
        client_bottlenecks(seen, {}, {1, 2, 10}),
        ElementsAre("the client's threads used 95 % of the 1.00 core they can use (90 % is the "
                    "limit); more workers would have more")
    );
    EXPECT_THAT(client_bottlenecks(seen, {}, {2, 2, 10}), IsEmpty());
    seen.cpu_s = 19;
    EXPECT_THAT(
        client_bottlenecks(seen, {}, {4, 2, 10}),
        ElementsAre("the client's threads used 95 % of the 2.00 cores they can use (90 % is the "
                    "limit)")
    );
    EXPECT_THAT(client_bottlenecks(seen, {}, {4, 2, 0}), IsEmpty());
}

TEST(SelfCheck, FindsThatStreamsWereNeverAskedFor) {
    figures seen = healthy();
    seen.due = 1010;
    EXPECT_THAT(reasons(seen), IsEmpty());
    seen.due = 1100;
    EXPECT_THAT(
        reasons(seen),
        ElementsAre("100 of the 1,100 streams that were due were never asked for (1 % is the "
                    "limit)")
    );
}

TEST(SelfCheck, TakesARefusedStreamForOneThatWasAskedFor) {
    figures seen = healthy();
    seen.due = 1500;
    seen.failed = 500;
    seen.errors["connection refused"] = 500;
    EXPECT_THAT(reasons(seen), IsEmpty());
}

TEST(SelfCheck, ForgivesTheStreamThatWasDueWhenARunEnded) {
    figures seen = healthy(10);
    seen.due = 11;
    EXPECT_THAT(reasons(seen), IsEmpty());
}

TEST(SelfCheck, FindsThatItsMachineWasOutOfWhatStreamsNeed) {
    figures seen = healthy();
    seen.errors["HTTP 429"] = 100;
    seen.errors[std::string(own_error_kind(EADDRNOTAVAIL).value())] = 1234;
    seen.errors[std::string(own_error_kind(EMFILE).value())] = 1;
    EXPECT_THAT(
        reasons(seen),
        ElementsAre(
            "the client was out of local ports 1,234 times; name more source addresses",
            "the client was out of descriptors 1 time; raise 'ulimit -n'"
        )
    );
}

TEST(SelfCheck, BlamesTheServerForItsOwnErrors) {
    EXPECT_EQ(own_error_kind(ECONNREFUSED), std::nullopt);
    EXPECT_EQ(own_error_kind(ECONNRESET), std::nullopt);
    EXPECT_EQ(own_error_kind(ETIMEDOUT), std::nullopt);
}

TEST(SelfCheck, SaysInTheHelpWhatItLooksAt) {
    const std::string help = self_check_help();
    for (const char* part : {"exit 4", "10.0 ms", "5 %", "90 %", "1 %", "local ports"})
        EXPECT_THAT(help, HasSubstr(part));
}

}  // namespace

}  // namespace sluice::gateway::load::testing
