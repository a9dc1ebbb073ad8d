#include "gateway/http/hardening.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <string>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

namespace sluice::gateway {
namespace {

/// What a child that runs `body` ends with, as waitpid tells it.
template <class Body>
int status_of_child(Body body) {
    const pid_t child = fork();
    if (child == 0) _exit(body());
    int status = -1;
    EXPECT_EQ(waitpid(child, &status, 0), child);
    return status;
}

TEST(Hardening, MakesTheProcessUndumpableForGood) {
    const int status = status_of_child([] {
        if (prctl(PR_GET_DUMPABLE) == 0) return 1;  // else this test shows nothing
        if (!forbid_core_dumps()) return 2;
        if (prctl(PR_GET_DUMPABLE) != 0) return 3;
        rlimit core{1, 1};
        if (getrlimit(RLIMIT_CORE, &core) != 0 || core.rlim_cur != 0 || core.rlim_max != 0)
            return 4;
        return 0;
    });
    ASSERT_TRUE(WIFEXITED(status));
    EXPECT_EQ(WEXITSTATUS(status), 0);
}

TEST(Hardening, LeavesNoCoreBehindWhenTheProcessDies) {
    const int status = status_of_child([] {
        // As much as may be, so that only what is tested stands against a dump.
        rlimit core{};
        getrlimit(RLIMIT_CORE, &core);
        core.rlim_cur = core.rlim_max;
        setrlimit(RLIMIT_CORE, &core);
        forbid_core_dumps();
        std::signal(SIGSEGV, SIG_DFL);
        std::raise(SIGSEGV);
        return 0;
    });
    ASSERT_TRUE(WIFSIGNALED(status));
    EXPECT_EQ(WTERMSIG(status), SIGSEGV);
    EXPECT_FALSE(WCOREDUMP(status));
}

TEST(Hardening, WipesTheWholeOfWhatAStringOwns) {
    std::string secret = "sk-0123456789-0123456789-0123456789-0123456789";
    const std::size_t owned = secret.capacity();
    secret.resize(20);  // the rest of the secret lies behind its end now
    const char* where = secret.data();
    wipe(secret);
    EXPECT_TRUE(secret.empty());
    ASSERT_EQ(secret.data(), where);
    ASSERT_EQ(secret.capacity(), owned);
    // Within the capacity, past the end: not the string's to read, but the process's.
    volatile const char* bytes = where;
    for (std::size_t i = 0; i < owned; ++i)
        EXPECT_EQ(bytes[i], '\0') << "byte " << i;
}

TEST(Hardening, WipesAShortStringThatLiesInTheObjectItself) {
    std::string secret = "sk-short";
    wipe(secret);
    EXPECT_TRUE(secret.empty());
    const auto* object = reinterpret_cast<const char*>(&secret);
    EXPECT_THAT(std::string(object, sizeof secret), testing::Not(testing::HasSubstr("k-short")));
    EXPECT_EQ(secret.data()[1], '\0');
}

}  // namespace
}  // namespace sluice::gateway
