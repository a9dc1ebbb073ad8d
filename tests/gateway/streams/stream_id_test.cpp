#include "gateway/streams/stream_id.hpp"

#include <gtest/gtest.h>

#include <set>

namespace sluice::gateway::testing {
namespace {

const std::string an_id = "3-abcdefghijklmnopqrstuv";

TEST(StreamId, NamesItsWorkerAndIsNeverTheSame) {
    std::set<std::string> ids;
    for (unsigned worker = 0; worker < 100; ++worker) {
        const auto id = make_stream_id(worker);
        EXPECT_EQ(worker_of(id), worker) << id;
        EXPECT_TRUE(ids.insert(id.substr(id.find('-'))).second);
    }
}

TEST(StreamId, StandsInNoPathThatIsLogged) {
    const auto hash = short_hash(an_id);
    EXPECT_EQ(without_stream_ids("/base/v1/streams/" + an_id), "/base/v1/streams/" + hash);
    EXPECT_EQ(without_stream_ids(an_id + "/x/" + an_id), hash + "/x/" + hash);
    EXPECT_EQ(without_stream_ids("/1/x" + an_id + "&wait=10"), "/1/x" + hash + "&wait=10");
    EXPECT_EQ(without_stream_ids("/" + an_id + an_id), "/" + hash + hash);
    for (const auto* path :
         {"", "/", "//", "/v1/streams/", "/v1/streams/3-abc", "/3-", "no path", "12345", "-3-"})
        EXPECT_EQ(without_stream_ids(path), path);
}

TEST(StreamId, IsNothingElse) {
    EXPECT_EQ(worker_of(an_id), 3U);
    for (const std::string text :
         {"",
          "-",
          "3-",
          "-abcdefghijklmnopqrstuv",
          "x-abcdefghijklmnopqrstuv",
          "3-abcdefghijklmnopqrstu",
          "3-abcdefghijklmnopqrstuvw",
          "3-abcdefghijklmnopqrst/v",
          "3-abcdefghijklmnopqrst v",
          "3abcdefghijklmnopqrstuv",
          "+3-abcdefghijklmnopqrstuv",
          " 3-abcdefghijklmnopqrstuv",
          "123456-abcdefghijklmnopqrstuv",
          "-3-abcdefghijklmnopqrstuv"}) {
        EXPECT_EQ(worker_of(text), std::nullopt) << text;
    }
}

TEST(StreamId, IsLoggedAsAHash) {
    EXPECT_EQ(short_hash(an_id).size(), 8U);
    EXPECT_EQ(short_hash(an_id), short_hash(an_id));
    EXPECT_NE(short_hash(an_id), short_hash("4" + an_id.substr(1)));
    EXPECT_EQ(short_hash(an_id).find_first_not_of("0123456789abcdef"), std::string::npos);
}

TEST(StreamPosition, IsAnIdAndANumberOrANumberAlone) {
    const auto full = parse_position(an_id + "/17");
    ASSERT_TRUE(full);
    EXPECT_EQ(full->id, an_id);
    EXPECT_EQ(full->sequence, 17U);
    const auto bare = parse_position("0");
    ASSERT_TRUE(bare);
    EXPECT_EQ(bare->id, "");
    EXPECT_EQ(bare->sequence, 0U);
    EXPECT_EQ(parse_position("999999999999999999")->sequence, 999'999'999'999'999'999U);
}

TEST(StreamPosition, IsNothingIfMalformed) {
    for (const std::string& text : {std::string{""},      std::string{"-1"},
                                    std::string{"+1"},    std::string{"1 "},
                                    std::string{" 1"},    std::string{"1.0"},
                                    std::string{"0x1"},   std::string{"one"},
                                    std::string{"1e3"},   std::string{"1000000000000000000"},
                                    std::string{"/"},     std::string{"/1"},
                                    std::string{"x/1"},   an_id,
                                    an_id + "/",          an_id + "/-1",
                                    an_id + "/x",         an_id + "/1/2",
                                    an_id + "//1",        an_id + " /1",
                                    std::string{"1\0", 2}}) {
        EXPECT_FALSE(parse_position(text)) << text;
    }
}

}  // namespace
}  // namespace sluice::gateway::testing
