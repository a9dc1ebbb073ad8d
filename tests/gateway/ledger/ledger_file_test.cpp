#include "gateway/admission/ledger/ledger_file.hpp"

#include "tests/gateway/ledger/ledger_folder.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <sqlite3.h>
#include <string>
#include <sys/stat.h>
#include <unistd.h>

namespace sluice::gateway::testing {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

mode_t mode_of(const std::string& path) {
    struct stat seen {};
    return ::stat(path.c_str(), &seen) == 0 ? seen.st_mode & 07777U : 0;
}

std::string bytes_of(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

void run_in(const std::string& path, const std::string& statements) {
    sqlite3* database = nullptr;
    ASSERT_EQ(sqlite3_open(path.c_str(), &database), SQLITE_OK);
    EXPECT_EQ(sqlite3_exec(database, statements.c_str(), nullptr, nullptr, nullptr), SQLITE_OK);
    sqlite3_close(database);
}

class umask_of_test {
 public:
    explicit umask_of_test(mode_t mask) : before_(::umask(mask)) {}
    ~umask_of_test() { ::umask(before_); }
    umask_of_test(const umask_of_test&) = delete;
    umask_of_test& operator=(const umask_of_test&) = delete;

 private:
    mode_t before_;
};

TEST(LedgerFile, IsItsOwnersAndItsGroupsWhateverTheUmask) {
    for (const mode_t mask : {0000U, 0022U, 0077U}) {
        const umask_of_test umask(mask);
        const ledger_folder folder;
        const auto book = opened(folder.path());
        book->add(numbered(1));
        EXPECT_TRUE(comes_to_hold(folder.path(), 1));
        for (const std::string suffix : {"", "-wal", "-shm"})
            EXPECT_EQ(mode_of(folder.path() + suffix), 0640U) << suffix << " " << mask;
    }
}

TEST(LedgerFile, KeepsTheModeThatItsOwnerGaveIt) {
    const ledger_folder folder;
    folder.write("usage.db", "");
    ASSERT_EQ(::chmod(folder.path().c_str(), 0600), 0);
    opened(folder.path())->add(numbered(1));
    EXPECT_EQ(mode_of(folder.path()), 0600U);
    EXPECT_EQ(count_of(folder.path()), 1);
}

TEST(LedgerFile, LeavesNothingBesideItOnceClosed) {
    const ledger_folder folder;
    opened(folder.path())->add(numbered(1));
    EXPECT_EQ(count_of(folder.path()), 1);
    EXPECT_FALSE(std::filesystem::exists(folder.path() + "-wal"));
    EXPECT_FALSE(std::filesystem::exists(folder.path() + "-shm"));
}

TEST(LedgerFile, RefusesADirectory) {
    const ledger_folder folder;
    std::filesystem::create_directory(folder.path());
    EXPECT_EQ(
        refusal(folder.path()),
        "cannot keep the usage ledger '" + folder.path() + "': it is a directory"
    );
    EXPECT_THAT(refusal(folder.path() + "/"), HasSubstr("it names no file"));
}

TEST(LedgerFile, RefusesAFolderThatIsNotThere) {
    const ledger_folder folder;
    EXPECT_THAT(
        refusal(folder.path("none/usage.db")),
        AllOf(HasSubstr("usage.db"), HasSubstr("none/': No such file or directory"))
    );
}

TEST(LedgerFile, RefusesASymbolicLinkButGoesThroughLinkedFolders) {
    const ledger_folder folder;
    std::filesystem::create_symlink(folder.path("target.db"), folder.path());
    EXPECT_THAT(refusal(folder.path()), HasSubstr("it is a symbolic link"));
    EXPECT_FALSE(std::filesystem::exists(folder.path("target.db")));

    std::filesystem::create_directory(folder.path("real"));
    std::filesystem::create_directory_symlink(folder.path("real"), folder.path("linked"));
    opened(folder.path("linked/usage.db"))->add(numbered(1));
    EXPECT_EQ(count_of(folder.path("real/usage.db")), 1);
}

TEST(LedgerFile, RefusesAPipeWithoutWaitingForAnyone) {
    const ledger_folder folder;
    ASSERT_EQ(::mkfifo(folder.path().c_str(), 0600), 0);
    EXPECT_THAT(refusal(folder.path()), HasSubstr("it is not a plain file"));
    EXPECT_THAT(open_ledger_to_read(folder.path()).error(), HasSubstr("it is not a plain file"));
}

TEST(LedgerFile, RefusesATextFileAndLeavesItAsItWas) {
    const ledger_folder folder;
    const std::string text(5000, 'x');
    folder.write("usage.db", text);
    EXPECT_THAT(refusal(folder.path()), HasSubstr("it is not an SQLite database"));
    EXPECT_EQ(bytes_of(folder.path()), text);
    folder.write("usage.db", "short");
    EXPECT_THAT(refusal(folder.path()), HasSubstr("it is not an SQLite database"));
    EXPECT_EQ(bytes_of(folder.path()), "short");
}

TEST(LedgerFile, RefusesAnotherProgramsDatabaseAndLeavesItAsItWas) {
    for (const std::string made :
         {"CREATE TABLE requests (started);",
          "PRAGMA application_id = 7; CREATE TABLE t (x);",
          "PRAGMA user_version = 1; CREATE TABLE t (x);",
          "PRAGMA application_id = 1397511500; CREATE TABLE t (x);"}) {
        const ledger_folder folder;
        run_in(folder.path(), made);
        const auto before = bytes_of(folder.path());
        EXPECT_THAT(refusal(folder.path()), HasSubstr("but not a ledger of Sluice")) << made;
        EXPECT_EQ(bytes_of(folder.path()), before) << made;
        EXPECT_THAT(
            open_ledger_to_read(folder.path()).error(), HasSubstr("but not a ledger of Sluice")
        ) << made;
    }
}

TEST(LedgerFile, RefusesALedgerOfANewerVersion) {
    const ledger_folder folder;
    opened(folder.path())->add(numbered(1));
    run_in(folder.path(), "PRAGMA user_version = 2;");
    const auto before = bytes_of(folder.path());
    const std::string why = "a newer version of Sluice made it (format 2, and this one knows 1)";
    EXPECT_THAT(refusal(folder.path()), HasSubstr(why));
    EXPECT_THAT(open_ledger_to_read(folder.path()).error(), HasSubstr(why));
    EXPECT_EQ(bytes_of(folder.path()), before);
}

TEST(LedgerFile, IsReadWithoutAnyTraceWhereNobodyWritesIt) {
    const ledger_folder folder;
    const std::string odd = folder.path("100% ?#=&;.db");
    opened(odd)->add(numbered(1));
    const auto before = bytes_of(odd);
    {
        const auto file = open_ledger_to_read(odd);
        ASSERT_TRUE(file) << file.error();
        EXPECT_TRUE(file->at_rest);
        EXPECT_FALSE(file->disturbed());
        EXPECT_EQ(sqlite::integer_of(file->database.get(), "SELECT count(*) FROM requests"), 1);
        EXPECT_EQ(sqlite::run(file->database.get(), "DELETE FROM requests"), SQLITE_READONLY);
        EXPECT_FALSE(std::filesystem::exists(odd + "-shm"));
        const auto book = opened(odd);
        EXPECT_TRUE(file->disturbed());
    }
    EXPECT_EQ(bytes_of(odd), before);
    EXPECT_FALSE(std::filesystem::exists(odd + "-wal"));
}

TEST(LedgerFile, IsReadWhileItIsWritten) {
    const ledger_folder folder;
    const auto book = opened(folder.path());
    const auto file = open_ledger_to_read(folder.path());
    ASSERT_TRUE(file) << file.error();
    EXPECT_FALSE(file->at_rest);
    book->add(numbered(1));
    EXPECT_TRUE(comes_to_hold(folder.path(), 1));
    EXPECT_EQ(sqlite::integer_of(file->database.get(), "SELECT count(*) FROM requests"), 1);
    const int code = sqlite::run(file->database.get(), "DELETE FROM requests");
    EXPECT_EQ(code & 0xff, SQLITE_READONLY);
}

TEST(LedgerFile, CannotBeReadWhereThereIsNone) {
    const ledger_folder folder;
    EXPECT_EQ(
        open_ledger_to_read(folder.path()).error(),
        "cannot read the usage ledger '" + folder.path() + "': No such file or directory"
    );
    EXPECT_FALSE(std::filesystem::exists(folder.path()));
    folder.write("usage.db", "");
    EXPECT_THAT(open_ledger_to_read(folder.path()).error(), HasSubstr("it is empty"));
    std::filesystem::create_directory(folder.path("folder"));
    EXPECT_THAT(open_ledger_to_read(folder.path("folder")).error(), HasSubstr("it is a directory"));
}

}  // namespace
}  // namespace sluice::gateway::testing
