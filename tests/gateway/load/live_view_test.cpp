#include "gateway/load/report/live_view.hpp"

#include "gateway/load/report/live_row.hpp"
#include "gateway/load/wire/descriptor.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <map>
#include <optional>
#include <pty.h>
#include <string>
#include <string_view>
#include <sys/ioctl.h>
#include <unistd.h>
#include <vector>

namespace sluice::gateway::load::testing {

namespace {

using ::testing::Contains;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::SizeIs;
using ::testing::StartsWith;

constexpr terminal_style plain{false, false};
constexpr terminal_style rich{true, true};
const live_subject mock{"sluice load http://127.0.0.1:8080/", 1, true, true};

run_glance busy_run() {
    run_glance now;
    now.elapsed_s = 15;
    now.left_s = 45;
    now.due = 12'400;
    now.started = 12'398;
    now.ended = 12'001;
    now.live = 397;
    now.events_per_s = 1023;
    now.mb_per_s = 0.31;
    now.cpu_share = 0.34;
    now.ttft_ns = {201'000'000, 220'000'000, 260'000'000};
    now.gap_ns = {20'000'000, 21'000'000, 25'000'000};
    now.added_ns = {110'000, 180'000, 410'000};
    return now;
}

/// What people would see: without colours, a column for each sign.
std::string seen(const std::string& text) {
    std::string all;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '\x1b') {
            i = text.find('m', i);
        } else if ((static_cast<unsigned char>(text[i]) & 0xC0U) != 0x80) {
            all += static_cast<unsigned char>(text[i]) < 0x80 ? text[i] : '~';
        }
    }
    return all;
}

std::vector<std::string> frame_of(
    const run_glance& now, screen_size size = {100, 30}, terminal_style style = plain
) {
    live_history past;
    past.add(now);
    return draw(mock, now, past, std::nullopt, size, style);
}

TEST(LiveFrame, ShowsARunOnOneScreen) {
    live_history past;
    run_glance now = busy_run();
    now.elapsed_s = 13;
    now.due -= 40;
    now.events_per_s = 511;
    past.add(now);
    past.add(busy_run());
    EXPECT_THAT(
        draw(mock, busy_run(), past, server_glance{0.62, 41'500'000}, {100, 30}, plain),
        ElementsAre(
            "sluice load http://127.0.0.1:8080/",
            "0:15     ###############.............................................  0:45 left",
            "",
            "streams         due   started     ended    failed      live",
            "in all       12,400    12,398    12,001         0       397",
            "per s          20.0         0         0         0",
            "",
            "times           p50       p90       p99",
            "ttft         201 ms    220 ms    260 ms",
            "gap         20.0 ms   21.0 ms   25.0 ms",
            "added        110 us    180 us    410 us",
            "",
            "events/s      1,023  =@",
            "ttft p99     260 ms  @@",
            "MB/s           0.31",
            "",
            "content           0  broken",
            "client         34 %  of a core",
            "server         62 %  of a core, 41.5 MB"
        )
    );
}

TEST(LiveFrame, FitsIntoEveryScreen) {
    run_glance now = busy_run();
    now.errors = {{"HTTP 429", 9}, {std::string(200, 'x'), 1}};
    now.broken_content = 1;
    for (std::size_t columns = 1; columns <= 120; ++columns) {
        for (std::size_t rows = 1; rows <= 40; ++rows) {
            const auto lines = frame_of(now, {columns, rows}, rich);
            ASSERT_LE(lines.size(), std::max<std::size_t>(rows, 2) - 1);
            for (const std::string& line : lines)
                ASSERT_LT(seen(line).size(), columns) << line;
        }
    }
}

TEST(LiveFrame, KeepsWhatMattersMostOnALowScreen) {
    run_glance now = busy_run();
    now.broken_content = 3;
    const auto lines = frame_of(now, {100, 7});
    EXPECT_THAT(lines, SizeIs(6));
    EXPECT_THAT(lines, Contains(HasSubstr("3  broken")));
    EXPECT_THAT(lines, Contains(StartsWith("in all")));
    EXPECT_THAT(lines, Not(Contains(StartsWith("events/s"))));
    EXPECT_THAT(lines, Not(Contains("")));
}

TEST(LiveFrame, ShowsBrokenContentInRed) {
    run_glance now = busy_run();
    now.broken_content = 3;
    EXPECT_THAT(
        frame_of(now, {100, 30}, rich),
        Contains(HasSubstr("\x1b[1;31m3\x1b[0m\x1b[1;31m  broken: lost, doubled"))
    );
}

TEST(LiveFrame, SaysNothingAboutContentThatNobodyChecks) {
    const auto lines = draw({"sluice load", 1, false, false}, busy_run(), {}, {}, {}, plain);
    EXPECT_THAT(lines, Not(Contains(HasSubstr("broken"))));
    EXPECT_THAT(lines, Not(Contains(StartsWith("added"))));
}

TEST(LiveFrame, ListsErrorsTheMostFrequentFirst) {
    run_glance now = busy_run();
    now.failed = 21;
    for (int kind = 0; kind < 9; ++kind)
        now.errors.emplace_back("HTTP 50" + std::to_string(kind), 20 - kind);
    const auto lines = frame_of(now);
    EXPECT_THAT(lines, Contains("errors           20  HTTP 500"));
    EXPECT_THAT(lines, Contains("                 13  HTTP 507"));
    EXPECT_THAT(lines, Not(Contains(HasSubstr("HTTP 508"))));
    EXPECT_EQ(lines.back(), "                     and of other kinds");
}

TEST(LiveFrame, LetsNoForeignTextSteerTheTerminal) {
    run_glance now = busy_run();
    now.errors = {
        {"a\x1b[2Jb\r\n\xC2\x9B"
         "c",
         1}};
    EXPECT_EQ(frame_of(now).back(), "errors            1  a?[2Jb????c");
}

TEST(LiveFrame, WarnsWhenTheClientIsBusy) {
    run_glance now = busy_run();
    now.cpu_share = 0.85;
    EXPECT_THAT(
        frame_of(now), Contains("client         85 %  of a core; busy: it may measure itself")
    );
    const live_subject two{"sluice load", 2, false, false};
    EXPECT_THAT(draw(two, now, {}, {}, {}, plain), Contains("client         43 %  of 2 cores"));
}

TEST(LiveFrame, KnowsNoEndOfARunThatHasNone) {
    run_glance now = busy_run();
    now.elapsed_s = 3723;
    now.left_s = -1;
    EXPECT_EQ(frame_of(now)[1], "1:02:03  until it is stopped");
}

TEST(LiveFrame, UsesColoursAndSignsOnlyWhereTheTerminalHasThem) {
    for (const std::string& line : frame_of(busy_run())) {
        for (const char c : line)
            EXPECT_TRUE(c >= ' ' && c <= '~') << line;
    }
    const auto lines = frame_of(busy_run(), {100, 30}, rich);
    EXPECT_THAT(lines, Contains(HasSubstr("█")));
    EXPECT_THAT(lines, Contains(HasSubstr("\x1b[2m")));
    EXPECT_THAT(frame_of(busy_run(), {100, 30}, {false, true}), Each(Not(HasSubstr("\x1b"))));
}

TEST(LiveRow, DrawsValuesAsHighAsTheyAre) {
    live_row row(20, {false, true});
    const std::vector<double> values{0, 1, 2, 3, 4, 5, 6, 7, -1};
    EXPECT_EQ(row.sparkline(values, 20).text(), "▁▂▃▄▅▆▇█ ");
    live_row narrow(20, {false, true});
    EXPECT_EQ(narrow.sparkline(values, 3).text(), "▇█ ");
    live_row flat(20, plain);
    EXPECT_EQ(flat.sparkline(std::vector<double>{0, 0}, 20).text(), "..");
}

TEST(LiveHistory, KeepsOneValueForEachSecondOfTheLastMinute) {
    live_history past;
    for (int quarter = 0; quarter < 4 * 100; ++quarter) {
        run_glance now;
        now.elapsed_s = quarter / 4.0;
        now.events_per_s = quarter;
        past.add(now);
    }
    const auto values = past.events_per_s();
    ASSERT_EQ(values.size(), 60U);
    EXPECT_EQ(values.front(), 4 * 40 + 3);
    EXPECT_EQ(values.back(), 399);
}

TEST(LiveHistory, TellsTheRatesOfTheLastSeconds) {
    live_history past;
    EXPECT_EQ(past.recent(), std::nullopt);
    for (const double elapsed_s : {0.0, 10.0, 11.0, 12.0, 13.0}) {
        run_glance now;
        now.elapsed_s = elapsed_s;
        now.due = static_cast<std::uint64_t>(elapsed_s * elapsed_s);
        now.ended = 5;
        past.add(now);
    }
    ASSERT_TRUE(past.recent());
    EXPECT_DOUBLE_EQ(past.recent()->due, (169.0 - 100.0) / 3);
    EXPECT_EQ(past.recent()->ended, 0);
}

TEST(LiveHistory, BeginsAnewWithAnotherRun) {
    live_history past;
    for (const double elapsed_s : {58.0, 59.0, 0.5, 1.5}) {
        run_glance now;
        now.elapsed_s = elapsed_s;
        now.due = static_cast<std::uint64_t>(elapsed_s * 2);
        past.add(now);
    }
    EXPECT_EQ(past.events_per_s().size(), 2U);
    ASSERT_TRUE(past.recent());
    EXPECT_DOUBLE_EQ(past.recent()->due, 2);
}

std::optional<terminal_style> style_in(const std::map<std::string, const char*>& variables) {
    return terminal_style_of([&](const char* name) {
        const auto found = variables.find(name);
        return found == variables.end() ? nullptr : found->second;
    });
}

TEST(TerminalStyle, IsWhatTheEnvironmentSays) {
    EXPECT_EQ(style_in({{"TERM", "xterm"}, {"LANG", "en_GB.UTF-8"}}), rich);
    EXPECT_EQ(style_in({{"TERM", "xterm"}, {"LC_CTYPE", "C.utf8"}, {"LANG", "C"}}), rich);
    EXPECT_EQ(
        style_in({{"TERM", "xterm"}, {"LC_ALL", "C"}, {"LANG", "en_GB.UTF-8"}, {"NO_COLOR", "1"}}),
        plain
    );
    EXPECT_EQ(style_in({{"TERM", "xterm"}, {"NO_COLOR", ""}}), (terminal_style{true, false}));
    EXPECT_EQ(style_in({{"TERM", "dumb"}, {"LANG", "C.UTF-8"}}), std::nullopt);
    EXPECT_EQ(style_in({{"LANG", "C.UTF-8"}}), std::nullopt);
}

/// A terminal that a test looks at from the other end.
class terminal {
 public:
    terminal() {
        int there = -1;
        int here = -1;
        winsize size{};
        size.ws_col = 80;
        size.ws_row = 24;
        if (::openpty(&there, &here, nullptr, nullptr, &size) != 0) std::abort();
        other_end_.reset(there);
        screen_.reset(here);
        // Bytes come out as they were written.
        termios modes{};
        ::tcgetattr(here, &modes);
        modes.c_oflag &= ~static_cast<tcflag_t>(OPOST);
        ::tcsetattr(here, TCSANOW, &modes);
        ::setenv("TERM", "xterm", 1);
    }

