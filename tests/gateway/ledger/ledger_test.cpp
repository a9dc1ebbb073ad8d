#include "gateway/admission/ledger/ledger.hpp"

#include "tests/gateway/ledger/ledger_folder.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>
#include <sqlite3.h>
#include <string>
#include <thread>
#include <vector>

namespace sluice::gateway::testing {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

/// All columns of the first record as texts; NULL is nothing.
std::vector<std::optional<std::string>> first_row(const std::string& path) {
    const auto file = open_ledger_to_read(path);
    if (!file) throw std::runtime_error(file.error());
    sqlite::statement asked(
        file->database.get(),
        "SELECT started, request_id, stream, key, labels, model, target, dialect, streamed, "
        "outcome, attempts, input_tokens, cached_tokens, cache_write_tokens, output_tokens, "
        "reasoning_tokens, input_audio_tokens, output_audio_tokens, cost, ttft_ms, duration_ms "
        "FROM requests"
    );
    std::vector<std::optional<std::string>> row;
    if (!asked.valid() || asked.step() != SQLITE_ROW) return row;
    for (int column = 0; column < 21; ++column)
        row.push_back(asked.text_or_null(column));
    return row;
}

ledger_record whole_record() {
    ledger_record record;
    record.started = utc(2026, 2, 3, 4h + 5min + 6s) + 789ms + 900us;
    record.request_id = "req-1";
    record.stream = "ab12";
    record.key = "team-a";
    record.labels = {{"cost center", "\"42\""}, {"team", "blå"}};
    record.model = "chat";
    record.target = "mock/mock-1";
    record.dialect = "openai_chat";
    record.streamed = true;
    record.outcome = upstream::outcome::budget;
    record.attempts = 2;
    record.usage.input_tokens = 10;
    record.usage.cached_tokens = 4;
    record.usage.cache_write_tokens = 3;
    record.usage.output_tokens = 20;
    record.usage.reasoning_tokens = 5;
    record.usage.input_audio_tokens = 1;
    record.usage.output_audio_tokens = 2;
    record.cost = 1'234'567'890'123;
    record.ttft = 45ms;
    record.duration = 678ms;
    return record;
}

TEST(Ledger, KeepsAllOfARecord) {
    const ledger_folder folder;
    opened(folder.path())->add(whole_record());
    EXPECT_THAT(
        first_row(folder.path()),
        ElementsAre(
            "1770091506789",
            "req-1",
            "ab12",
            "team-a",
            R"({"cost center":"\"42\"","team":"blå"})",
            "chat",
            "mock/mock-1",
            "openai_chat",
            "1",
            "budget",
            "2",
            "10",
            "4",
            "3",
            "20",
            "5",
            "1",
            "2",
            "1234567890123",
            "45",
            "678"
        )
    );
}

TEST(Ledger, TellsWhatWasNotToldFromZero) {
    const ledger_folder folder;
    opened(folder.path())->add(numbered(1));
    const auto none = std::nullopt;
    EXPECT_THAT(
        first_row(folder.path()),
        ElementsAre(
            "1700000000000",
            "1",
            "",
            "",
            "{}",
            "",
            "",
            "",
            "0",
            "completed",
            "0",
            none,
            none,
            none,
            none,
            none,
            none,
            none,
            none,
            none,
            "0"
        )
    );
}

TEST(Ledger, GoesOnWhereItWasClosed) {
    const ledger_folder folder;
    for (int run = 1; run <= 3; ++run) {
        const auto book = opened(folder.path());
        book->add(numbered(run));
        book->close();
        EXPECT_EQ(count_of(folder.path()), run);
    }
}

TEST(Ledger, WritesSoonWithoutBeingClosed) {
    const ledger_folder folder;
    const auto book = opened(folder.path());
    for (int i = 1; i <= 3; ++i) {
        book->add(numbered(i));
        EXPECT_TRUE(comes_to_hold(folder.path(), i));
    }
}

TEST(Ledger, WritesWhatComesTogetherInOneTransaction) {
    const ledger_folder folder;
    const auto book = opened(folder.path());
    for (int i = 0; i < 100; ++i)
        book->add(numbered(i));
    std::int64_t seen = 0;
    while (seen == 0)
        seen = count_of(folder.path());
    EXPECT_EQ(seen, 100);
}

TEST(Ledger, HasEveryRecordOfEightThreads) {
    constexpr int threads = 8;
    constexpr int each = 1250;
    const ledger_folder folder;
    const auto book = opened(folder.path());
    std::vector<std::thread> adding;
    for (int thread = 0; thread < threads; ++thread) {
        adding.emplace_back([&, thread] {
            for (int i = 0; i < each; ++i)
                book->add(numbered(thread * each + i));
        });
    }
    for (std::thread& thread : adding)
        thread.join();
    book->close();
    EXPECT_EQ(count_of(folder.path()), threads * each);
    EXPECT_EQ(
        asked_of(folder.path(), "SELECT count(DISTINCT request_id) FROM requests"), threads * each
    );
    EXPECT_EQ(book->lost(), 0U);
}

