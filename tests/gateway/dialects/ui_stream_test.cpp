#include "tests/gateway/dialects/encoding.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sluice::gateway::testing {
namespace {

using nlohmann::json;
using ::testing::ElementsAre;
using upstream::finish_reason;
using upstream::outcome;

using origin = upstream::reasoning_state::origin;
using form = upstream::reasoning_state::form;

/// The parts that a client reads, `[DONE]` as a string.
std::vector<json> parts_of(const encoding& stream) {
    std::vector<json> parts;
    for (const auto& event : events_of(stream.wire())) {
        EXPECT_EQ(event.type, "message");
        parts.push_back(event.data == "[DONE]" ? json(event.data) : json_of(event));
    }
    return parts;
}

std::vector<std::string> types_of(const encoding& stream) {
    std::vector<std::string> types;
    for (const auto& part : parts_of(stream))
        types.push_back(
            part.is_string() ? part.get<std::string>() : part["type"].get<std::string>()
        );
    return types;
}

json part_of(const encoding& stream, std::string_view type) {
    for (const auto& part : parts_of(stream)) {
        if (part.is_object() && part["type"] == type) return part;
    }
    ADD_FAILURE() << "there is no " << type;
    return {};
}

encoding begun() {
    return encoding{ui_messages_dialect()};
}

TEST(UiStream, IsFramedAsTheSdkReadsIt) {
    upstream::usage usage;
    usage.input_tokens = 5;
    usage.output_tokens = 8;
    encoding stream{ui_messages_dialect()};
    stream.open()
        .item(upstream::identity{"x", "gpt", 1})
        .text("Hel")
        .text("lo")
        .item(upstream::finish{})
        .close(closed(outcome::completed, usage));
    const std::string id = some_names.id;
    EXPECT_THAT(
        stream.frames(),
        ElementsAre(
            "data: {\"type\":\"start\",\"messageId\":\"msg_" + id + "\"}\n\n",
            "data: {\"type\":\"start-step\"}\n\n",
            "data: {\"type\":\"text-start\",\"id\":\"text-1\"}\n\n",
            "data: {\"type\":\"text-delta\",\"id\":\"text-1\",\"delta\":\"Hel\"}\n\n",
            "data: {\"type\":\"text-delta\",\"id\":\"text-1\",\"delta\":\"lo\"}\n\n",
            "data: {\"type\":\"text-end\",\"id\":\"text-1\"}\n\n",
            "data: {\"type\":\"finish-step\"}\n\n",
            "data: {\"type\":\"finish\",\"finishReason\":\"stop\",\"messageMetadata\":{\"model\":"
            "\"gpt\",\"usage\":{\"inputTokens\":5,\"outputTokens\":8,\"totalTokens\":13}}}\n\n",
            "data: [DONE]\n\n"
        )
    );
}

TEST(UiStream, SaysOfItselfWhatItIs) {
    const auto headers = ui_messages_dialect().stream_headers();
    EXPECT_THAT(
        headers,
        ElementsAre(
            std::pair("Content-Type", "text/event-stream; charset=utf-8"),
            std::pair("X-Vercel-AI-UI-Message-Stream", "v1")
        )
    );
    EXPECT_TRUE(ui_messages_dialect().outlives_clients());
    EXPECT_EQ(begun().encoder().heartbeat(false), ":\n\n");
    EXPECT_EQ(begun().encoder().heartbeat(true), ":\n\n");
}

TEST(UiStream, GoesOnWithTheMessageWhoseToolsHaveAnswered) {
    const auto start_after = [](upstream::role last) {
        sse::journal::pool pool;
        sse::journal journal{pool};
        frame_writer out{journal};
        upstream::call call;
        call.request.messages.emplace_back().role = last;
        ui_messages_dialect().encoder(call, some_names, false)->open(out);
        std::string frame;
        journal.read(0, frame);
        return json_of(events_of(frame).at(0));
    };
    EXPECT_TRUE(start_after(upstream::role::user).contains("messageId"));
    EXPECT_FALSE(start_after(upstream::role::tool).contains("messageId"));
    EXPECT_FALSE(start_after(upstream::role::assistant).contains("messageId"));
}

TEST(UiStream, OpensAndClosesABlockForEachStretch) {
    auto stream = begun();
    stream.item(upstream::reasoning_delta{0, "hm"})
        .text("a")
        .item(upstream::refusal_delta{0, "b"})
        .item(upstream::reasoning_delta{0, "again"})
        .item(upstream::finish{})
        .close(closed(outcome::completed));
    EXPECT_THAT(
        types_of(stream),
        ElementsAre(
            "reasoning-start",
            "reasoning-delta",
            "reasoning-end",
            "text-start",
            "text-delta",
            "text-delta",
            "text-end",
            "reasoning-start",
            "reasoning-delta",
            "reasoning-end",
            "finish-step",
            "finish",
            "[DONE]"
        )
    );
    const auto parts = parts_of(stream);
    EXPECT_EQ(parts[0]["id"], parts[2]["id"]);
    EXPECT_NE(parts[0]["id"], parts[7]["id"]);
}

TEST(UiStream, TellsOpaqueStateWithThePartThatItBelongsTo) {
    auto stream = begun();
    stream.item(upstream::reasoning_delta{0, "hm"})
        .item(upstream::reasoning_state_delta{0, origin::anthropic, form::signature, "SIG", ""})
        .item(upstream::reasoning_state_delta{0, origin::anthropic, form::redacted, "RED", ""})
        .text("a")
        .item(upstream::reasoning_state_delta{
            0, origin::gemini, form::signature, "TXT", "", -1, true})
        .item(upstream::tool_call_delta{0, 0, "c", "f", "{}"})
        .item(upstream::reasoning_state_delta{0, origin::gemini, form::signature, "TOOL", "", 0})
        .item(upstream::finish{});
    const auto parts = parts_of(stream);
    EXPECT_THAT(
        types_of(stream),
        ElementsAre(
            "reasoning-start",
            "reasoning-delta",
            "reasoning-end",
            "reasoning-start",
            "reasoning-end",
            "text-start",
            "text-delta",
            "text-end",
            "tool-input-start",
            "tool-input-delta",
            "tool-input-available"
        )
    );
    const auto state = [&](std::size_t at) {
        return parts[at]["providerMetadata"]["sluice"]["state"];
    };
    EXPECT_EQ(state(2), "sluice:anthropic:signature:0:SIG");
    EXPECT_EQ(state(4), "sluice:anthropic:redacted:0:RED");
    EXPECT_EQ(state(7), "sluice:gemini:signature:0:TXT");
    EXPECT_EQ(state(10), "sluice:gemini:signature:0:TOOL");
}

TEST(UiStream, TellsARedactedThoughtApartFromTheOneThatIsOpen) {
    auto stream = begun();
    stream.item(upstream::reasoning_delta{0, "hm"})
        .item(upstream::reasoning_state_delta{0, origin::anthropic, form::redacted, "RED", ""});
    EXPECT_THAT(
        types_of(stream),
        ElementsAre(
            "reasoning-start",
            "reasoning-delta",
            "reasoning-end",
            "reasoning-start",
            "reasoning-end"
        )
    );
    EXPECT_FALSE(parts_of(stream).at(2).contains("providerMetadata"));
}

TEST(UiStream, TellsCallsThatComeInTurns) {
    auto stream = begun();
    stream.text("I look.")
        .item(upstream::tool_call_delta{0, 0, "c0", "f", ""})
        .item(upstream::tool_call_delta{0, 1, "c1", "g", "{\"b\":"})
        .item(upstream::tool_call_delta{0, 0, "", "", "{\n\"a\":1.0}"})
        .item(upstream::tool_call_delta{0, 1, "", "", "[2]}"})
        .item(upstream::tool_call_delta{0, 2, "c2", "h", ""})
        .item(upstream::finish{0, finish_reason::tool_calls})
        .close(closed(outcome::completed));
    const auto parts = parts_of(stream);
    EXPECT_THAT(
        types_of(stream),
        ElementsAre(
            "text-start",
            "text-delta",
            "text-end",
            "tool-input-start",
            "tool-input-start",
            "tool-input-delta",
            "tool-input-delta",
            "tool-input-delta",
            "tool-input-start",
            "tool-input-available",
            "tool-input-available",
            "tool-input-available",
            "finish-step",
            "finish",
            "[DONE]"
        )
    );
    EXPECT_EQ(
        parts[3], json::parse(R"({"type":"tool-input-start","toolCallId":"c0","toolName":"f"})")
    );
    EXPECT_EQ(
        parts[5],
        json::parse(R"({"type":"tool-input-delta","toolCallId":"c1","inputTextDelta":"{\"b\":"})")
    );
    EXPECT_EQ(
        parts[9],
        json::parse(
            R"({"type":"tool-input-available","toolCallId":"c0","toolName":"f","input":{"a":1.0}})"
        )
    );
    EXPECT_EQ(parts[10]["input"], json::parse(R"({"b":[2]})"));
    EXPECT_EQ(parts[11]["input"], json::object());
    EXPECT_EQ(parts[13]["finishReason"], "tool-calls");
}

TEST(UiStream, LeavesTheModelsNumbersAsTheyAre) {
    auto stream = begun();
    stream
        .item(upstream::tool_call_delta{0, 0, "c", "f", R"({"n":123456789012345678901234567890})"})
        .item(upstream::finish{});
    EXPECT_THAT(
        stream.wire(), ::testing::HasSubstr(R"("input":{"n":123456789012345678901234567890}})")
    );
}

TEST(UiStream, TellsArgumentsThatAreNoObjectAsAnErrorOfTheCall) {
    for (const std::string arguments :
         {"{\"a", "[1]", "7", "nonsense", "{} {}", "{\"a\":\"\xff\"}"}) {
        SCOPED_TRACE(arguments);
        auto stream = begun();
        stream.item(upstream::tool_call_delta{0, 0, "c", "f", arguments}).item(upstream::finish{});
        const auto part = part_of(stream, "tool-input-error");
        EXPECT_EQ(part["toolCallId"], "c");
        EXPECT_EQ(part["toolName"], "f");
        EXPECT_EQ(part["input"], as_valid_utf8(arguments));
        EXPECT_FALSE(part["errorText"].get<std::string>().empty());
    }
}

TEST(UiStream, TellsAMediumAsOneFile) {
    auto stream = begun();
    stream.text("Look:")
        .item(upstream::media_delta{0, "image/png", "AAAA"})
        .item(upstream::media_delta{0, "image/png", "BBBB"})
        .item(upstream::media_delta{0, "image/png", "AAAACC=="})
        .item(upstream::media_delta{0, "audio/wav", "TWE=", "said"})
        .item(upstream::media_delta{0, "audio/wav", "TmFu", " so"})
        .item(upstream::finish{});
    const auto parts = parts_of(stream);
    EXPECT_THAT(
        types_of(stream),
        ElementsAre(
            "text-start",
            "text-delta",
            "text-end",
            "file",
            "file",
            "text-start",
            "text-delta",
            "text-delta",
            "text-end",
            "file"
        )
    );
    EXPECT_EQ(parts[3]["url"], "data:image/png;base64,AAAABBBB");
    EXPECT_EQ(parts[3]["mediaType"], "image/png");
    EXPECT_EQ(parts[4]["url"], "data:image/png;base64,AAAACC==");
    EXPECT_EQ(parts[6]["delta"], "said");
    EXPECT_EQ(parts[9]["url"], "data:audio/wav;base64,TWFOYW4=");
}

TEST(UiStream, TellsWhereTheTextComesFrom) {
    auto stream = begun();
    stream.text("a")
        .item(upstream::citation_delta{0, "https://a", "A", "words", 0, 1})
        .item(upstream::citation_delta{0, "https://a", "", "", -1, -1})
        .item(upstream::citation_delta{0, "", "Paper", "", -1, -1})
        .item(upstream::finish{});
    const auto parts = parts_of(stream);
    EXPECT_EQ(
        parts.at(2),
        json::parse(R"({"type":"source-url","sourceId":"source-1","url":"https://a","title":"A",
            "providerMetadata":{"sluice":{"citedText":"words","begin":0,"end":1}}})")
    );
    EXPECT_EQ(
        parts.at(3), json::parse(R"({"type":"source-url","sourceId":"source-2","url":"https://a"})")
    );
    EXPECT_EQ(
        parts.at(4),
        json::parse(R"({"type":"source-document","sourceId":"source-3","mediaType":"text/plain",
            "title":"Paper"})")
    );
}

