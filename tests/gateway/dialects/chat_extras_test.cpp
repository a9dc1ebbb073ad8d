// What chat completions show besides text and tool calls, and take back with the next prompt.

#include "tests/gateway/dialects/encoding.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sluice::gateway::testing {
namespace {

using nlohmann::json;
using upstream::outcome;
using upstream::reasoning_state;
using origin = reasoning_state::origin;
using form = reasoning_state::form;

const std::string token_a = R"({"token":"a","logprob":-0.5,"bytes":[97],"top_logprobs":[]})";
const std::string token_b = R"({"token":"b","logprob":-1.5,"bytes":[98],"top_logprobs":[]})";

/// The choices of all chunks behind the role.
std::vector<json> choices(const encoding& stream) {
    std::vector<json> all;
    for (const auto& event : events_of(stream.wire())) {
        if (event.data != "[DONE]") all.push_back(json::parse(event.data)["choices"][0]);
    }
    EXPECT_EQ(all.at(0)["delta"]["role"], "assistant");
    all.erase(all.begin());
    return all;
}

upstream::reasoning_state_delta state_delta(
    origin from, form how, std::string_view data, int tool_call = -1
) {
    upstream::reasoning_state_delta made;
    made.from = from;
    made.how = how;
    made.data = data;
    made.tool_call = tool_call;
    return made;
}

json chat_message(const std::vector<upstream::item>& items) {
    const auto builder = openai_chat_dialect().document({}, some_names, false);
    for (const auto& item : items)
        builder->add(item);
    return json::parse(builder->finish(closed(outcome::completed)))["choices"][0]["message"];
}

upstream::message taken_back(const json& message) {
    const json body{{"model", "m"}, {"messages", {{{"role", "user"}, {"content", "hi"}}, message}}};
    const auto decoded = openai_chat_dialect().decode(body.dump());
    if (decoded) return decoded->call.request.messages.at(1);
    ADD_FAILURE() << decoded.error().message;
    return {};
}

std::vector<upstream::reasoning_part> thoughts(const upstream::message& message) {
    std::vector<upstream::reasoning_part> all;
    for (const auto& part : message.content) {
        if (const auto* thought = std::get_if<upstream::reasoning_part>(&part))
            all.push_back(*thought);
    }
    return all;
}

TEST(ChatExtras, TellTheProbabilitiesWithTheirText) {
    encoding stream{openai_chat_dialect()};
    stream.item(upstream::logprobs_delta{0, "[" + token_a + "]"})
        .item(upstream::reasoning_delta{0, "hm"})
        .text("a")
        .item(upstream::logprobs_delta{0, "[" + token_b + "]"})
        .item(upstream::logprobs_delta{0, "[" + token_a + "]", true})
        .item(upstream::finish{});
    const auto all = choices(stream);
    ASSERT_EQ(all.size(), 3U);
    EXPECT_EQ(all[0]["logprobs"], nullptr);  // thoughts have none
    EXPECT_EQ(all[1]["logprobs"]["content"], json::array({json::parse(token_a)}));
    EXPECT_EQ(all[1]["logprobs"]["refusal"], nullptr);
    EXPECT_EQ(all[2]["finish_reason"], "stop");
    EXPECT_EQ(all[2]["logprobs"]["content"], json::array({json::parse(token_b)}));
    EXPECT_EQ(all[2]["logprobs"]["refusal"], json::array({json::parse(token_a)}));
}

TEST(ChatExtras, JoinTheProbabilitiesOfTextThatCameInOnePiece) {
    encoding stream{openai_chat_dialect()};
    stream.item(upstream::logprobs_delta{0, "[" + token_a + "]"})
        .item(upstream::logprobs_delta{0, "[" + token_b + "]"})
        .text("ab")
        .text("c");
    const auto all = choices(stream);
    EXPECT_EQ(all.at(0)["logprobs"]["content"].size(), 2U);
    EXPECT_EQ(all.at(1)["logprobs"], nullptr);
}

TEST(ChatExtras, HoldNoMoreProbabilitiesThanASmallNumberOfBytes) {
    encoding stream{openai_chat_dialect()};
    const auto large = "[" + token_a + std::string(300'000, ' ') + "]";
    stream.item(upstream::logprobs_delta{0, large});
    EXPECT_EQ(choices(stream).at(0)["logprobs"]["content"].size(), 1U);
}

TEST(ChatExtras, TellOpaqueStateAsDetailsOfTheReasoning) {
    encoding stream{openai_chat_dialect()};
    stream.item(state_delta(origin::anthropic, form::signature, "sig"))
        .item(state_delta(origin::openai_responses, form::encrypted, "x"));
    const auto all = choices(stream);
    ASSERT_EQ(all.size(), 2U);
    EXPECT_EQ(all[0]["delta"]["reasoning_details"], json::parse(R"([{"type":"reasoning.text",
        "text":"","signature":"sig","format":"anthropic-claude-v1","index":0}])"));
    EXPECT_EQ(all[1]["delta"]["reasoning_details"], json::parse(R"([{"type":"reasoning.encrypted",
        "data":"x","format":"openai-responses-v1","index":1}])"));
}

