#include "gateway/load/report/histogram.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/evp.h>

#include <cstdint>
#include <random>
#include <string>
#include <zlib.h>

namespace sluice::gateway::load::testing {

namespace {

using ::testing::HasSubstr;

std::string base64(const std::string& bytes) {
    std::string text(4 * ((bytes.size() + 2) / 3) + 1, '\0');
    const int length = EVP_EncodeBlock(
        reinterpret_cast<unsigned char*>(text.data()),
        reinterpret_cast<const unsigned char*>(bytes.data()),
        static_cast<int>(bytes.size())
    );
    return text.substr(0, static_cast<std::size_t>(length));
}

std::string big_endian(std::uint32_t value) {
    std::string bytes;
    for (int shift = 24; shift >= 0; shift -= 8)
        bytes += static_cast<char>(value >> shift & 0xff);
    return bytes;
}

/// As HdrHistogram wraps it.
std::string wrapped(const std::string& plain) {
    uLongf length = compressBound(plain.size());
    std::string packed(length, '\0');
    compress(
        reinterpret_cast<Bytef*>(packed.data()),
        &length,
        reinterpret_cast<const Bytef*>(plain.data()),
        plain.size()
    );
    packed.resize(length);
    return base64(big_endian(0x1c849314) + big_endian(static_cast<std::uint32_t>(length)) + packed);
}

std::string plain_with(const std::string& words, std::uint32_t digits = 2) {
    const std::string eight_zeros(4, '\0');
    return big_endian(0x1c849313) + big_endian(static_cast<std::uint32_t>(words.size())) +
           big_endian(0) + big_endian(digits) + eight_zeros + big_endian(1) + eight_zeros +
           big_endian(0xffff) + big_endian(0x3ff00000) + eight_zeros + words;
}

std::string error_of(const std::string& text) {
    const auto read = histogram::from_hdr_base64(text);
    return read ? "none" : read.error();
}

TEST(LoadHistogramText, ReadsItsOwnWithAllPercentiles) {
    std::mt19937_64 random(3);
    std::lognormal_distribution<double> latency(14, 3);
    histogram times;
    for (int i = 0; i < 10'000; ++i)
        times.record(static_cast<std::int64_t>(latency(random)));
    const auto read = histogram::from_hdr_base64(times.hdr_base64());
    ASSERT_TRUE(read) << read.error();
    EXPECT_EQ(read->count(), 10'000U);
    for (const double share : {0.0, 0.1, 0.5, 0.9, 0.99, 0.999})
        EXPECT_EQ(read->percentile_ns(share), times.percentile_ns(share)) << share;
    EXPECT_NEAR(read->mean_ns() / times.mean_ns(), 1, 0.005);
    EXPECT_EQ(read->hdr_base64(), times.hdr_base64());
}

TEST(LoadHistogramText, ReadsAnEmptyOne) {
    const auto read = histogram::from_hdr_base64(histogram().hdr_base64());
    ASSERT_TRUE(read) << read.error();
    EXPECT_EQ(read->count(), 0U);
    EXPECT_EQ(read->percentile_ns(0.5), 0);
}

TEST(LoadHistogramText, ReadsWhatTheJavaScriptLibraryWrote) {
    // hdr-histogram-js 3, two digits: 1, 300, 300 and 5,000,000 recorded.
    const auto read = histogram::from_hdr_base64(
        "HISTFAAAACp4nJNpmSzMwMDAwcDAwMjAwMDEAAGMDAzM/0EAzmdazsLSKMMEAKH6B6I="
    );
    ASSERT_TRUE(read) << read.error();
    EXPECT_EQ(read->count(), 4U);
    EXPECT_EQ(read->percentile_ns(0.25), 1);
    EXPECT_EQ(read->percentile_ns(0.75), 301);
    EXPECT_EQ(read->percentile_ns(1), 5'013'503);
}

TEST(LoadHistogramText, WritesWhatTheJavaScriptLibraryReads) {
    // The head and the words that library writes for the same times, but for its shift of 1.
    histogram times;
    times.record(0);
    times.record(3);
    times.record(3);
    const std::string words("\x02\x03\x04", 3);  // one, two zeros, two
    const auto same = histogram::from_hdr_base64(wrapped(plain_with(words)));
    ASSERT_TRUE(same) << same.error();
    EXPECT_EQ(same->hdr_base64(), times.hdr_base64());
}

TEST(LoadHistogramText, KeepsTheLargestTimeAndLargeCounts) {
    histogram times;
    times.record(INT64_MAX);
    for (int doubled = 0; doubled < 40; ++doubled)
        times.add(histogram(times));
    const auto read = histogram::from_hdr_base64(times.hdr_base64());
    ASSERT_TRUE(read) << read.error();
    EXPECT_EQ(read->count(), std::uint64_t{1} << 40);
    EXPECT_EQ(read->max_ns(), times.max_ns());
}

TEST(LoadHistogramText, RefusesWhatIsNone) {
    EXPECT_THAT(error_of(""), HasSubstr("no base64"));
    EXPECT_THAT(error_of("no base64"), HasSubstr("no base64"));
    EXPECT_THAT(error_of(base64("some other bytes")), HasSubstr("no deflated HdrHistogram"));
    EXPECT_THAT(
        error_of(base64(big_endian(0x1c849314) + big_endian(99) + "x")), HasSubstr("cut off")
    );
    EXPECT_THAT(
        error_of(base64(big_endian(0x1c849314) + big_endian(4) + "abcd")), HasSubstr("broken")
    );
    EXPECT_THAT(error_of(wrapped("short")), HasSubstr("head is cut off"));
}

TEST(LoadHistogramText, RefusesBucketsOfAnotherLayout) {
    EXPECT_THAT(error_of(wrapped(plain_with("\x02", 3))), HasSubstr("two significant digits"));
}

TEST(LoadHistogramText, RefusesALengthThatIsNotItsOwn) {
    EXPECT_THAT(error_of(wrapped(plain_with("\x02") + "\x02")), HasSubstr("length"));
}

TEST(LoadHistogramText, RefusesCountsThatCannotBe) {
    const std::string most("\xfe\xff\xff\xff\xff\xff\xff\xff\xff", 9);
    EXPECT_THAT(error_of(wrapped(plain_with(most + most))), HasSubstr("more times than"));
    EXPECT_THAT(error_of(wrapped(plain_with("\x80"))), HasSubstr("cut off"));
}

TEST(LoadHistogramText, RefusesTimesBehindTheLastBucket) {
    const std::string lowest("\xff\xff\xff\xff\xff\xff\xff\xff\xff", 9);
    EXPECT_THAT(error_of(wrapped(plain_with(lowest))), HasSubstr("70 minutes"));
    const std::string all_zeros("\xff\x47", 2);  // 4608 of them: as many as there are buckets
    EXPECT_EQ(error_of(wrapped(plain_with(all_zeros))), "none");
    EXPECT_THAT(error_of(wrapped(plain_with(all_zeros + "\x02"))), HasSubstr("70 minutes"));
}

TEST(LoadHistogramText, InflatesNoMoreThanAHistogramNeeds) {
    EXPECT_THAT(error_of(wrapped(std::string(50'000'000, '\0'))), HasSubstr("too long"));
}

TEST(LoadHistogramText, SurvivesEveryFlippedByte) {
    histogram times;
    for (std::int64_t ns = 1; ns < 1'000'000; ns = ns * 2 + 5)
        times.record(ns);
    const std::string text = times.hdr_base64();
    std::mt19937 random(11);
    for (int round = 0; round < 2000; ++round) {
        std::string broken = text;
        broken[random() % broken.size()] = static_cast<char>(random() & 0xff);
        const auto read = histogram::from_hdr_base64(broken);
        if (!read) continue;
        EXPECT_LE(read->percentile_ns(0.5), read->max_ns());
    }
}

}  // namespace

}  // namespace sluice::gateway::load::testing