TEST(UiStream, TellsTheFinishInTheSdksWords) {
    for (const auto& [value, word] : {
             std::pair{finish_reason::stop, "stop"},
             std::pair{finish_reason::length, "length"},
             std::pair{finish_reason::tool_calls, "tool-calls"},
             std::pair{finish_reason::content_filter, "content-filter"},
         }) {
        auto stream = begun();
        stream.item(upstream::finish{0, value}).close(closed(outcome::completed));
        EXPECT_EQ(part_of(stream, "finish")["finishReason"], word);
    }
}

TEST(UiStream, EndsWithAnErrorAndNeverLooksFinished) {
    for (const auto end :
         {outcome::client_gone,
          outcome::upstream_error,
          outcome::upstream_eof,
          outcome::first_token_timeout,
          outcome::progress_timeout,
          outcome::deadline,
          outcome::gap,
          outcome::slow_reader,
          outcome::drained,
          outcome::rejected,
          outcome::shed}) {
        SCOPED_TRACE(upstream::to_string(end));
        auto stream = begun();
        stream.text("a").item(upstream::tool_call_delta{0, 0, "c", "f", "{}"}).close(closed(end));
        EXPECT_THAT(
            types_of(stream),
            ElementsAre(
                "text-start",
                "text-delta",
                "text-end",
                "tool-input-start",
                "tool-input-delta",
                "error"
            )
        );
        EXPECT_EQ(parts_of(stream).back()["errorText"], "it broke");
    }
}