TEST(ChatExtras, TellGeminisSignaturesInItsOwnForm) {
    encoding stream{openai_chat_dialect()};
    auto of_text = state_delta(origin::gemini, form::signature, "t");
    of_text.of_text = true;
    stream.item(state_delta(origin::gemini, form::signature, "s", 1)).item(of_text);
    const auto all = choices(stream);
    EXPECT_EQ(all.at(0)["delta"]["tool_calls"], json::parse(R"([{"index":1,
        "function":{"arguments":""},"extra_content":{"google":{"thought_signature":"s"}}}])"));
    EXPECT_EQ(
        all.at(1)["delta"], json::parse(R"({"extra_content":{"google":{"thought_signature":"t"}}})")
    );
}

TEST(ChatExtras, TellSourcesPicturesAndSound) {
    encoding stream{openai_chat_dialect()};
    stream.item(upstream::citation_delta{0, "https://a", "A", "so", 1, 4})
        .item(upstream::citation_delta{0, "https://b", "", "", -1, -1})
        .item(upstream::media_delta{0, "image/png", "aGk="})
        .item(upstream::media_delta{0, "audio/pcm16", "AAAA", "Hi"})
        .item(upstream::media_delta{0, "audio/pcm16", "BBBB"})
        .item(upstream::media_delta{0, "video/mp4", "CCCC"});
    const auto all = choices(stream);
    ASSERT_EQ(all.size(), 6U);
    EXPECT_EQ(all[0]["delta"]["annotations"], json::parse(R"([{"type":"url_citation",
        "url_citation":{"url":"https://a","title":"A","start_index":1,"end_index":4,
        "content":"so"}}])"));
    EXPECT_EQ(all[1]["delta"]["annotations"][0]["url_citation"]["end_index"], 0);
    EXPECT_EQ(all[2]["delta"]["images"][0]["image_url"]["url"], "data:image/png;base64,aGk=");
    const auto id = "audio_" + some_names.id;
    EXPECT_EQ(all[3]["delta"]["audio"], json({{"id", id}, {"data", "AAAA"}, {"transcript", "Hi"}}));
    EXPECT_EQ(all[4]["delta"]["audio"], json({{"data", "BBBB"}}));
    EXPECT_EQ(all[5]["delta"]["media"], json({{"type", "video/mp4"}, {"data", "CCCC"}}));
}

