#include "gateway/admission/ledger/ledger.hpp"
#include "tests/gateway/ledger/ledger_folder.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <poll.h>
#include <sqlite3.h>
#include <string>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

namespace sluice::gateway::testing {
namespace {

using clock = std::chrono::steady_clock;
using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

/// Another program that holds the ledger's lock.
class lock_of_another {
 public:
    explicit lock_of_another(const std::string& path) {
        EXPECT_EQ(sqlite3_open(path.c_str(), &database_), SQLITE_OK);
        sqlite3_busy_timeout(database_, 20'000);
        run("BEGIN IMMEDIATE");
    }
    ~lock_of_another() {
        run("ROLLBACK");
        sqlite3_close(database_);
    }
    lock_of_another(const lock_of_another&) = delete;
    lock_of_another& operator=(const lock_of_another&) = delete;

 private:
    void run(const char* statement) {
        EXPECT_EQ(sqlite3_exec(database_, statement, nullptr, nullptr, nullptr), SQLITE_OK);
    }
    sqlite3* database_ = nullptr;
};

TEST(LedgerInTrouble, KeepsRecordsWhileTheFileIsLockedAndTellsOnceForEachSpell) {
    const ledger_folder folder;
    heard told;
    const auto book = opened(folder.path(), told.teller());
    for (std::size_t spell = 1; spell <= 2; ++spell) {
        const auto before = static_cast<std::int64_t>(spell - 1) * 11;
        {
            const lock_of_another lock(folder.path());
            book->add(numbered(before));
            ASSERT_TRUE(told.waits_for(spell));
            // Some attempts later.
            const auto later = clock::now() + 700ms;
            for (int i = 1; i <= 10; ++i)
                book->add(numbered(before + i));
            while (clock::now() < later)
                std::this_thread::yield();
            EXPECT_EQ(told.all().size(), spell);
            EXPECT_EQ(count_of(folder.path()), before);
        }
        EXPECT_TRUE(comes_to_hold(folder.path(), before + 11));
    }
    EXPECT_EQ(asked_of(folder.path(), "SELECT count(DISTINCT request_id) FROM requests"), 22);
    EXPECT_EQ(book->lost(), 0U);
    EXPECT_EQ(
        told.all().front(),
        "cannot write the usage ledger '" + folder.path() + "', records wait: database is locked"
    );
}

TEST(LedgerInTrouble, LosesTheOldestBeyondItsBoundAndCountsThem) {
    constexpr std::int64_t bound = 65'536;
    const ledger_folder folder;
    heard told;
    const auto book = opened(folder.path(), told.teller());
    {
        const lock_of_another lock(folder.path());
        book->add(numbered(0));
        ASSERT_TRUE(told.waits_for(1));
        for (std::int64_t i = 1; i < bound + 10; ++i)
            book->add(numbered(i));
        while (book->lost() < 10)
            std::this_thread::yield();
    }
    book->close();
    EXPECT_EQ(book->lost(), 10U);
    EXPECT_EQ(count_of(folder.path()), bound);
    const std::string_view first = "SELECT min(CAST(request_id AS INTEGER)) FROM requests";
    EXPECT_EQ(asked_of(folder.path(), first), 10);
    EXPECT_EQ(
        asked_of(folder.path(), "SELECT count(*) FROM requests WHERE request_id = rowid + 9"), bound
    ) << "in their order";
    EXPECT_EQ(told.all().size(), 1U);
}

TEST(LedgerInTrouble, EndsThoughTheFileStaysLockedAndSaysWhatWasLost) {
    const ledger_folder folder;
    heard told;
    const auto book = opened(folder.path(), told.teller());
    {
        const lock_of_another lock(folder.path());
        book->add(numbered(1));
        book->add(numbered(2));
        const auto begun = clock::now();
        book->close();
        EXPECT_LT(clock::now() - begun, 10s);
        EXPECT_GT(clock::now() - begun, 1s);
    }
    EXPECT_EQ(book->lost(), 2U);
    EXPECT_EQ(count_of(folder.path()), 0);
    EXPECT_THAT(
        told.all(),
        ElementsAre(
            HasSubstr("records wait: database is locked"),
            "the usage ledger '" + folder.path() + "' could not be written: 2 records lost"
        )
    );
}

/// Runs `work` in a process of its own and returns what it exited with; -1: it did not.
template <class Work>
int in_another_process(Work work) {
    const pid_t child = ::fork();
    if (child == 0) ::_exit(work());
    int status = 0;
    if (::waitpid(child, &status, 0) != child) return -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

void let_files_grow_to(rlim_t bytes) {
    rlimit limit{};
    ::getrlimit(RLIMIT_FSIZE, &limit);
    limit.rlim_cur = bytes;
    ::setrlimit(RLIMIT_FSIZE, &limit);
}

TEST(LedgerInTrouble, GoesOnOnceAFullDiskHasRoomAgain) {
    const ledger_folder folder;
    constexpr std::int64_t records = 5000;
    const int code = in_another_process([&] {
        std::signal(SIGXFSZ, SIG_IGN);
        heard told;
        const auto book = opened(folder.path(), told.teller());
        book->add(numbered(0));
        if (!comes_to_hold(folder.path(), 1)) return 1;
        let_files_grow_to(200'000);
        for (std::int64_t i = 1; i < records; ++i)
            book->add(numbered(i));
        if (!told.waits_for(1)) return 2;
        if (count_of(folder.path()) != 1) return 3;  // all of a transaction, or nothing
        let_files_grow_to(RLIM_INFINITY);
        if (!comes_to_hold(folder.path(), records)) return 4;
        if (told.all().size() != 1 || book->lost() != 0) return 5;
        return 0;
    });
    EXPECT_EQ(code, 0);
    EXPECT_EQ(asked_of(folder.path(), "SELECT count(DISTINCT request_id) FROM requests"), records);
}

/// A record that was added, and when.
struct addition {
    std::int64_t number = 0;
    std::int64_t at_ns = 0;
};

/// Adds records until it is killed, and reports each.
[[noreturn]] void add_for_ever(const std::string& path, int report) {
    const auto book = opened(path);
    for (std::int64_t number = 1;; ++number) {
        book->add(numbered(number));
        const addition added{number, clock::now().time_since_epoch().count()};
        if (::write(report, &added, sizeof added) != sizeof added) ::_exit(1);
        ::poll(nullptr, 0, 1);  // about the pace of a busy gateway
    }
}

std::vector<addition> additions_until_killed(pid_t child, int report) {
    std::vector<addition> all;
    addition added;
    bool killed = false;
    while (::read(report, &added, sizeof added) == sizeof added) {
        all.push_back(added);
        if (killed || added.at_ns - all.front().at_ns < std::int64_t{2'000'000'000}) continue;
        ::kill(child, SIGKILL);
        killed = true;
    }
    return all;
}

TEST(LedgerInTrouble, LosesAtMostTheLastSecondWhereTheProcessIsKilled) {
    const ledger_folder folder;
    std::array<int, 2> ends{};
    ASSERT_EQ(::pipe(ends.data()), 0);
    const pid_t child = ::fork();
    if (child == 0) add_for_ever(folder.path(), ends[1]);
    ::close(ends[1]);
    const auto added = additions_until_killed(child, ends[0]);
    ::close(ends[0]);
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFSIGNALED(status));
    ASSERT_GT(added.size(), 10U);

    const auto second_ago = added.back().at_ns - std::int64_t{1'000'000'000};
    const auto old = std::ranges::count_if(added, [&](const addition& each) {
        return each.at_ns <= second_ago;
    });
    const auto kept = count_of(folder.path());
    EXPECT_GT(old, 0);
    EXPECT_GE(kept, old);
    EXPECT_EQ(
        asked_of(folder.path(), "SELECT max(CAST(request_id AS INTEGER)) FROM requests"), kept
    ) << "none is missing in between";

    opened(folder.path())->add(numbered(0));
    EXPECT_EQ(count_of(folder.path()), kept + 1) << "the next process goes on";
}

}  // namespace
}  // namespace sluice::gateway::testing