TEST(UiStream, ACancelledStreamIsAborted) {
    auto stream = begun();
    stream.text("a").close(closed(outcome::cancelled));
    EXPECT_EQ(parts_of(stream).back(), json::parse(R"({"type":"abort"})"));
}

TEST(UiStream, ASpentBudgetFinishesWithLength) {
    auto stream = begun();
    stream.text("a")
        .item(upstream::tool_call_delta{0, 0, "c", "f", ""})
        .item(upstream::tool_call_delta{0, 1, "d", "g", "{\"a\":"})
        .close(closed(outcome::budget));
    EXPECT_THAT(
        types_of(stream),
        ElementsAre(
            "text-start",
            "text-delta",
            "text-end",
            "tool-input-start",
            "tool-input-start",
            "tool-input-delta",
            "tool-input-error",
            "tool-input-error",
            "finish-step",
            "finish",
            "[DONE]"
        )
    );
    EXPECT_EQ(part_of(stream, "finish")["finishReason"], "length");
}

TEST(UiStream, HasRoomForOneChoiceAndNothingForWhatItHasNoPlaceFor) {
    auto stream = begun();
    stream.item(upstream::text_delta{1, "a"})
        .item(upstream::tool_call_delta{1, 0, "c", "f", "{}"})
        .item(upstream::media_delta{1, "image/png", "AAAA"})
        .item(upstream::citation_delta{1, "https://a", "", ""})
        .item(upstream::finish{1, finish_reason::length})
        .item(upstream::logprobs_delta{0, "[]"})
        .item(upstream::embedding_delta{0, "[1]"})
        .item(upstream::usage{})
        .text("");
    EXPECT_TRUE(stream.frames().empty());
}