TEST(ChatExtras, AnswerAClientOfTheOlderFunctionsInItsForm) {
    upstream::call call;
    call.body = R"({"functions":[{"name":"look"}]})";
    sse::journal::pool pool;
    sse::journal journal{pool};
    frame_writer out{journal};
    const auto encoder = openai_chat_dialect().encoder(call, some_names, false);
    encoder->encode(upstream::tool_call_delta{0, 0, "c1", "look", "{"}, out);
    encoder->encode(upstream::tool_call_delta{0, 0, "", "", "}"}, out);
    encoder->encode(upstream::tool_call_delta{0, 1, "c2", "look", "{}"}, out);
    encoder->encode(upstream::finish{0, upstream::finish_reason::tool_calls}, out);
    ASSERT_EQ(journal.next_sequence(), 4U);
    const auto choice = [&](std::uint64_t sequence) {
        std::string frame;
        journal.read(sequence, frame);
        return json_of(events_of(frame).at(0))["choices"][0];
    };
    EXPECT_EQ(choice(1)["delta"]["function_call"], json({{"name", "look"}, {"arguments", "{"}}));
    EXPECT_EQ(choice(2)["delta"]["function_call"], json({{"arguments", "}"}}));
    EXPECT_EQ(choice(3)["finish_reason"], "function_call");

    const auto builder = openai_chat_dialect().document(call, some_names, false);
    builder->add(upstream::tool_call_delta{0, 0, "c1", "look", "{}"});
    builder->add(upstream::finish{0, upstream::finish_reason::tool_calls});
    const auto whole = json::parse(builder->finish(closed(outcome::completed)))["choices"][0];
    EXPECT_EQ(whole["message"]["function_call"]["name"], "look");
    EXPECT_FALSE(whole["message"].contains("tool_calls"));
    EXPECT_EQ(whole["finish_reason"], "function_call");
}

TEST(ChatExtras, AreWholeInADocument) {
    const auto message = chat_message({
        upstream::reasoning_delta{0, "hm"},
        state_delta(origin::anthropic, form::signature, "sig"),
        state_delta(origin::anthropic, form::redacted, "xx"),
        upstream::text_delta{0, "Yes."},
        upstream::citation_delta{0, "https://a", "A", "", 0, 4},
        upstream::media_delta{0, "audio/pcm16", "aA==", "Hi"},
        upstream::media_delta{0, "audio/pcm16", "aQ==", " you"},
        upstream::tool_call_delta{0, 0, "c1", "look", "{}"},
        state_delta(origin::gemini, form::signature, "s", 0),
    });
    EXPECT_EQ(message["content"], "Yes.");
    EXPECT_EQ(message["reasoning_content"], "hm");
    EXPECT_EQ(message["reasoning_details"], json::parse(R"([
        {"type":"reasoning.text","text":"hm","signature":"sig","format":"anthropic-claude-v1",
         "index":0},
        {"type":"reasoning.encrypted","data":"xx","format":"anthropic-claude-v1","index":1}])"));
    EXPECT_EQ(message["annotations"][0]["url_citation"]["url"], "https://a");
    EXPECT_EQ(message["audio"]["data"], "aGk=");
    EXPECT_EQ(message["audio"]["transcript"], "Hi you");
    EXPECT_EQ(message["tool_calls"][0]["extra_content"]["google"]["thought_signature"], "s");
}

TEST(ChatExtras, TellAllUsageThereIs) {
    upstream::usage usage;
    usage.input_tokens = 9;
    usage.output_tokens = 8;
    usage.cached_tokens = 1;
    usage.cache_write_tokens = 2;
    usage.input_audio_tokens = 3;
    usage.reasoning_tokens = 4;
    usage.output_audio_tokens = 5;
    const auto builder = openai_chat_dialect().document({}, some_names, false);
    EXPECT_EQ(
        json::parse(builder->finish(closed(outcome::completed, usage)))["usage"],
        json::parse(R"({"prompt_tokens":9,"completion_tokens":8,"total_tokens":17,
            "prompt_tokens_details":{"cached_tokens":1,"cache_write_tokens":2,"audio_tokens":3},
            "completion_tokens_details":{"reasoning_tokens":4,"audio_tokens":5}})")
    );
}

