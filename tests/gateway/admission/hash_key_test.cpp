#include "gateway/admission/hash_key.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/sha.h>

#include <array>
#include <set>
#include <sstream>
#include <string>

namespace sluice::gateway::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::MatchesRegex;
using ::testing::Not;

struct answer {
    int code = 0;
    std::string out;
    std::string err;
};

answer hash_key(const std::string& input, bool generate = false) {
    std::istringstream in(input);
    std::ostringstream out;
    std::ostringstream err;
    const int code = run_hash_key(in, out, err, generate);
    return {code, out.str(), err.str()};
}

std::string sha256_line(const std::string& key) {
    std::array<unsigned char, SHA256_DIGEST_LENGTH> digest{};
    SHA256(reinterpret_cast<const unsigned char*>(key.data()), key.size(), digest.data());
    std::string line = "sha256: \"";
    for (const unsigned char byte : digest) {
        line += "0123456789abcdef"[byte / 16];
        line += "0123456789abcdef"[byte % 16];
    }
    return line + "\"\n";
}

TEST(HashKey, PrintsWhatGoesIntoTheConfiguration) {
    const auto given = hash_key("0123456789abcdef\n");
    EXPECT_EQ(given.code, 0);
    EXPECT_EQ(
        given.out, "sha256: \"9f9f5111f7b27a781f1f1ddde5ebc2dd2b796bfc7365c9c28b548e564176929f\"\n"
    );
    EXPECT_EQ(given.err, "");
}

TEST(HashKey, TakesOneLineWithoutItsEndAndNothingElseAway) {
    const std::string key = "sk-a key, with spaces \xc3\xa9";
    for (const std::string end : {"", "\n", "\r\n", "\nmore\n"})
        EXPECT_EQ(hash_key(key + end).out, sha256_line(key)) << end;
    EXPECT_EQ(hash_key(key + "\n\n").out, sha256_line(key));
}

TEST(HashKey, RefusesWhatIsNoSafeKeyAndRepeatsNoneOfIt) {
    const auto refuses = [](const std::string& input, const std::string& why) {
        const auto given = hash_key(input);
        EXPECT_EQ(given.code, 1) << input;
        EXPECT_EQ(given.out, "") << input;
        EXPECT_THAT(given.err, HasSubstr(why));
        EXPECT_THAT(given.err, Not(HasSubstr("secret")));
        EXPECT_EQ(given.err.find('\n'), given.err.size() - 1) << "one line";
    };
    refuses("", "no key");
    refuses("\n", "no key");
    refuses("\r\n", "no key");
    refuses("secret-15-bytes\n", "too short to be safe from guessing; openssl rand -hex 24");
    refuses("secret-\x1b[31m-0123456789\n", "control character");
    refuses(std::string("secret-\0-0123456789\n", 20), "control character");
    refuses("secret-0123456789\x7f\n", "control character");
    refuses("secret-0123456789\r\r\n", "control character");
    refuses(" secret-0123456789\n", "begins or ends with a space");
    refuses("secret-0123456789 \n", "begins or ends with a space");
    refuses(std::string(513, 's') + "\n", "longer than 512 bytes");
    refuses(std::string(100'000, 's') + "\n", "longer than 512 bytes");
}

TEST(HashKey, TakesKeysOf16To512Bytes) {
    for (const std::size_t size : {16U, 17U, 511U, 512U}) {
        const std::string key(size, 'k');
        EXPECT_EQ(hash_key(key + "\r\n").out, sha256_line(key)) << size;
    }
}

TEST(HashKey, MakesAKeyThatIsNewEachTime) {
    std::set<std::string> keys;
    for (int i = 0; i < 3; ++i) {
        const auto made = hash_key("not read", true);
        EXPECT_EQ(made.code, 0);
        EXPECT_EQ(made.err, "");
        ASSERT_THAT(made.out, MatchesRegex("key: sk-[0-9a-f]{64}\nsha256: \"[0-9a-f]{64}\"\n"));
        const auto key = made.out.substr(5, made.out.find('\n') - 5);
        EXPECT_EQ(made.out, "key: " + key + "\n" + sha256_line(key));
        EXPECT_EQ(hash_key(key + "\n").out, sha256_line(key));
        keys.insert(key);
    }
    EXPECT_EQ(keys.size(), 3U);
}

TEST(HashKey, SaysWhereItsAnswerCouldNotBeWritten) {
    std::istringstream in("0123456789abcdef\n");
    std::ostream nowhere(nullptr);
    std::ostringstream err;
    EXPECT_EQ(run_hash_key(in, nowhere, err, false), 1);
    EXPECT_THAT(err.str(), HasSubstr("can't be written"));
}

}  // namespace
}  // namespace sluice::gateway::testing