TEST(UiStream, BidsFarewellWithAnError) {
    const auto stream = begun();
    EXPECT_EQ(
        stream.encoder().farewell(some_failure(outcome::gap), 41),
        "data: {\"type\":\"error\",\"errorText\":\"it broke\"}\n\n"
    );
}

TEST(UiStream, TextForgesNoFrame) {
    for (const auto& text : forgeries()) {
        SCOPED_TRACE(text);
        auto stream = begun();
        stream.text(text)
            .item(upstream::tool_call_delta{0, 0, text, text, text})
            .item(upstream::reasoning_state_delta{0, origin::other, form::signature, text, text, 0})
            .item(upstream::citation_delta{0, text, text, text})
            .item(upstream::media_delta{0, text, text, text})
            .item(upstream::finish{});
        auto end = closed(outcome::upstream_error);
        end.ending.failure->message = text;
        stream.close(end);
        for (const auto& part : parts_of(stream))
            EXPECT_TRUE(part.is_object()) << part;
        EXPECT_EQ(part_of(stream, "text-delta")["delta"], as_valid_utf8(text));
        EXPECT_EQ(part_of(stream, "tool-input-delta")["inputTextDelta"], as_valid_utf8(text));
        EXPECT_EQ(part_of(stream, "error")["errorText"], as_valid_utf8(text));
    }
}

