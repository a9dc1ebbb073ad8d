#include "tests/gateway/dialects/encoding.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sluice::gateway::testing {
namespace {

using nlohmann::json;
using ::testing::ElementsAre;
using upstream::outcome;

constexpr bool transparent = true;
constexpr bool want_usage = true;

const dialect& completions() {
    return openai_completions_dialect();
}

std::vector<json> chunks(const encoding& stream) {
    std::vector<json> all;
    for (const auto& event : events_of(stream.wire())) {
        EXPECT_EQ(event.type, "message");
        if (event.data != "[DONE]") all.push_back(json_of(event));
    }
    return all;
}

upstream::failure refused(const std::string& body) {
    auto decoded = completions().decode(body);
    if (!decoded) return decoded.error();
    ADD_FAILURE() << "was accepted: " << body;
    return {};
}

TEST(CompletionsDecode, TakesAPromptForOneMessageOfTheUser) {
    const auto decoded = completions().decode(R"({"model":"m","prompt":["Once"],"max_tokens":7,
        "temperature":0.5,"stop":"x","logprobs":2,"n":2,"stream":true,"user":"u","logit_bias":{},
        "stream_options":{"include_usage":true}})");
    ASSERT_TRUE(decoded.has_value()) << decoded.error().message;
    const auto& call = decoded->call;
    EXPECT_EQ(call.api, upstream::api::openai_completions);
    ASSERT_EQ(call.request.messages.size(), 1U);
    EXPECT_EQ(call.request.messages[0].role, upstream::role::user);
    EXPECT_EQ(std::get<upstream::text_part>(call.request.messages[0].content[0]).text, "Once");
    EXPECT_EQ(call.request.max_tokens, 7);
    EXPECT_EQ(call.request.stop, std::vector<std::string>{"x"});
    EXPECT_EQ(call.request.logprobs, true);
    EXPECT_EQ(call.request.top_logprobs, 2);
    EXPECT_EQ(call.request.choices, 2);
    EXPECT_TRUE(call.stream);
    EXPECT_TRUE(call.want_usage);
    EXPECT_TRUE(call.untranslatable.empty());
    EXPECT_THAT(decoded->dropped, ElementsAre("logit_bias"));
    EXPECT_EQ(call.field_name("messages"), "prompt");
    EXPECT_FALSE(completions().decode(R"({"model":"m","prompt":"a"})")->call.stream);
}

TEST(CompletionsDecode, NamesWhatOnlyTheTransparentWayCarries) {
    for (const auto& [member, path] : {
             std::pair{R"("prompt":["a","b"])", "prompt"},
             std::pair{R"("prompt":[1,2])", "prompt"},
             std::pair{R"("prompt":[[1],[2]])", "prompt"},
             std::pair{R"("prompt":"a","suffix":"z")", "suffix"},
             std::pair{R"("prompt":"a","echo":true)", "echo"},
             std::pair{R"("prompt":"a","best_of":2)", "best_of"},
             std::pair{R"("prompt":"a","max_tokens":0)", "max_tokens"},
         }) {
        SCOPED_TRACE(member);
        const auto decoded = completions().decode(R"({"model":"m",)" + std::string(member) + "}");
        ASSERT_TRUE(decoded.has_value()) << decoded.error().message;
        EXPECT_THAT(decoded->call.untranslatable, ElementsAre(path));
    }
}

TEST(CompletionsDecode, NamesTheFieldAtFault) {
    for (const auto& [body, param] : {
             std::pair{R"({"prompt":"a"})", "model"},
             std::pair{R"({"model":"m"})", "prompt"},
             std::pair{R"({"model":"m","prompt":5})", "prompt"},
             std::pair{R"({"model":"m","prompt":[]})", "prompt"},
             std::pair{R"({"model":"m","prompt":[{}]})", "prompt"},
             std::pair{R"({"model":"m","prompt":"a","logprobs":true})", "logprobs"},
             std::pair{R"({"model":"m","prompt":"a","echo":1})", "echo"},
             std::pair{R"({"model":"m","prompt":"a","suffix":1})", "suffix"},
             std::pair{R"({"model":"m","prompt":"a","best_of":"x"})", "best_of"},
             std::pair{R"({"model":"m","prompt":"a","stream":1})", "stream"},
         }) {
        SCOPED_TRACE(body);
        EXPECT_EQ(refused(body).param, param);
        EXPECT_EQ(refused(body).status, 400);
    }
}