TEST(Ledger, CanBeClosedByManyAtOnceAndTakesNoMoreThen) {
    const ledger_folder folder;
    const auto book = opened(folder.path());
    book->add(numbered(1));
    std::vector<std::thread> closing;
    for (int i = 0; i < 4; ++i)
        closing.emplace_back([&] { book->close(); });
    for (std::thread& thread : closing)
        thread.join();
    book->add(numbered(2));
    book->close();
    EXPECT_EQ(count_of(folder.path()), 1);
    EXPECT_EQ(book->lost(), 1U);
}

TEST(Ledger, CutsNamesThatAreTooLongBetweenCharacters) {
    const ledger_folder folder;
    auto record = numbered(1);
    record.model = std::string(255, 'm') + "é" + std::string(1'000'000, 'x');
    record.target = std::string(256, 't');
    record.key = std::string(254, 'k') + "é" + "x";
    opened(folder.path())->add(record);
    const auto row = first_row(folder.path());
    ASSERT_EQ(row.size(), 21U);
    EXPECT_EQ(row[5], std::string(255, 'm'));
    EXPECT_EQ(row[6], record.target);
    EXPECT_EQ(row[3], std::string(254, 'k') + "é");
}

TEST(Ledger, KeepsBytesThatAreNoText) {
    const ledger_folder folder;
    auto record = numbered(1);
    record.model = std::string("a\0b\xff'); DROP TABLE requests; --", 31);
    record.labels = {{"team", "\xff"}};
    opened(folder.path())->add(record);
    const auto row = first_row(folder.path());
    ASSERT_EQ(row.size(), 21U);
    EXPECT_EQ(row[5], record.model);
    EXPECT_EQ(row[4], "{\"team\":\"\xef\xbf\xbd\"}");
}

std::vector<std::string> to_texts(const std::vector<spent_cost>& spent) {
    std::vector<std::string> texts;
    for (const auto& each : spent)
        texts.push_back(
            each.account + ": " + std::to_string(each.day) + " " + std::to_string(each.month)
        );
    return texts;
}

ledger_record priced(
    std::chrono::system_clock::time_point started,
    const std::string& key,
    const std::string& model,
    std::optional<std::int64_t> cost
) {
    ledger_record record;
    record.started = started;
    record.key = key;
    record.model = model;
    record.cost = cost;
    return record;
}

TEST(Ledger, SumsWhatTheRunningDayAndMonthHaveSpent) {
    const ledger_folder folder;
    {
        const auto book = opened(folder.path());
        book->add(priced(utc(2026, 2, 28, 23h), "a", "chat", 1));  // last month
        book->add(priced(utc(2026, 3, 1), "a", "chat", 10));
        book->add(priced(utc(2026, 3, 30, 24h - 1s), "a", "code", 100));
        book->add(priced(utc(2026, 3, 31), "a", "chat", 1'000));
        book->add(priced(utc(2026, 3, 31, 24h - 1s), "b", "chat", 10'000));
        book->add(priced(utc(2026, 3, 31, 5h), "", "chat", 100'000));
        book->add(priced(utc(2026, 3, 31, 5h), "free", "free", std::nullopt));
        book->add(priced(utc(2026, 4, 1), "a", "chat", 1'000'000));  // next month
    }
    const auto book = opened(folder.path());
    EXPECT_THAT(
        to_texts(book->spent(utc(2026, 3, 31, 12h))),
        UnorderedElementsAre(
            "key a: 1000 1110",
            "key b: 10000 10000",
            "model chat: 111000 111010",
            "model code: 0 100"
        )
    );
    EXPECT_THAT(book->spent(utc(2027, 3, 31, 12h)), IsEmpty());
}

TEST(Ledger, HoldsSumsAtTheEndOfTheirRange) {
    const ledger_folder folder;
    const auto most = std::numeric_limits<std::int64_t>::max();
    {
        const auto book = opened(folder.path());
        for (int i = 0; i < 3; ++i)
            book->add(priced(utc(2026, 3, 1), "a", "chat", most));
    }
    const std::string all = std::to_string(most) + " " + std::to_string(most);
    EXPECT_THAT(
        to_texts(opened(folder.path())->spent(utc(2026, 3, 1))),
        UnorderedElementsAre("key a: " + all, "model chat: " + all)
    );
}

}  // namespace
}  // namespace sluice::gateway::testing
