#include "gateway/telemetry/traces/trace_context.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>

namespace sluice::gateway {
namespace {

using ::testing::Pair;
using ::testing::UnorderedElementsAre;

const std::string well = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

trace_settings traced() {
    trace_settings settings;
    settings.endpoint = "http://collector";
    return settings;
}

std::string written(const trace_context& read) {
    return hex_text(read.trace_id) + "/" + hex_text(read.parent) + (read.sampled ? "/1" : "/0");
}

TEST(Traceparent, IsTraceParentAndWhetherItIsSampled) {
    const auto read = read_traceparent(well);
    ASSERT_TRUE(read);
    EXPECT_EQ(written(*read), "4bf92f3577b34da6a3ce929d0e0e4736/00f067aa0ba902b7/1");
    EXPECT_EQ(read->span, 0U);
    const auto unsampled = read_traceparent(well.substr(0, 53) + "00");
    ASSERT_TRUE(unsampled);
    EXPECT_FALSE(unsampled->sampled);
}

TEST(Traceparent, HasFlagsThatNobodyKnowsYet) {
    EXPECT_TRUE(read_traceparent(well.substr(0, 53) + "ff")->sampled);
    EXPECT_FALSE(read_traceparent(well.substr(0, 53) + "fe")->sampled);
}

TEST(Traceparent, OfALaterVersionIsReadByItsBeginning) {
    auto later = well;
    later.replace(0, 2, "cc");
    EXPECT_TRUE(read_traceparent(later));
    EXPECT_TRUE(read_traceparent(later + "-what-will-be"));
    EXPECT_TRUE(read_traceparent(later + "-"));
    EXPECT_FALSE(read_traceparent(later + ".what-will-be"));
    EXPECT_FALSE(read_traceparent(well + "-what-will-be"));
    EXPECT_FALSE(read_traceparent(well + "-"));
}

TEST(Traceparent, IsNoneOfTheVersionThatIsForbiddenNorOfZeros) {
    auto forbidden = well;
    forbidden.replace(0, 2, "ff");
    EXPECT_FALSE(read_traceparent(forbidden));
    EXPECT_FALSE(read_traceparent("00-" + std::string(32, '0') + well.substr(35)));
    EXPECT_FALSE(read_traceparent(well.substr(0, 36) + std::string(16, '0') + "-01"));
}

/// By the letter of the recommendation, place by place.
bool may_stand_at(std::size_t at, char c) {
    const bool digit = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
    return at == 2 || at == 35 || at == 52 ? c == '-' : digit;
}

TEST(Traceparent, IsReadStrictlyAtEveryPlace) {
    for (std::size_t at = 0; at < well.size(); ++at) {
        for (int byte = 0; byte < 256; ++byte) {
            auto changed = well;
            changed[at] = static_cast<char>(byte);
            EXPECT_EQ(read_traceparent(changed).has_value(), may_stand_at(at, changed[at]))
                << changed;
        }
    }
}

TEST(Traceparent, IsNoneWhereSomethingIsMissingOrTooMuch) {
    for (std::size_t at = 0; at < well.size(); ++at) {
        EXPECT_FALSE(read_traceparent(well.substr(0, at))) << at;
        EXPECT_FALSE(read_traceparent(std::string(well).erase(at, 1))) << at;
        EXPECT_FALSE(read_traceparent(std::string(well).insert(at, "0"))) << at;
    }
    EXPECT_FALSE(read_traceparent(well + "0"));
    EXPECT_FALSE(read_traceparent(" " + well));
    EXPECT_FALSE(read_traceparent(well + " "));
}

TEST(Trace, GoesOnWhereTheCallerHasOne) {
    const auto begun = begin_trace({{"traceparent", well}}, traced());
    ASSERT_TRUE(begun);
    EXPECT_EQ(written(*begun), "4bf92f3577b34da6a3ce929d0e0e4736/00f067aa0ba902b7/1");
    EXPECT_NE(begun->span, 0U);
    EXPECT_NE(begun->span, begun->parent);
}

TEST(Trace, BeginsHereWhereTheCallerHasNone) {
    for (const auto& headers : std::vector<upstream::header_list>{
             {},
             {{"traceparent", "00-nonsense"}},
             {{"traceparent", well}, {"traceparent", well}}}) {
        const auto one = begin_trace(headers, traced());
        const auto other = begin_trace(headers, traced());
        ASSERT_TRUE(one && other);
        EXPECT_EQ(one->parent, 0U);
        EXPECT_TRUE(one->sampled);
        EXPECT_NE(one->trace_id, other->trace_id);
        EXPECT_NE(one->span, other->span);
        EXPECT_NE(hex_text(one->trace_id), "4bf92f3577b34da6a3ce929d0e0e4736");
    }
}

TEST(Trace, IsNoneWithoutAnEndpoint) {
    EXPECT_FALSE(begin_trace({{"traceparent", well}}, {}));
}

TEST(Trace, IsSampledAsTheCallerSaysWhereHeIsTrusted) {
    auto settings = traced();
    settings.sample = 0;
    EXPECT_TRUE(begin_trace({{"traceparent", well}}, settings)->sampled);
    settings.trust_parent = false;
    const auto distrusted = begin_trace({{"traceparent", well}}, settings);
    EXPECT_FALSE(distrusted->sampled);
    EXPECT_EQ(hex_text(distrusted->trace_id), "4bf92f3577b34da6a3ce929d0e0e4736");
    settings.sample = 1;
    EXPECT_TRUE(begin_trace({{"traceparent", well.substr(0, 53) + "00"}}, settings)->sampled);
}

TEST(Trace, IsSampledByItsIdAlone) {
    auto settings = traced();
    settings.trust_parent = false;
    const auto sampled = [&](const std::string& last_digits, double share) {
        settings.sample = share;
        const std::string id = "4bf92f3577b34da6a3" + last_digits;
        const std::string header = "00-" + id + "-00f067aa0ba902b7-00";
        return begin_trace({{"traceparent", header}}, settings)->sampled;
    };
    // Three in four are those whose last 56 bits are a quarter of the way at least.
    EXPECT_FALSE(sampled("3fffffffffffff", 0.75));
    EXPECT_TRUE(sampled("40000000000000", 0.75));
    EXPECT_FALSE(sampled("40000000000000", 0.5));
    EXPECT_TRUE(sampled("80000000000000", 0.5));
    EXPECT_FALSE(sampled("ffffffffffffff", 0));
    EXPECT_TRUE(sampled("00000000000000", 1));
}

TEST(Trace, IsSampledInItsShare) {
    auto settings = traced();
    settings.sample = 0.25;
    int sampled = 0;
    for (int i = 0; i < 20'000; ++i)
        sampled += begin_trace({}, settings)->sampled ? 1 : 0;
    EXPECT_NEAR(sampled, 5000, 400);
}

TEST(Trace, TellsEachAttemptItsOwnSpan) {
    const auto begun = begin_trace({{"traceparent", well}}, traced());
    const auto parent = parent_of_attempts(*begun);
    const auto first = read_traceparent(parent.header_of(0));
    const auto second = read_traceparent(parent.header_of(1));
    ASSERT_TRUE(first && second);
    EXPECT_EQ(first->trace_id, begun->trace_id);
    EXPECT_TRUE(first->sampled);
    EXPECT_EQ(first->parent, parent.span_of(0));
    EXPECT_NE(first->parent, second->parent);
    EXPECT_NE(first->parent, begun->span);
    EXPECT_NE(first->parent, begun->parent);
}

TEST(Trace, TellsProvidersThatItIsNotSampled) {
    auto settings = traced();
    settings.sample = 0;
    const auto parent = parent_of_attempts(*begin_trace({}, settings));
    EXPECT_TRUE(parent.header_of(0).ends_with("-00"));
}

TEST(TraceHeaders, KeepATracestateThatBelongsToATrace) {
    upstream::header_list headers{
        {"tracestate", "a=1"}, {"traceparent", well}, {"tracestate", "b=2"}, {"accept", "x"}};
    EXPECT_EQ(tracestate_of(headers), "a=1,b=2");
    auto traced = headers;
    keep_trace_headers(traced, true);
    EXPECT_THAT(traced, UnorderedElementsAre(Pair("accept", "x"), Pair("tracestate", "a=1,b=2")));
    keep_trace_headers(headers, false);
    EXPECT_THAT(
        headers,
        UnorderedElementsAre(
            Pair("accept", "x"), Pair("tracestate", "a=1,b=2"), Pair("traceparent", well)
        )
    );
}

TEST(TraceHeaders, LoseATracestateThatIsNoneOrTooLong) {
    const auto kept = [](const std::string& state) {
        upstream::header_list headers{{"traceparent", well}, {"tracestate", state}};
        const auto told = tracestate_of(headers);
        keep_trace_headers(headers, false);
        EXPECT_EQ(headers.size(), told.empty() ? 1U : 2U);
        return told == state;
    };
    const auto members = [](int count) {
        std::string state = "m=0";
        for (int i = 1; i < count; ++i)
            state += ",m" + std::to_string(i) + "=1";
        return state;
    };
    EXPECT_TRUE(kept("a=" + std::string(510, 'x')));
    EXPECT_FALSE(kept("a=" + std::string(511, 'x')));
    EXPECT_TRUE(kept(members(32)));
    EXPECT_FALSE(kept(members(33)));
    EXPECT_TRUE(kept("a=1, b=~"));
    EXPECT_FALSE(kept("a=\x7f"));
    EXPECT_FALSE(kept("a=\x01"));
    EXPECT_FALSE(kept("a=\xc3\xa9"));
}

TEST(TraceHeaders, LoseATracestateThatBelongsToNone) {
    upstream::header_list headers{{"tracestate", "a=1"}, {"traceparent", "nonsense"}};
    EXPECT_EQ(tracestate_of(headers), "");
    keep_trace_headers(headers, false);
    EXPECT_THAT(headers, UnorderedElementsAre(Pair("traceparent", "nonsense")));
}

}  // namespace
}  // namespace sluice::gateway
