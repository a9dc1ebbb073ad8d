#include "gateway/doctor/findings.hpp"

#include "tests/gateway/doctor/some_facts.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sluice::gateway::doctor::testing {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

auto finds(level how, std::string_view check, const std::string& text) {
    return AllOf(
        Field(&finding::how, how),
        Field(&finding::check, check),
        Field(&finding::says, HasSubstr(text))
    );
}

/// What was found of `check`.
std::vector<finding> of(const diagnosis& all, std::string_view check) {
    std::vector<finding> found;
    for (const auto& each : all.findings) {
        if (each.check == check) found.push_back(each);
    }
    return found;
}

std::vector<std::string> set_in(const diagnosis& all) {
    std::vector<std::string> names;
    for (const auto& each : all.advices)
        names.push_back(std::string(to_string(each.who)) + " " + std::string(to_string(each.what)));
    return names;
}

facts refused(int status, upstream::header_list headers = {}) {
    facts found;
    found.url = "http://chat.example.com";
    found.models.status = status;
    found.models.headers = std::move(headers);
    return found;
}

facts failed(upstream::transfer_error error, const std::string& problem) {
    auto found = refused(0);
    found.models.error = error;
    found.models.problem = problem;
    return found;
}

TEST(Findings, AreAllWellWhereNothingStandsBetween) {
    const auto all = judge(well());
    EXPECT_TRUE(all.well());
    EXPECT_THAT(all.proxies, IsEmpty());
    EXPECT_THAT(all.advices, IsEmpty());
    EXPECT_THAT(of(all, "http"), ElementsAre(finds(level::ok, "http", "HTTP/2 over TLS")));
    EXPECT_THAT(
        of(all, "stream"), ElementsAre(finds(level::ok, "stream", "100 events came one by one"))
    );
    EXPECT_THAT(of(all, "way"), ElementsAre(finds(level::ok, "way", "nobody on it gives a name")));
}

TEST(Findings, SayWhatToSetInTheProxyThatIsThere) {
    auto found = well();
    found.stream = tokens_at_the_end();
    found.models.headers = {{"server", "cloudflare"}, {"cf-ray", "8f2-AMS"}};
    const auto all = judge(found);
    EXPECT_FALSE(all.well());
    EXPECT_THAT(
        of(all, "stream"),
        ElementsAre(finds(
            level::fail,
            "stream",
            "came all at once at the end: something on the way "
            "holds the whole answer (9.8 KiB) back"
        ))
    );
    EXPECT_THAT(set_in(all), ElementsAre("Cloudflare buffering"));
}

TEST(Findings, SayWhatToLookForWhereNobodyGivesAName) {
    auto found = well();
    found.stream = tokens_at_the_end();
    const auto all = judge(found);
    EXPECT_THAT(set_in(all), ElementsAre("a proxy that does not say its name buffering"));
}

TEST(Findings, SayTheSameOnceHoweverManyStreamsShowIt) {
    auto found = well();
    found.stream = tokens_at_the_end();
    found.stream->answer.headers.emplace_back("content-encoding", "br");
    found.models.headers = {{"server", "cloudflare"}};
    found.old_stream = found.stream;
    const auto all = judge(found);
    EXPECT_THAT(of(all, "head"), ElementsAre(finds(level::fail, "head", "(Content-Encoding: br)")));
    EXPECT_EQ(all.advices.size(), 2U);
}

TEST(Findings, TellOfABufferThatOnlyHttp1Meets) {
    auto found = well();
    found.old_stream = tokens_at_the_end();
    const auto all = judge(found);
    EXPECT_THAT(of(all, "stream"), ElementsAre(finds(level::ok, "stream", "one by one")));
    EXPECT_THAT(of(all, "HTTP/1.1"), ElementsAre(finds(level::fail, "HTTP/1.1", "at the end")));
}

TEST(Findings, KnowNginxByTheFieldThatItTakesAway) {
    auto found = well();
    found.stream->answer.headers.pop_back();
    EXPECT_THAT(judge(found).proxies, ElementsAre(proxy::nginx));
}

TEST(Findings, TellWhatTheHeadOfAStreamLacksAndWhatWasPutIn) {
    auto found = well();
    found.stream->answer.headers = {
        {"content-type", "text/plain"},
        {"content-length", "9800"},
        {"cache-control", "no-cache"},
        {"x-accel-buffering", "no"}};
    EXPECT_THAT(
        of(judge(found), "head"),
        ElementsAre(
            finds(level::fail, "head", "Content-Type came as 'text/plain'"),
            finds(level::fail, "head", "Content-Length (9800)"),
            finds(level::warn, "head", "without no-transform")
        )
    );
}

TEST(Findings, TellWhenNothingCame) {
    auto found = well();
    found.stream->pieces.clear();
    found.stream->watched_ms = 5000;
    EXPECT_THAT(
        of(judge(found), "stream"),
        ElementsAre(finds(level::fail, "stream", "no event came within 5.0 s"))
    );
    found.stream->answer = {};
    EXPECT_THAT(
        of(judge(found), "stream"),
        ElementsAre(finds(level::fail, "stream", "neither a head nor an event"))
    );
}