TEST(CompletionsStream, TellsTextAndTheEnd) {
    encoding stream{completions()};
    stream.open()
        .item(upstream::identity{"up", "davinci", 1})
        .item(upstream::reasoning_delta{0, "hm"})
        .text("Hel")
        .text("lo")
        .item(upstream::finish{0, upstream::finish_reason::length})
        .close(closed(outcome::completed));
    const auto all = chunks(stream);
    ASSERT_EQ(all.size(), 3U);
    EXPECT_EQ(all[0]["id"], "cmpl-" + some_names.id);
    EXPECT_EQ(all[0]["object"], "text_completion");
    EXPECT_EQ(all[0]["model"], "davinci");
    EXPECT_EQ(
        all[0]["choices"],
        json::parse(R"([{"text":"Hel","index":0,"logprobs":null,"finish_reason":null}])")
    );
    EXPECT_FALSE(all[0].contains("usage"));
    EXPECT_EQ(all[2]["choices"][0]["finish_reason"], "length");
    EXPECT_EQ(all[2]["choices"][0]["text"], "");
    EXPECT_EQ(events_of(stream.wire()).back().data, "[DONE]");
}

TEST(CompletionsStream, TellsUsageWhereItWasAskedFor) {
    upstream::usage usage;
    usage.input_tokens = 5;
    usage.output_tokens = 8;
    encoding stream{completions(), !transparent, want_usage};
    stream.text("a").close(closed(outcome::completed, usage));
    const auto all = chunks(stream);
    ASSERT_EQ(all.size(), 2U);
    EXPECT_TRUE(all[0].contains("usage"));
    EXPECT_EQ(all[1]["choices"], json::array());
    EXPECT_EQ(all[1]["usage"]["total_tokens"], 13);
}

TEST(CompletionsStream, TellsTheProbabilitiesInItsOwnForm) {
    encoding stream{completions()};
    stream
        .item(upstream::logprobs_delta{0, R"([{"token":"é","logprob":-0.5,"bytes":[195,169],
            "top_logprobs":[{"token":"é","logprob":-0.5},{"token":"e","logprob":-2}]}])"})
        .text("é")
        .item(upstream::logprobs_delta{0, R"([{"token":"b","logprob":-1.5,"top_logprobs":[]}])"})
        .item(upstream::finish{});
    const auto all = chunks(stream);
    ASSERT_EQ(all.size(), 2U);
    EXPECT_EQ(all[0]["choices"][0]["logprobs"], json::parse(R"({"tokens":["é"],
        "token_logprobs":[-0.5],"top_logprobs":[{"é":-0.5,"e":-2}],"text_offset":[0]})"));
    EXPECT_EQ(all[1]["choices"][0]["logprobs"], json::parse(R"({"tokens":["b"],
        "token_logprobs":[-1.5],"top_logprobs":null,"text_offset":[1]})"));
}

TEST(CompletionsStream, AFailureNeverLooksLikeAnEnd) {
    for (const bool relayed : {false, true}) {
        for (const auto end : {outcome::upstream_eof, outcome::cancelled, outcome::drained}) {
            encoding stream{completions(), relayed, want_usage};
            stream.close(closed(end));
            const auto all = chunks(stream);
            ASSERT_EQ(all.size(), 1U);
            EXPECT_EQ(all[0]["error"]["code"], upstream::to_string(end));
            EXPECT_EQ(events_of(stream.wire()).size(), 1U);
        }
    }
}