    int fd() const { return screen_.get(); }
    /// What has been written since the last call.
    std::string output() const {
        std::array<char, 16384> text{};
        const ssize_t size = ::read(other_end_.get(), text.data(), text.size());
        return {text.data(), static_cast<std::size_t>(size > 0 ? size : 0)};
    }
    bool echoes() const {
        termios modes{};
        ::tcgetattr(fd(), &modes);
        return (modes.c_lflag & ECHO) != 0;
    }
    void resize(unsigned short columns) const {
        winsize size{};
        size.ws_col = columns;
        size.ws_row = 24;
        ::ioctl(fd(), TIOCSWINSZ, &size);
    }

 private:
    descriptor other_end_;
    descriptor screen_;
};

/// All that there is by now; frames come in parts.
std::string all_output(const terminal& screen, std::string_view until) {
    std::string all;
    while (all.find(until) == std::string::npos)
        all += screen.output();
    return all;
}

constexpr std::string_view frame_end = "\x1b[?2026l";

TEST(LiveView, WritesNothingWhereThereIsNoTerminal) {
    std::array<int, 2> ends{};
    ASSERT_EQ(::pipe(ends.data()), 0);
    descriptor reading(ends[0]);
    {
        const descriptor writing(ends[1]);
        live_view view(writing.get(), mock);
        EXPECT_FALSE(view.is_on());
        view.show(busy_run());
        view.erase();
    }
    char byte = 0;
    EXPECT_EQ(::read(reading.get(), &byte, 1), 0);
}

TEST(LiveView, DrawsOverItsLastFrame) {
    const terminal screen;
    live_view view(screen.fd(), mock);
    view.show(busy_run());
    const std::string first = all_output(screen, frame_end);
    EXPECT_THAT(first, StartsWith("\x1b[?25l\x1b[?2026h\r"));
    EXPECT_THAT(first, Not(HasSubstr("\x1b[17A")));
    view.show(busy_run());
    EXPECT_THAT(all_output(screen, frame_end), StartsWith("\x1b[?2026h\r\x1b[17A"));
}

TEST(LiveView, BeginsANewScreenWhenTheTerminalGetsAnotherSize) {
    const terminal screen;
    live_view view(screen.fd(), mock);
    view.show(busy_run());
    all_output(screen, frame_end);
    screen.resize(40);
    view.show(busy_run());
    EXPECT_THAT(all_output(screen, frame_end), StartsWith("\x1b[?2026h\x1b[H\x1b[2J"));
}

TEST(LiveView, PutsTheTerminalBackAndLeavesTheLastFrame) {
    const terminal screen;
    {
        live_view view(screen.fd(), mock);
        EXPECT_TRUE(screen.echoes());
        view.show(busy_run());
        EXPECT_FALSE(screen.echoes());
    }
    EXPECT_TRUE(screen.echoes());
    EXPECT_THAT(all_output(screen, "\x1b[?25h"), EndsWith("\x1b[?2026l\r\n\x1b[?25h"));
}

TEST(LiveView, TakesItsFrameAwayWhenAsked) {
    const terminal screen;
    live_view view(screen.fd(), mock);
    view.show(busy_run());
    view.erase();
    EXPECT_TRUE(screen.echoes());
    EXPECT_THAT(all_output(screen, "\x1b[?25h"), EndsWith("\x1b[?2026l\r\x1b[17A\x1b[J\x1b[?25h"));
}

TEST(LiveView, DoesNotWaitForATerminalThatHoldsOutputBack) {
    const terminal screen;
    live_view view(screen.fd(), mock);
    ASSERT_EQ(::tcflow(screen.fd(), TCOOFF), 0);
    view.show(busy_run());
    ASSERT_EQ(::tcflow(screen.fd(), TCOON), 0);
    EXPECT_TRUE(screen.echoes());
    view.show(busy_run());
    EXPECT_THAT(all_output(screen, frame_end), HasSubstr("sluice load"));
}

}  // namespace

}  // namespace sluice::gateway::load::testing
