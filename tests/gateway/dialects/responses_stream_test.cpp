#include "tests/gateway/dialects/encoding.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sluice::gateway::testing {
namespace {

using nlohmann::json;
using ::testing::ElementsAre;
using upstream::outcome;
using state = upstream::reasoning_state;

constexpr bool transparent = true;

/// The events, after the laws that hold for every stream have been checked.
std::vector<json> events(const encoding& stream) {
    std::vector<json> all;
    for (const auto& event : events_of(stream.wire())) {
        EXPECT_EQ(event.id, "");
        all.push_back(json_of(event));
        EXPECT_EQ(event.type, all.back()["type"]);
        EXPECT_EQ(all.back()["sequence_number"], all.size() - 1);
    }
    return all;
}

std::vector<std::string> types(const std::vector<json>& all) {
    std::vector<std::string> names;
    for (const auto& event : all)
        names.push_back(event["type"].get<std::string>().substr(9));  // "response."
    return names;
}

json last_response(const encoding& stream) {
    return events(stream).back()["response"];
}

encoding a_stream() {
    return encoding{openai_responses_dialect()};
}

TEST(ResponsesStream, TellsATextInAllItsSteps) {
    auto stream = a_stream();
    stream.open().text("Hel").text("lo");
    stream.item(upstream::finish{0, upstream::finish_reason::stop});
    upstream::usage usage;
    usage.input_tokens = 5;
    usage.output_tokens = 8;
    usage.reasoning_tokens = 2;
    stream.close(closed(outcome::completed, usage));
    const auto all = events(stream);
    EXPECT_THAT(
        types(all),
        ElementsAre(
            "created",
            "in_progress",
            "output_item.added",
            "content_part.added",
            "output_text.delta",
            "output_text.delta",
            "output_text.done",
            "content_part.done",
            "output_item.done",
            "completed"
        )
    );
    EXPECT_EQ(all[2]["item"]["content"], json::array());
    const auto id = all[2]["item"]["id"].get<std::string>();
    EXPECT_FALSE(id.empty());
    for (std::size_t i = 3; i <= 7; ++i) {
        EXPECT_EQ(all[i]["item_id"], id);
        EXPECT_EQ(all[i]["output_index"], 0);
        EXPECT_EQ(all[i]["content_index"], 0);
    }
    EXPECT_EQ(
        all[3]["part"],
        json::parse(R"({"type":"output_text","text":"","annotations":[],"logprobs":[]})")
    );
    EXPECT_EQ(all[4]["delta"], "Hel");
    EXPECT_EQ(all[4]["logprobs"], json::array());
    EXPECT_EQ(all[6]["text"], "Hello");
    EXPECT_EQ(all[8]["item"]["content"][0]["text"], "Hello");
    EXPECT_EQ(all[8]["item"]["status"], "completed");
    const auto& response = all[9]["response"];
    EXPECT_EQ(response["output"], json::array({all[8]["item"]}));
    EXPECT_EQ(response["usage"], json::parse(R"({"input_tokens":5,
        "input_tokens_details":{"cached_tokens":0},"output_tokens":8,
        "output_tokens_details":{"reasoning_tokens":2},"total_tokens":13})"));
    for (const auto index : {0, 1, 9}) {
        const auto& each = all[static_cast<std::size_t>(index)]["response"];
        EXPECT_EQ(each["id"], "resp_" + some_names.id);
        EXPECT_EQ(each["object"], "response");
        EXPECT_EQ(each["created_at"], 1700000000);
        EXPECT_EQ(each["model"], "chat");
        EXPECT_EQ(each["error"], nullptr);
        EXPECT_EQ(each["incomplete_details"], nullptr);
        EXPECT_EQ(each["tools"], json::array());
        EXPECT_EQ(each["tool_choice"], "auto");
        EXPECT_EQ(each["parallel_tool_calls"], true);
        EXPECT_EQ(each["metadata"], json::object());
        EXPECT_EQ(each["status"], index == 9 ? "completed" : "in_progress");
    }
    EXPECT_EQ(all[0]["response"]["output"], json::array());
}

TEST(ResponsesStream, RepeatsWhatTheRequestSaid) {
    upstream::call call;
    call.body = R"({"model":"m","input":"secret","instructions":"be
 brief","temperature":0.5,"tools":[{"type":"function","name":"f"}],"metadata":{"a":"b"},"store":true})";
    call.body.erase(call.body.find('\n'), 1);
    sse::journal::pool pool;
    sse::journal journal{pool};
    frame_writer out{journal};
    const auto encoder = openai_responses_dialect().encoder(call, some_names, false);
    encoder->encode(upstream::identity{"x", "gpt-9", 1}, out);
    std::string frame;
    journal.read(0, frame);
    const auto response = json_of(events_of(frame).at(0))["response"];
    EXPECT_EQ(response["instructions"], "be brief");
    EXPECT_EQ(response["temperature"], 0.5);
    EXPECT_EQ(response["tools"][0]["name"], "f");
    EXPECT_EQ(response["metadata"], json({{"a", "b"}}));
    EXPECT_EQ(response["store"], false);
    EXPECT_EQ(response["model"], "gpt-9");
    EXPECT_FALSE(response.contains("input"));
}

TEST(ResponsesStream, TellsThoughtsAsSummaryWithTheirState) {
    auto stream = a_stream();
    stream.item(upstream::reasoning_delta{0, "hm"})
        .item(upstream::reasoning_delta{0, "m"})
        .item(upstream::reasoning_state_delta{
            0, state::origin::openai_responses, state::form::encrypted, "gAAA", ""})
        .item(upstream::reasoning_state_delta{
            0, state::origin::anthropic, state::form::redacted, "RED", ""})
        .text("a")
        .close(closed(outcome::completed));
    const auto all = events(stream);
    EXPECT_EQ(all[3]["type"], "response.reasoning_summary_part.added");
    EXPECT_EQ(all[4]["delta"], "hm");
    EXPECT_EQ(all[4]["summary_index"], 0);
    const auto output = last_response(stream)["output"];
    ASSERT_EQ(output.size(), 3U);
    EXPECT_EQ(output[0]["summary"], json::parse(R"([{"type":"summary_text","text":"hmm"}])"));
    EXPECT_EQ(output[0]["encrypted_content"], "gAAA");
    EXPECT_EQ(output[1]["summary"], json::array());
    EXPECT_EQ(output[1]["encrypted_content"], "sluice:anthropic:redacted:0:RED");
    EXPECT_EQ(output[2]["type"], "message");
}

TEST(ResponsesStream, KeepsParallelCallsApart) {
    auto stream = a_stream();
    stream.text("look:")
        .item(upstream::tool_call_delta{0, 0, "c1", "f", "{\"a\""})
        .item(upstream::tool_call_delta{0, 1, "c1", "g", ""})  // the same id again
        .item(upstream::tool_call_delta{0, 0, "", "", ":1}"})
        .item(upstream::tool_call_delta{0, 1, "", "", "{}"})
        .item(upstream::tool_call_delta{0, 2, "", "h", "{}"})
        .item(upstream::finish{0, upstream::finish_reason::tool_calls})
        .close(closed(outcome::completed));
    const auto all = events(stream);
    const auto output = last_response(stream)["output"];
    ASSERT_EQ(output.size(), 4U);
    EXPECT_EQ(output[1]["call_id"], "c1");
    EXPECT_EQ(output[1]["arguments"], "{\"a\":1}");
    EXPECT_NE(output[2]["call_id"], "c1");
    EXPECT_EQ(output[2]["name"], "g");
    EXPECT_NE(output[3]["call_id"], "");
    int added = 0;
    for (const auto& event : all) {
        if (event["type"] == "response.output_item.added") {
            EXPECT_EQ(event["output_index"], added++);
        }
        if (event["type"] == "response.output_item.done") {
            EXPECT_EQ(event["item"], output[event["output_index"].get<std::size_t>()]);
        }
    }
    EXPECT_EQ(added, 4);
}

TEST(ResponsesStream, TellsRefusalsAnnotationsAndLogprobs) {
    auto stream = a_stream();
    stream.item(upstream::logprobs_delta{0, R"([{"token":"hey","logprob":-1}])"})
        .text("h\xc3\xa9y")
        .item(upstream::citation_delta{0, "https://a", "A", "words", 1, 3})
        .item(upstream::refusal_delta{0, "I can't"})
        .close(closed(outcome::completed));
    const auto all = events(stream);
    EXPECT_EQ(all[4]["logprobs"][0]["token"], "hey");
    EXPECT_EQ(all[5]["type"], "response.output_text.annotation.added");
    EXPECT_EQ(all[5]["annotation_index"], 0);
    EXPECT_EQ(all[5]["annotation"], json::parse(R"({"type":"url_citation","start_index":1,
        "end_index":3,"url":"https://a","title":"A"})"));
    const auto content = last_response(stream)["output"][0]["content"];
    ASSERT_EQ(content.size(), 2U);
    EXPECT_EQ(content[0]["annotations"].size(), 1U);
    EXPECT_EQ(content[0]["logprobs"].size(), 1U);
    EXPECT_EQ(content[1], json::parse(R"({"type":"refusal","refusal":"I can't"})"));
}

TEST(ResponsesStream, TellsPicturesAsCallsOfTheGenerator) {
    auto stream = a_stream();
    stream.item(upstream::media_delta{0, "image/webp", "UklG"}).close(closed(outcome::completed));
    const auto output = last_response(stream)["output"];
    ASSERT_EQ(output.size(), 1U);
    EXPECT_EQ(output[0]["type"], "image_generation_call");
    EXPECT_EQ(output[0]["result"], "UklG");
    EXPECT_EQ(output[0]["output_format"], "webp");
    EXPECT_EQ(output[0]["status"], "completed");
}

TEST(ResponsesStream, SaysWhatCutAnAnswer) {
    for (const auto& [reason, word] :
         {std::pair(upstream::finish_reason::length, "max_output_tokens"),
          std::pair(upstream::finish_reason::content_filter, "content_filter")}) {
        auto stream = a_stream();
        stream.text("a").item(upstream::finish{0, reason}).close(closed(outcome::completed));
        const auto last = events(stream).back();
        EXPECT_EQ(last["type"], "response.incomplete");
        EXPECT_EQ(last["response"]["status"], "incomplete");
        EXPECT_EQ(last["response"]["incomplete_details"], json({{"reason", word}}));
        EXPECT_EQ(last["response"]["output"][0]["status"], "incomplete");
    }
    auto spent = a_stream();
    spent.text("a").close(closed(outcome::budget));
    const auto last = events(spent).back();
    EXPECT_EQ(last["type"], "response.incomplete");
    EXPECT_EQ(last["response"]["incomplete_details"]["reason"], "max_output_tokens");
    EXPECT_EQ(last["response"]["output"][0]["content"][0]["text"], "a");
}

TEST(ResponsesStream, AFailureNeverLooksLikeAnEnd) {
    for (const bool relayed : {false, true}) {
        for (const auto end :
             {outcome::upstream_error,
              outcome::upstream_eof,
              outcome::progress_timeout,
              outcome::cancelled,
              outcome::drained,
              outcome::shed}) {
            encoding stream{openai_responses_dialect(), relayed};
            if (!relayed) stream.text("a");
            stream.close(closed(end));
            const auto all = events(stream);
            EXPECT_EQ(all.front()["type"], "response.created");
            const auto& error = all.at(all.size() - 2);
            EXPECT_EQ(error["type"], "error");
            EXPECT_EQ(error["error"]["message"], "it broke");
            EXPECT_EQ(error["error"]["code"], upstream::to_string(end));
            const auto& last = all.back();
            EXPECT_EQ(last["type"], "response.failed");
            EXPECT_EQ(last["sequence_number"], error["sequence_number"].get<int>() + 1);
            EXPECT_EQ(last["response"]["status"], "failed");
            EXPECT_EQ(
                last["response"]["error"],
                json({{"code", upstream::to_string(end)}, {"message", "it broke"}})
            );
            EXPECT_EQ(stream.wire().find("output_item.done"), std::string::npos);
        }
    }
}

TEST(ResponsesStream, IgnoresOtherChoicesAndWildIndexes) {
    auto stream = a_stream();
    stream.item(upstream::text_delta{1, "x"})
        .item(upstream::tool_call_delta{0, -1, "a", "b", "c"})
        .item(upstream::tool_call_delta{0, 2'000'000'000, "a", "b", "c"})
        .item(upstream::reasoning_state_delta{
            0, state::origin::gemini, state::form::signature, "s", "", 77})
        .close(closed(outcome::completed));
    EXPECT_EQ(last_response(stream)["output"], json::array());
}

TEST(ResponsesStream, BeatsWithACommentLine) {
    const auto stream = a_stream();
    EXPECT_EQ(stream.encoder().heartbeat(false), ":\n");
    EXPECT_EQ(stream.encoder().heartbeat(true), ":\n");
}

TEST(ResponsesStream, SaysFarewellToOneReader) {
    auto stream = a_stream();
    stream.text("a");
    const auto last = events_of(stream.encoder().farewell(some_failure(outcome::gap), 7));
    ASSERT_EQ(last.size(), 2U);
    EXPECT_EQ(json_of(last[0])["error"]["code"], "gap");
    EXPECT_EQ(json_of(last[1])["response"]["error"]["code"], "gap");
}

TEST(ResponsesStream, TextForgesNoFrame) {
    for (const auto& text : forgeries()) {
        SCOPED_TRACE(text);
        auto stream = a_stream();
        stream.item(upstream::identity{text, text, 1})
            .text(text)
            .item(upstream::reasoning_delta{0, text})
            .item(upstream::tool_call_delta{0, 0, text, text, text})
            .item(upstream::media_delta{0, "image/" + text, text})
            .item(upstream::logprobs_delta{0, text})
            .item(upstream::citation_delta{0, text, text, text, 0, 1});
        auto end = closed(outcome::upstream_error);
        end.ending.failure->message = text;
        stream.close(end);
        const auto all = events(stream);
        EXPECT_EQ(all[4]["delta"], as_valid_utf8(text));
        EXPECT_EQ(all.back()["response"]["error"]["message"], as_valid_utf8(text));
    }
}

TEST(ResponsesRelay, PassesTheProvidersBytesOnAndSpeaksInItsName) {
    encoding stream{openai_responses_dialect(), transparent};
    const std::string frame =
        "event: response.created\ndata: {\"type\":\"response.created\",\"sequence_number\":4}\n\n";
    stream.open()
        .item(upstream::identity{"resp_up", "gpt-9", 7})
        .item(upstream::verbatim{frame, false})
        .text("meaning");
    EXPECT_EQ(stream.wire(), frame);
    stream.close(closed(outcome::budget));
    const auto last = json_of(events_of(stream.wire()).back());
    EXPECT_EQ(last["type"], "response.incomplete");
    EXPECT_EQ(last["sequence_number"], 5);
    EXPECT_EQ(last["response"]["id"], "resp_up");
    EXPECT_EQ(last["response"]["model"], "gpt-9");
    EXPECT_EQ(last["response"]["created_at"], 7);

    encoding whole{openai_responses_dialect(), transparent};
    whole.item(upstream::verbatim{frame, true}).close(closed(outcome::completed));
    EXPECT_EQ(whole.wire(), frame);
}

}  // namespace
}  // namespace sluice::gateway::testing