TEST(CompletionsStream, ASpentBudgetEndsByLength) {
    for (const bool relayed : {false, true}) {
        encoding stream{completions(), relayed};
        stream.close(closed(outcome::budget));
        EXPECT_EQ(chunks(stream).at(0)["choices"][0]["finish_reason"], "length");
        EXPECT_EQ(events_of(stream.wire()).back().data, "[DONE]");
    }
}

TEST(CompletionsStream, BeatsWithACommentFirstAndThenWithAnEmptyText) {
    const encoding stream{completions()};
    EXPECT_EQ(stream.encoder().heartbeat(false), ":\n\n");
    const auto beat = json_of(events_of(stream.encoder().heartbeat(true)).at(0));
    EXPECT_EQ(beat["choices"][0]["text"], "");
    EXPECT_EQ(beat["choices"][0]["finish_reason"], nullptr);
}

TEST(CompletionsStream, PassesTheProvidersBytesOn) {
    encoding stream{completions(), transparent};
    const std::string_view frame = "data: {\"choices\":[],\"unheard_of\":1}\n\n";
    stream.item(upstream::verbatim{frame, true}).text("meaning").close(closed(outcome::completed));
    EXPECT_THAT(stream.frames(), ElementsAre(frame));
}

TEST(CompletionsStream, IgnoresAChoiceThatNobodyAskedForAndForgesNoFrame) {
    encoding stream{completions()};
    for (const int choice : {-1, 1024, 2'000'000'000}) {
        stream.item(upstream::text_delta{choice, "x"})
            .item(upstream::logprobs_delta{choice, "[{}]"})
            .item(upstream::finish{choice, upstream::finish_reason::stop});
    }
    EXPECT_EQ(stream.wire(), "");
    for (const auto& text : forgeries()) {
        encoding forged{completions()};
        forged.item(upstream::identity{text, text, 1}).text(text);
        const auto all = chunks(forged);
        ASSERT_EQ(all.size(), 1U);
        EXPECT_EQ(all[0]["choices"][0]["text"], as_valid_utf8(text));
    }
}

TEST(CompletionsDocument, GathersTheStream) {
    const auto builder = completions().document({}, some_names, false);
    builder->add(upstream::reasoning_delta{0, "hm"});
    builder->add(upstream::logprobs_delta{
        0, R"([{"token":"a","logprob":-0.5,"bytes":[97],"top_logprobs":[]}])"});
    builder->add(upstream::text_delta{0, "a"});
    builder->add(upstream::text_delta{1, "b"});
    builder->add(upstream::finish{1, upstream::finish_reason::length});
    const auto body = json::parse(builder->finish(closed(outcome::completed)));
    EXPECT_EQ(body["object"], "text_completion");
    EXPECT_EQ(body["choices"], json::parse(R"([
        {"text":"a","index":0,"logprobs":{"tokens":["a"],"token_logprobs":[-0.5],
         "top_logprobs":null,"text_offset":[0]},"finish_reason":"stop"},
        {"text":"b","index":1,"logprobs":null,"finish_reason":"length"}])"));
    EXPECT_EQ(body["usage"]["total_tokens"], 0);
    const auto relay = completions().document({}, some_names, transparent);
    relay->add(upstream::verbatim{"{\"x\":1}", true});
    EXPECT_EQ(relay->finish(closed(outcome::completed)), "{\"x\":1}");
}

const dialect& embeddings() {
    return openai_embeddings_dialect();
}

TEST(EmbeddingsDecode, ReadsTextsAndTheWishedForm) {
    const auto one = embeddings().decode(R"({"model":"m","input":"a"})");
    ASSERT_TRUE(one.has_value()) << one.error().message;
    EXPECT_EQ(one->call.api, upstream::api::openai_embeddings);
    EXPECT_FALSE(one->call.stream);
    EXPECT_EQ(one->call.embedding->inputs, std::vector<std::string>{"a"});
    EXPECT_FALSE(one->call.embedding->base64);
    const auto more = embeddings().decode(R"({"model":"m","input":["a","b"],"dimensions":256,
        "encoding_format":"base64","user":"u","zebra":1})");
    ASSERT_TRUE(more.has_value()) << more.error().message;
    EXPECT_EQ(more->call.embedding->inputs.size(), 2U);
    EXPECT_EQ(more->call.embedding->dimensions, 256);
    EXPECT_TRUE(more->call.embedding->base64);
    EXPECT_EQ(more->call.request.user, "u");
    EXPECT_THAT(more->dropped, ElementsAre("zebra"));
}

