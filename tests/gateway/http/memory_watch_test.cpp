#include "gateway/http/memory_watch.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <unistd.h>

namespace sluice::gateway::testing {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t mib = 1U << 20;

/// A folder that stands for `/`, with what the kernel would say in it.
class fake_root {
 public:
    fake_root() {
        std::string name = (fs::temp_directory_path() / "sluice-root-XXXXXX").string();
        if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("mkdtemp failed");
        path_ = name;
        write("proc/meminfo", "MemTotal:        1048576 kB\nMemFree:          100000 kB\n");
    }
    ~fake_root() {
        std::error_code ignored;
        fs::remove_all(path_, ignored);
    }
    fake_root(const fake_root&) = delete;
    fake_root& operator=(const fake_root&) = delete;

    void write(const fs::path& name, const std::string& text) const {
        fs::create_directories((path_ / name).parent_path());
        std::ofstream(path_ / name, std::ios::binary) << text;
    }
    const fs::path& path() const { return path_; }

 private:
    fs::path path_;
};

TEST(MemoryFiles, GroupsSayMaxOrANumber) {
    EXPECT_EQ(parse_group_bytes("536870912\n"), 512 * mib);
    EXPECT_EQ(parse_group_bytes("0\n"), 0U);
    for (const char* none :
         {"max\n", "9223372036854771712\n", "", "\n", "-1", "99999999999999999999"})
        EXPECT_FALSE(parse_group_bytes(none)) << none;
}

TEST(MemoryFiles, StatisticsAreFoundByTheirWholeName) {
    const std::string text = "anon 7\nfile 100\ntotal_inactive_file 5\ninactive_file 4096\nx\n";
    EXPECT_EQ(parse_statistic(text, "inactive_file"), 4096U);
    EXPECT_EQ(parse_statistic(text, "total_inactive_file"), 5U);
    for (const char* name : {"inactive", "missing", "x"})
        EXPECT_FALSE(parse_statistic(text, name)) << name;
    EXPECT_FALSE(parse_statistic("", "file"));
}

TEST(MemoryFiles, ResidentPagesAreTheSecondNumber) {
    EXPECT_EQ(parse_resident_pages("765 423 394 5 0 123 0\n"), 423U);
    for (const char* text : {"", "765", "765 ", "765 x"})
        EXPECT_FALSE(parse_resident_pages(text)) << text;
}

TEST(MemoryFiles, TheMachineTellsItsMemoryInKib) {
    EXPECT_EQ(
        parse_total_memory("MemTotal:       24684092 kB\nMemFree: 1 kB\n"), 24684092ULL * 1024
    );
    EXPECT_FALSE(parse_total_memory("MemFree: 1 kB\n"));
}

TEST(MemoryFiles, TheGroupIsThatOfTheMemoryController) {
    const auto second = parse_memory_group("0::/system.slice/sluice.service\n");
    EXPECT_EQ(second.version, 2);
    EXPECT_EQ(second.path, "/system.slice/sluice.service");
    const auto first = parse_memory_group("8:pids:/p\n4:cpu,memory:/docker/1\n0::/other\n");
    EXPECT_EQ(first.version, 1);
    EXPECT_EQ(first.path, "/docker/1");
    // Version 2 stands beside version 1, and governs nothing.
    EXPECT_EQ(parse_memory_group("0::/other\n4:memory:/a\n").path, "/a");
    EXPECT_EQ(parse_memory_group("5:memory_of_others:/a\n0::/b\n").path, "/b");
    EXPECT_EQ(parse_memory_group("").path, "/");
}

TEST(MemoryCeiling, IsTheMachinesWhereNothingElseIsSaid) {
    const fake_root root;
    const auto found = find_memory_ceiling(std::nullopt, root.path());
    EXPECT_EQ(found.bytes, 1024 * mib);
    EXPECT_TRUE(found.group.empty());
}

TEST(MemoryCeiling, IsWhatIsConfiguredWhereThatIsLess) {
    const fake_root root;
    EXPECT_EQ(find_memory_ceiling(256 * mib, root.path()).bytes, 256 * mib);
    EXPECT_EQ(find_memory_ceiling(4096 * mib, root.path()).bytes, 1024 * mib);
}

TEST(MemoryCeiling, IsTheContainersOwnWithTheGroupsFigures) {
    const fake_root root;
    root.write("proc/self/cgroup", "0::/\n");
    root.write("sys/fs/cgroup/memory.max", "536870912\n");
    const auto found = find_memory_ceiling(std::nullopt, root.path());
    EXPECT_EQ(found.bytes, 512 * mib);
    EXPECT_EQ(found.group, root.path() / "sys/fs/cgroup");
}

TEST(MemoryCeiling, IsFoundWhereAContainerDoesNotSeeItsPathOutside) {
    const fake_root root;
    root.write("proc/self/cgroup", "4:memory:/docker/abc\n");
    root.write("sys/fs/cgroup/memory/memory.limit_in_bytes", "536870912\n");
    const auto found = find_memory_ceiling(std::nullopt, root.path());
    EXPECT_EQ(found.bytes, 512 * mib);
    EXPECT_EQ(found.group, root.path() / "sys/fs/cgroup/memory");
}

TEST(MemoryCeiling, CountsOnlyItsOwnBelowALimitFurtherUp) {
    const fake_root root;
    root.write("proc/self/cgroup", "0::/slice/unit\n");
    root.write("sys/fs/cgroup/slice/memory.max", "314572800\n");
    root.write("sys/fs/cgroup/slice/unit/memory.max", "max\n");
    const auto found = find_memory_ceiling(std::nullopt, root.path());
    EXPECT_EQ(found.bytes, 300 * mib);
    EXPECT_TRUE(found.group.empty());
}

TEST(MemoryCeiling, IsTheUnitsOwnWhereThatIsTheLowest) {
    const fake_root root;
    root.write("proc/self/cgroup", "0::/slice/unit\n");
    root.write("sys/fs/cgroup/slice/memory.max", "314572800\n");
    root.write("sys/fs/cgroup/slice/unit/memory.max", "104857600\n");
    const auto found = find_memory_ceiling(200 * mib, root.path());
    EXPECT_EQ(found.bytes, 100 * mib);
    EXPECT_EQ(found.group, root.path() / "sys/fs/cgroup/slice/unit");
}

TEST(MemoryCeiling, IsNotKnownWhereNobodySays) {
    const fake_root root;
    root.write("proc/meminfo", "");
    EXPECT_EQ(find_memory_ceiling(std::nullopt, root.path()).bytes, 0U);
    EXPECT_EQ(find_memory_ceiling(100 * mib, root.path()).bytes, 100 * mib);
}

TEST(MemoryWatch, CountsResidentPages) {
    const fake_root root;
    root.write("proc/self/statm", "765 423 394 5 0 123 0\n");
    const memory_watch watch({1024 * mib, {}}, root.path());
    EXPECT_EQ(watch.used(), 423U * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE)));
}