TEST(ChatHistory, BringsSignedThoughtsBackAsTheDocumentToldThem) {
    auto message = chat_message({
        upstream::reasoning_delta{0, "one"},
        state_delta(origin::anthropic, form::signature, "s1"),
        state_delta(origin::anthropic, form::redacted, "xx"),
        upstream::reasoning_delta{0, "two"},
        state_delta(origin::anthropic, form::signature, "s2"),
        upstream::text_delta{0, "Yes."},
        upstream::tool_call_delta{0, 0, "c1", "look", "{}"},
        state_delta(origin::gemini, form::signature, "s", 0),
    });
    const auto back = taken_back(message);
    const auto all = thoughts(back);
    ASSERT_EQ(all.size(), 3U);
    EXPECT_EQ(all[0].text, "one");
    EXPECT_EQ(all[0].state, (reasoning_state{origin::anthropic, form::signature, "s1", ""}));
    EXPECT_EQ(all[1].text, "");
    EXPECT_EQ(all[1].state, (reasoning_state{origin::anthropic, form::redacted, "xx", ""}));
    EXPECT_EQ(all[2].text, "two");
    EXPECT_EQ(all[2].state->data, "s2");
    EXPECT_EQ(std::get<upstream::text_part>(back.content.back()).text, "Yes.");
    EXPECT_EQ(
        back.tool_calls.at(0).state, (reasoning_state{origin::gemini, form::signature, "s", ""})
    );
}