TEST(EmbeddingsDecode, LeavesTokensToProvidersOfThisApi) {
    for (const auto* input : {"[1,2]", "[[1],[2]]"}) {
        const auto decoded =
            embeddings().decode(R"({"model":"m","input":)" + std::string(input) + "}");
        ASSERT_TRUE(decoded.has_value());
        EXPECT_THAT(decoded->call.untranslatable, ElementsAre("input"));
    }
}

TEST(EmbeddingsDecode, NamesTheFieldAtFault) {
    std::string many = R"({"model":"m","input":["a")";
    for (int i = 0; i < 2048; ++i)
        many += ",\"a\"";
    for (const auto& [body, param] : std::vector<std::pair<std::string, std::string>>{
             {R"({"input":"a"})", "model"},
             {R"({"model":"m"})", "input"},
             {R"({"model":"m","input":""})", "input"},
             {R"({"model":"m","input":[]})", "input"},
             {R"({"model":"m","input":["a",1]})", "input"},
             {R"({"model":"m","input":"a","encoding_format":"hex"})", "encoding_format"},
             {R"({"model":"m","input":"a","dimensions":0})", "dimensions"},
             {many + "]}", "input"},
         }) {
        const auto decoded = embeddings().decode(body);
        ASSERT_FALSE(decoded.has_value()) << body;
        EXPECT_EQ(decoded.error().param, param);
    }
}

json vectors(bool base64) {
    upstream::call call;
    call.embedding.emplace().base64 = base64;
    const auto builder = embeddings().document(call, some_names, false);
    builder->add(upstream::identity{"", "embedder", 0});
    builder->add(upstream::embedding_delta{1, "[-2,0.5]"});
    builder->add(upstream::embedding_delta{0, "[1]"});
    upstream::usage usage;
    usage.input_tokens = 3;
    return json::parse(builder->finish(closed(outcome::completed, usage)));
}

TEST(EmbeddingsDocument, TellsNumbers) {
    EXPECT_EQ(vectors(false), json::parse(R"({"object":"list","data":[
        {"object":"embedding","index":0,"embedding":[1]},
        {"object":"embedding","index":1,"embedding":[-2,0.5]}],
        "model":"embedder","usage":{"prompt_tokens":3,"total_tokens":3}})"));
}

TEST(EmbeddingsDocument, TellsLittleEndianFloatsInBase64) {
    const auto body = vectors(true);
    EXPECT_EQ(body["data"][0]["embedding"], "AACAPw==");      // 00 00 80 3f
    EXPECT_EQ(body["data"][1]["embedding"], "AAAAwAAAAD8=");  // 00 00 00 c0, 00 00 00 3f
}

TEST(EmbeddingsDocument, HoldsWhateverAProviderSent) {
    upstream::call call;
    call.embedding.emplace();
    const auto builder = embeddings().document(call, some_names, false);
    builder->add(upstream::embedding_delta{0, "no JSON"});
    builder->add(upstream::embedding_delta{-1, "[1]"});
    builder->add(upstream::embedding_delta{2'000'000'000, "[1]"});
    const auto body = json::parse(builder->finish(closed(outcome::completed)));
    EXPECT_EQ(body["data"].size(), 1U);
    EXPECT_EQ(body["data"][0]["embedding"], json::array());
    EXPECT_EQ(body["model"], some_names.route);
}

}  // namespace
}  // namespace sluice::gateway::testing