TEST(MemoryWatch, SeesWhatThisProcessHas) {
    const memory_watch watch({1024 * mib, {}});
    const auto before = watch.used();
    ASSERT_TRUE(before);
    const std::string touched(64 * mib, 'x');
    const auto after = watch.used();
    ASSERT_TRUE(after);
    EXPECT_GT(*after, *before + 60 * mib) << touched.size();
}

TEST(MemoryWatch, LeavesOutFilesThatNobodyReadsAnyMore) {
    for (const bool second : {true, false}) {
        const fake_root root;
        const fs::path group = second ? "sys/fs/cgroup" : "sys/fs/cgroup/memory";
        root.write(group / (second ? "memory.current" : "memory.usage_in_bytes"), "1000\n");
        root.write(
            group / "memory.stat",
            second ? "active_file 1\ninactive_file 300\n"
                   : "inactive_file 7\ntotal_inactive_file 300\n"
        );
        const memory_watch watch({2000, root.path() / group}, root.path());
        EXPECT_EQ(watch.used(), 700U) << second;
        root.write(group / "memory.stat", "inactive_file 5000\ntotal_inactive_file 5000\n");
        EXPECT_EQ(watch.used(), 0U) << "the two files are not of the same moment";
    }
}

TEST(MemoryWatch, SaysNothingWhereThereIsNothingToRead) {
    const fake_root root;
    EXPECT_FALSE(memory_watch({1024, {}}, root.path()).used());
    EXPECT_FALSE(memory_watch({1024, root.path() / "gone"}, root.path()).used());
}

}  // namespace
}  // namespace sluice::gateway::testing
