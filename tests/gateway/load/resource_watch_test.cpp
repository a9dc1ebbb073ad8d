#include "gateway/load/resource_watch.hpp"

#include <gtest/gtest.h>

#include <string>
#include <unistd.h>

namespace sluice::gateway::load::testing {

namespace {

constexpr std::string_view fields =
    " S 1 42 42 0 -1 4194560 9 0 0 0 250 150 0 0 20 0 3 0 777 9000000 500 18446744073709551615\n";

TEST(ResourceWatch, ReadsProcessorTimeAndMemoryOfAProcess) {
    const auto usage = parse_process_stat("42 (sluice)" + std::string(fields), 100, 4096);
    ASSERT_TRUE(usage);
    EXPECT_DOUBLE_EQ(usage->cpu_s, 4.0);
    EXPECT_EQ(usage->memory_bytes, 500U * 4096);
}

TEST(ResourceWatch, IsNotMisledByTheNameOfAProgram) {
    const auto usage = parse_process_stat("42 (a) S 7 (b c)" + std::string(fields), 100, 4096);
    ASSERT_TRUE(usage);
    EXPECT_DOUBLE_EQ(usage->cpu_s, 4.0);
}

TEST(ResourceWatch, TakesNothingOfATextThatIsCutShort) {
    const std::string whole = "42 (sluice)" + std::string(fields);
    const std::size_t enough = whole.find(" 500") + 2;
    for (std::size_t size = 0; size < enough; ++size)
        EXPECT_FALSE(parse_process_stat(whole.substr(0, size), 100, 4096)) << size;
}

TEST(ResourceWatch, SeesThisProcessAndNoneThatIsNotThere) {
    const auto usage = usage_of(::getpid());
    ASSERT_TRUE(usage);
    EXPECT_GT(usage->memory_bytes, 100'000U);
    EXPECT_FALSE(usage_of(-1));
}

TEST(ResourceWatch, CountsWhatTheThreadHasUsed) {
    const double before = thread_cpu_s();
    volatile std::uint64_t sum = 0;
    while (thread_cpu_s() < before + 0.01)
        sum = sum + 1;
    EXPECT_GT(sum, 0U);
}

TEST(CpuMeter, TellsTheShareOfACoreBetweenTwoLooks) {
    cpu_meter meter;
    EXPECT_EQ(meter.share(100, 5'000'000'000), 0);
    EXPECT_DOUBLE_EQ(meter.share(100.5, 6'000'000'000), 0.5);
    EXPECT_EQ(meter.share(101, 6'000'000'000), 0);
    EXPECT_DOUBLE_EQ(meter.share(104, 8'000'000'000), 1.5);
}

}  // namespace

}  // namespace sluice::gateway::load::testing