TEST(Findings, FailWhereNothingCouldBeMeasured) {
    auto found = well();
    found.stream.reset();
    found.feed = stream_facts{};
    found.feed->answer.status = 403;
    const auto all = judge(found);
    EXPECT_FALSE(all.well());
    EXPECT_THAT(
        of(all, "live feed"), ElementsAre(finds(level::warn, "live feed", "operator's key"))
    );
    EXPECT_THAT(of(all, "stream"), ElementsAre(finds(level::ok, "stream", "a real one costs")));
    EXPECT_THAT(
        of(all, "buffering"), ElementsAre(finds(level::fail, "buffering", "nothing could be"))
    );
}

TEST(Findings, DoNotJudgeByAModelThatIsNoMock) {
    auto found = well();
    found.foreign_model = true;
    found.feed = tokens_as_made();
    const auto all = judge(found);
    EXPECT_THAT(of(all, "stream"), ElementsAre(finds(level::warn, "stream", "is no mock")));
    EXPECT_TRUE(all.well());
}

TEST(Findings, TellWhetherOneCanComeBackAndLeave) {
    auto found = well();
    found.resume = resume_facts{200, 10, 11};
    found.left = leaving::noticed;
    auto all = judge(found);
    EXPECT_THAT(of(all, "resume"), ElementsAre(finds(level::ok, "resume", "brought event 11")));
    EXPECT_THAT(of(all, "leaving"), ElementsAre(finds(level::ok, "leaving", "saw within 1 s")));
    found.resume->first = 0;
    found.left = leaving::unnoticed;
    all = judge(found);
    EXPECT_THAT(
        of(all, "resume"), ElementsAre(finds(level::warn, "resume", "Last-Event-ID is lost"))
    );
    EXPECT_THAT(
        of(all, "leaving"), ElementsAre(finds(level::warn, "leaving", "writes on for nobody"))
    );
    EXPECT_TRUE(all.well());
    found.resume->status = 404;
    EXPECT_THAT(
        of(judge(found), "resume"),
        ElementsAre(finds(level::warn, "resume", "another gateway answers"))
    );
}

TEST(Findings, BlameNobodyForAStreamThatWentOnWithoutTheWishToCancelIt) {
    auto found = well();
    found.left = leaving::wish_lost;
    const auto all = judge(found);
    EXPECT_THAT(
        of(all, "leaving"),
        ElementsAre(finds(
            level::warn, "leaving", "not looked at: X-Stream-On-Disconnect is lost on the way"
        ))
    );
    EXPECT_THAT(set_in(all), ElementsAre());
    found.left = leaving::unseen;
    EXPECT_THAT(
        of(judge(found), "leaving"), ElementsAre(finds(level::warn, "leaving", "not looked at"))
    );
}

TEST(Findings, TellOfASilenceThatEndedAStream) {
    auto found = well();
    found.idle = idle_facts{{}, 70'000, 60'012, false};
    found.models.headers = {{"via", "1.1 google"}};
    const auto all = judge(found);
    EXPECT_THAT(
        of(all, "idle"), ElementsAre(finds(level::fail, "idle", "cut after 60.0 s of silence"))
    );
    EXPECT_THAT(set_in(all), ElementsAre("Google Cloud load balancer idle"));
}

TEST(Findings, WarnOfHttp1OverTlsAndOfNoTlsBeyondThisMachine) {
    auto found = well();
    found.models.http2 = false;
    EXPECT_THAT(
        of(judge(found), "http"), ElementsAre(finds(level::warn, "http", "six connections"))
    );
    found.tls = false;
    EXPECT_THAT(
        of(judge(found), "http"), ElementsAre(finds(level::warn, "http", "can be read on the way"))
    );
    found.loopback = true;
    EXPECT_THAT(of(judge(found), "http"), ElementsAre(finds(level::ok, "http", "on this machine")));
}

struct reach_row {
    facts found;
    std::string says;
};

TEST(Findings, SayInWordsWhyThereIsNoGateway) {
    using upstream::transfer_error;
    const std::vector<reach_row> rows{
        {failed(transfer_error::resolve, "no address for x:80"), "is the name spelt right"},
        {failed(transfer_error::connect, "refused"), "does something listen there"},
        {failed(transfer_error::connect_timeout, "late"), "a firewall drops"},
        {failed(transfer_error::tls, "self-signed"), "--ca-file names who signed"},
        {failed(transfer_error::tls, "wrong version number"), "is it http:// there?"},
        {failed(transfer_error::broken, "reset"), "the other way round"},
        {refused(301, {{"location", "https://a/"}}), "a redirect to https://a/; give that address"},
        {refused(308, {{"location", "https://a/llm/v1/models"}}), "to https://a/llm/; give that"},
        {refused(400), "is it https:// there?"},
        {refused(401), "--key-env NAME shows the key"},
        {refused(401, {{"content-type", "text/html"}}), "a login?"},
        {refused(404), "mounted under a path?"},
        {refused(502), "cannot reach the gateway"},
        {refused(500), "an error"},
        {refused(200, {{"content-type", "text/html"}}), "answered a web page"},
        {refused(200), "no gateway of this kind"},
    };
    for (const auto& [found, says] : rows) {
        SCOPED_TRACE(says);
        const auto all = judge(found);
        EXPECT_FALSE(all.well());
        EXPECT_THAT(of(all, "gateway"), ElementsAre(finds(level::fail, "gateway", says)));
    }
    auto late = refused(0);
    late.models.late = true;
    EXPECT_THAT(
        of(judge(late), "gateway"), ElementsAre(finds(level::fail, "gateway", "did not answer"))
    );
}

}  // namespace
}  // namespace sluice::gateway::doctor::testing