TEST(ChatHistory, PutsTogetherWhatCameInPieces) {
    const auto all = thoughts(taken_back(json::parse(R"({"role":"assistant","content":"Yes.",
        "reasoning":"hm so","reasoning_details":[
            {"type":"reasoning.text","text":"hm","format":"anthropic-claude-v1","index":0},
            {"type":"reasoning.text","text":" so","format":"anthropic-claude-v1","index":0},
            {"type":"reasoning.text","signature":"s1","format":"anthropic-claude-v1","index":0},
            {"type":"reasoning.summary","summary":"then","id":"rs_1","index":1,
             "format":"openai-responses-v1"},
            {"type":"reasoning.encrypted","data":"x","id":"rs_1","index":1,
             "format":"openai-responses-v1"}]})")));
    ASSERT_EQ(all.size(), 2U);
    EXPECT_EQ(all[0].text, "hm so");
    EXPECT_EQ(all[0].state->data, "s1");
    EXPECT_EQ(all[1].text, "then");
    EXPECT_EQ(
        all[1].state, (reasoning_state{origin::openai_responses, form::encrypted, "x", "rs_1"})
    );
}

TEST(ChatHistory, MarriesThePlainThoughtsToTheOnlySignature) {
    const auto back = [](const std::string& details) {
        return thoughts(taken_back(json::parse(
            R"({"role":"assistant","content":"a","reasoning_content":"hm","reasoning_details":[)" +
            details + "]}"
        )));
    };
    const std::string signature =
        R"({"type":"reasoning.text","text":"","signature":"s1","format":"anthropic-claude-v1"})";
    const auto one = back(signature);
    ASSERT_EQ(one.size(), 1U);
    EXPECT_EQ(one[0].text, "hm");
    EXPECT_EQ(one[0].state->data, "s1");
    // Of two signatures none is known to be that of the whole.
    const auto two = back(signature + "," + signature);
    ASSERT_EQ(two.size(), 3U);
    EXPECT_EQ(two[0].text, "hm");
    EXPECT_FALSE(two[0].state);
    const auto plain = back("");
    ASSERT_EQ(plain.size(), 1U);
    EXPECT_EQ(plain[0].text, "hm");
}

TEST(ChatHistory, FindsTheToolCallThatADetailSigns) {
    const auto back = taken_back(json::parse(R"({"role":"assistant","content":null,
        "tool_calls":[{"id":"c1","type":"function","function":{"name":"f","arguments":"{}"}}],
        "reasoning_details":[{"type":"reasoning.encrypted","data":"s","id":"c1",
            "format":"google-gemini-v1"}]})"));
    EXPECT_TRUE(thoughts(back).empty());
    EXPECT_EQ(back.tool_calls.at(0).state->data, "s");
}

TEST(ChatHistory, SignsTheTextWhereItIsTheTextThatIsSigned) {
    const auto back = taken_back(json::parse(R"({"role":"assistant","content":"a",
        "extra_content":{"google":{"thought_signature":"t"}}})"));
    EXPECT_EQ(std::get<upstream::text_part>(back.content.at(0)).state->data, "t");
}

TEST(ChatHistory, NamesWhatIsWrongWithItsThoughts) {
    for (const auto& [member, param] : {
             std::pair{R"("reasoning_content":5)", "messages[0].reasoning_content"},
             std::pair{R"("reasoning_details":{})", "messages[0].reasoning_details"},
             std::pair{R"("reasoning_details":[5])", "messages[0].reasoning_details[0]"},
         }) {
        const auto decoded = openai_chat_dialect().decode(
            R"({"model":"m","messages":[{"role":"assistant","content":"a",)" + std::string(member) +
            "}]}"
        );
        ASSERT_FALSE(decoded.has_value());
        EXPECT_EQ(decoded.error().param, param);
    }
}

TEST(NativeExtras, AreUnnamedEventsOfTheirOwn) {
    encoding stream{native_dialect()};
    stream.item(upstream::citation_delta{0, "https://a", "A", "so", 1, 4})
        .item(state_delta(origin::anthropic, form::signature, "sig"))
        .item(upstream::tool_call_delta{0, 0, "c1", "look", "{}"})
        .item(state_delta(origin::gemini, form::signature, "s", 0))
        .item(upstream::logprobs_delta{0, "[" + token_a + "]"})
        .item(upstream::media_delta{0, "audio/pcm16", "AAAA", "Hi"})
        .item(upstream::citation_delta{1, "https://another.choice", "", "", 0, 0});
    const auto events = events_of(stream.wire());
    ASSERT_EQ(events.size(), 6U);
    for (const auto& event : events)
        EXPECT_EQ(event.type, "message");
    EXPECT_EQ(json_of(events[0]), json::parse(R"({"citation":{"url":"https://a","title":"A",
        "cited_text":"so","begin":1,"end":4}})"));
    EXPECT_EQ(json_of(events[1]), json::parse(R"({"reasoning_state":{"type":"reasoning.text",
        "text":"","signature":"sig","format":"anthropic-claude-v1"}})"));
    EXPECT_EQ(json_of(events[3]), json::parse(R"({"reasoning_state":{"type":"reasoning.encrypted",
        "data":"s","format":"google-gemini-v1","id":"c1"}})"));
    EXPECT_EQ(json_of(events[4])["logprobs"], json::array({json::parse(token_a)}));
    EXPECT_EQ(json_of(events[5])["media"]["transcript"], "Hi");
}

TEST(NativeExtras, AreWholeInADocument) {
    const auto builder = native_dialect().document({}, some_names, false);
    builder->add(upstream::reasoning_delta{0, "hm"});
    builder->add(state_delta(origin::anthropic, form::signature, "sig"));
    builder->add(upstream::logprobs_delta{0, "[" + token_a + "]"});
    builder->add(upstream::text_delta{0, "a"});
    builder->add(upstream::citation_delta{0, "https://a", "A", "", -1, -1});
    const auto body = json::parse(builder->finish(closed(outcome::completed)));
    EXPECT_EQ(body["reasoning_states"], json::parse(R"([{"type":"reasoning.text","text":"hm",
        "signature":"sig","format":"anthropic-claude-v1"}])"));
    EXPECT_EQ(body["citations"], json::parse(R"([{"url":"https://a","title":"A"}])"));
    EXPECT_EQ(body["logprobs"], json::array({json::parse(token_a)}));
}

}  // namespace
}  // namespace sluice::gateway::testing
