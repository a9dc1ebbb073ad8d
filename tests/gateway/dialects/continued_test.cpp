#include "tests/gateway/dialects/suffering.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <string>
#include <utility>
#include <vector>

namespace sluice::gateway::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

/// What marks a continued answer, by the names of the forms: where it stands in the event that has
/// it, and by which words that event is known.
const std::map<std::string, std::pair<const char*, const char*>>& marks() {
    static const std::map<std::string, std::pair<const char*, const char*>> all{
        {"native", {"/continued", R"("finish_reason":"stop")"}},
        {"chat", {"/continued", R"("finish_reason":"stop")"}},
        {"completions", {"/continued", R"("finish_reason":"stop")"}},
        {"responses", {"/response/continued", R"("type":"response.completed")"}},
        {"anthropic", {"/continued", R"("type":"message_delta")"}},
        {"gemini", {"/continued", R"("finishReason":"STOP")"}},
        {"gemini array", {"/continued", R"("finishReason":"STOP")"}},
        {"ollama chat", {"/continued", R"("done":true)"}},
        {"ollama generate", {"/continued", R"("done":true)"}},
        {"ui messages", {"/messageMetadata/continued", R"("type":"finish")"}},
    };
    return all;
}

/// One answer, gone on with so often.
std::string streamed(
    const dialect& of, int continuations, upstream::outcome outcome = upstream::outcome::completed
) {
    encoding stream{of};
    stream.open().text("Hel");
    for (int i = 0; i < continuations; ++i)
        stream.continued().text("lo");
    if (outcome == upstream::outcome::completed)
        stream.item(upstream::finish{0, upstream::finish_reason::stop});
    stream.close(closed(outcome));
    return stream.wire();
}

nlohmann::json document_of(const dialect& of, int continuations) {
    const auto builder = of.document({}, some_names, false);
    builder->add(upstream::text_delta{0, "Hel"});
    for (int i = 0; i < continuations; ++i) {
        builder->note_continued();
        builder->add(upstream::text_delta{0, "lo"});
    }
    builder->add(upstream::finish{0, upstream::finish_reason::stop});
    return nlohmann::json::parse(builder->finish(closed(upstream::outcome::completed)));
}

TEST(ContinuedAnswer, SaysHowOftenInTheEventThatEndsIt) {
    for (const auto& form : streamed_forms()) {
        SCOPED_TRACE(form.name);
        const auto& [pointer, words] = marks().at(form.name);
        const nlohmann::json::json_pointer at(pointer);
        int marked = 0;
        for (const auto& payload : payloads_of(form, streamed(*form.of, 2))) {
            const auto event = nlohmann::json::parse(payload);
            if (!event.contains(at)) continue;
            ++marked;
            EXPECT_EQ(event.at(at), 2);
            EXPECT_THAT(payload, HasSubstr(words));
        }
        EXPECT_EQ(marked, 1);
    }
}

TEST(ContinuedAnswer, SaysHowOftenInItsDocument) {
    for (const auto& form : streamed_forms()) {
        SCOPED_TRACE(form.name);
        const bool ui = form.of == &ui_messages_dialect();
        const nlohmann::json::json_pointer at(ui ? "/metadata/continued" : "/continued");
        const auto document = document_of(*form.of, 1);
        ASSERT_TRUE(document.contains(at)) << document;
        EXPECT_EQ(document.at(at), 1);
    }
}

TEST(ContinuedAnswer, IsToldOfNoAnswerThatOneAttemptGave) {
    for (const auto& form : streamed_forms()) {
        SCOPED_TRACE(form.name);
        EXPECT_THAT(streamed(*form.of, 0), Not(HasSubstr("continued")));
        EXPECT_THAT(document_of(*form.of, 0).dump(), Not(HasSubstr("continued")));
    }
}

TEST(ContinuedAnswer, SaysSoWhereABudgetCutItToo) {
    for (const auto& form : streamed_forms()) {
        SCOPED_TRACE(form.name);
        const auto wire = streamed(*form.of, 1, upstream::outcome::budget);
        EXPECT_THAT(wire, HasSubstr(R"("continued":1)"));
    }
}

TEST(ContinuedAnswer, KeepsItsUsageBesideTheMark) {
    encoding stream{openai_chat_dialect(), false, true};
    stream.open().text("Hel").continued().text("lo");
    stream.item(upstream::finish{0, upstream::finish_reason::stop});
    stream.close(closed(upstream::outcome::completed));
    const auto events = events_of(stream.wire());
    ASSERT_GE(events.size(), 3U);
    const auto finish = json_of(events[events.size() - 3]);
    EXPECT_EQ(finish["continued"], 1);
    EXPECT_TRUE(finish["usage"].is_null());
    const auto usage = json_of(events[events.size() - 2]);
    EXPECT_TRUE(usage["usage"].is_object());
    EXPECT_FALSE(usage.contains("continued"));
}

}  // namespace
}  // namespace sluice::gateway::testing
