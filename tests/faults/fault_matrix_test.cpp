// Each fault behind each kind of route, seen by each client: the whole text, or a proper error.
// The matrix runs once for all of these tests, which look at what came of it.

#include "tests/end_to_end/support/gateway_process.hpp"
#include "tests/faults/cells.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <numeric>
#include <random>
#include <thread>

namespace sluice::faults {
namespace {

using end_to_end::gateway_process;

/// Most cells wait for a clock.
constexpr std::size_t askers = 24;
constexpr std::size_t resident_bytes_max = 400U << 20;
/// A sanitizer's own memory is several times the program's.
constexpr std::size_t sanitized_bytes_max = 2 * resident_bytes_max;

struct matrix {
    std::vector<cell> cells = all_cells();
    std::vector<result> results;
    std::size_t peak_bytes = 0;
    std::string log;
    result afterwards;  ///< of one more good answer
    end_to_end::milliseconds took{0};
};

/// SLUICE_FAULT in the environment: only the faults whose id contains it.
void keep_wanted(std::vector<cell>& cells) {
    const char* wanted = std::getenv("SLUICE_FAULT");
    if (wanted == nullptr) return;
    std::erase_if(cells, [&](const cell& each) {
        return each.what->id.find(wanted) == std::string::npos;
    });
}

/// In an order in which slow cells are not neighbours; the same each time.
std::vector<std::size_t> shuffled(std::size_t count) {
    std::vector<std::size_t> order(count);
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::shuffle(order.begin(), order.end(), std::mt19937(7));  // NOLINT(cert-msc51-cpp)
    return order;
}

void ask_all(matrix& all, std::uint16_t port) {
    all.results.resize(all.cells.size());
    const auto order = shuffled(all.cells.size());
    std::atomic<std::size_t> next{0};
    std::vector<std::thread> threads;
    for (std::size_t i = 0; i < askers; ++i) {
        threads.emplace_back([&] {
            for (auto at = next++; at < order.size(); at = next++)
                all.results[order[at]] = run(all.cells[order[at]], port);
        });
    }
    for (auto& thread : threads)
        thread.join();
}

matrix run_matrix() {
    using manner = odd_door::manner;
    const odd_door closed(manner::closed);
    const odd_door deaf(manner::deaf);
    const odd_door resets(manner::resets);
    const odd_door ends(manner::ends);
    const faulty_provider provider;
    canary();
    gateway_process gateway(gateway_yaml(
        {provider.port(),
         {{manner::closed, closed.port()},
          {manner::deaf, deaf.port()},
          {manner::resets, resets.port()},
          {manner::ends, ends.port()}}}
    ));
    matrix all;
    keep_wanted(all.cells);
    const auto begin = end_to_end::steady::now();
    std::atomic<bool> over{false};
    std::thread watch([&] {
        while (!over) {
            all.peak_bytes = std::max(all.peak_bytes, gateway.resident_bytes());
            end_to_end::pause_between_looks();
        }
    });
    ask_all(all, gateway.port());
    over = true;
    watch.join();
    all.afterwards = run({find_fault("none"), scenario::one, client::native, true}, gateway.port());
    all.log = gateway.log();
    all.took =
        std::chrono::duration_cast<end_to_end::milliseconds>(end_to_end::steady::now() - begin);
    return all;
}

const char* word_of(const result& seen) {
    if (!seen.passed) return "FAIL";
    return seen.found.is == finding::kind::text ? "text" : "error";
}

/// Numbers above the columns, as eighteen names don't fit on a line.
void print_table(const matrix& all) {
    const auto columns = column_names();
    for (std::size_t i = 0; i < columns.size(); ++i)
        std::printf("column %2zu: %s\n", i + 1, columns[i].c_str());
    std::printf("%-24s", "fault");
    for (std::size_t i = 0; i < columns.size(); ++i)
        std::printf(" %5zu", i + 1);
    for (std::size_t i = 0; i < all.results.size(); ++i) {
        if (i % columns.size() == 0) std::printf("\n%-24s", all.cells[i].what->id.c_str());
        std::printf(" %5s", word_of(all.results[i]));
    }
    const auto failed = std::ranges::count(all.results, false, &result::passed);
    const auto slowest = std::ranges::max_element(all.results, {}, &result::took);
    const auto& slow = all.cells[static_cast<std::size_t>(slowest - all.results.begin())];
    std::printf(
        "\n%zu faults, %zu cells, %td failed, in %lld ms; the slowest, %s, took %lld ms; the "
        "gateway's peak was %zu MiB\n",
        all.results.size() / columns.size(),
        all.results.size(),
        failed,
        static_cast<long long>(all.took.count()),
        slow.model().c_str(),
        static_cast<long long>(slowest->took.count()),
        all.peak_bytes >> 20U
    );
    std::fflush(stdout);
}

const matrix& done_matrix() {
    static const matrix all = [] {
        matrix made = run_matrix();
        print_table(made);
        return made;
    }();
    return all;
}

TEST(FaultMatrix, GivesEveryClientTheWholeTextOrAProperError) {
    const auto& all = done_matrix();
    for (std::size_t i = 0; i < all.cells.size(); ++i) {
        const auto& seen = all.results[i];
        EXPECT_TRUE(seen.passed) << all.cells[i].model() << " (" << all.cells[i].what->what
                                 << "): " << seen.complaint << "; status " << seen.status << ", "
                                 << seen.took.count() << " ms\n"
                                 << seen.bytes;
    }
}

TEST(FaultMatrix, LeavesNoCellHanging) {
    for (const auto& seen : done_matrix().results)
        EXPECT_LT(seen.took, answer_limit);
}

TEST(FaultMatrix, ShowsTheProvidersKeyInNoLineOfTheLog) {
    const auto& log = done_matrix().log;
    // One fault alone may be nothing to write about.
    if (std::getenv("SLUICE_FAULT") == nullptr) {
        EXPECT_FALSE(log.empty());
    }
    EXPECT_EQ(log.find(provider_key), std::string::npos);
}

TEST(FaultMatrix, FollowsNoRedirect) {
    done_matrix();
    EXPECT_EQ(canary().visits(), 0U);
}

TEST(FaultMatrix, KeepsTheGatewaysMemoryBounded) {
    const auto most = end_to_end::sanitized ? sanitized_bytes_max : resident_bytes_max;
    EXPECT_LT(done_matrix().peak_bytes, most);
}

TEST(FaultMatrix, LeavesAGatewayThatAnswersAsEver) {
    const auto& afterwards = done_matrix().afterwards;
    EXPECT_TRUE(afterwards.passed) << afterwards.complaint;
    EXPECT_EQ(afterwards.found.is, finding::kind::text);
}

TEST(FaultMatrix, CrossesAboutAHundredFaultsWithEighteenColumns) {
    EXPECT_GE(all_faults().size(), 100U);
    EXPECT_EQ(all_cells().size(), all_faults().size() * 18);
    std::vector<std::string> ids;
    for (const auto& what : all_faults())
        ids.push_back(what.id);
    std::ranges::sort(ids);
    EXPECT_EQ(std::ranges::adjacent_find(ids), ids.end()) << "two faults have one id";
}

}  // namespace
}  // namespace sluice::faults