TEST(UiStream, KeepsBoundsWhateverAProviderCounts) {
    auto stream = begun();
    for (int i = 0; i < 3000; ++i)
        stream.item(upstream::tool_call_delta{0, i - 1000, "c", "f", "{}"});
    stream.item(upstream::finish{});
    EXPECT_EQ(stream.frames().size(), 3U * 1024U);
}

TEST(UiError, IsTheNativeOne) {
    auto failure = some_failure(outcome::rejected, "invalid_request_error", "no such model");
    failure.param = "model";
    EXPECT_EQ(
        json::parse(ui_messages_dialect().error_body(failure)),
        json::parse(R"({"error":{"type":"invalid_request_error","message":"no such model",
            "retryable":false,"param":"model"}})")
    );
}

TEST(UiDocument, IsTheMessageThatTheStreamAddsUpTo) {
    const auto document = ui_messages_dialect().document({}, some_names, false);
    document->add(upstream::identity{"x", "gpt", 1});
    document->add(upstream::reasoning_delta{0, "hm"});
    document->add(upstream::reasoning_state_delta{0, origin::anthropic, form::signature, "S", ""});
    document->add(upstream::text_delta{0, "Hello"});
    document->add(upstream::citation_delta{0, "https://a", "", ""});
    document->add(upstream::tool_call_delta{0, 0, "c", "f", "{\"a\":1}"});
    document->add(upstream::tool_call_delta{0, 1, "d", "g", "{"});
    document->add(upstream::media_delta{0, "image/png", "AAAA"});
    document->add(upstream::finish{});
    upstream::usage usage;
    usage.output_tokens = 3;
    const auto message = json::parse(document->finish(closed(outcome::completed, usage)));
    EXPECT_EQ(message["id"], "msg_" + some_names.id);
    EXPECT_EQ(message["role"], "assistant");
    EXPECT_EQ(message["metadata"], json::parse(R"({"model":"gpt","usage":{"outputTokens":3}})"));
    EXPECT_EQ(message["parts"], json::parse(R"([
        {"type":"step-start"},
        {"type":"reasoning","text":"hm","state":"done",
         "providerMetadata":{"sluice":{"state":"sluice:anthropic:signature:0:S"}}},
        {"type":"text","text":"Hello","state":"done"},
        {"type":"source-url","sourceId":"source-1","url":"https://a"},
        {"type":"tool-f","toolCallId":"c","state":"input-available","input":{"a":1}},
        {"type":"tool-g","toolCallId":"d","state":"output-error","rawInput":"{",
         "errorText":"The model's arguments are no JSON object."},
        {"type":"file","mediaType":"image/png","url":"data:image/png;base64,AAAA"}])"));
}

}  // namespace
}  // namespace sluice::gateway::testing
