#include "gateway/dialects/dialect.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <tuple>

namespace sluice::gateway::testing {
namespace {

using ::testing::HasSubstr;
using namespace std::string_literals;

/// A body of both dialects with more members.
std::string with(const std::string& more) {
    return R"({"model":"m","messages":[{"role":"user","content":"hi"}],)" + more + "}";
}

std::string with_message(const std::string& message) {
    return R"({"model":"m","messages":[{"role":"user","content":"hi"},)" + message + "]}";
}

upstream::failure refused(const dialect& dialect, const std::string& body) {
    auto decoded = dialect.decode(body);
    if (!decoded) return decoded.error();
    ADD_FAILURE() << "was accepted: " << body;
    return {};
}

class Decode : public ::testing::TestWithParam<const dialect*> {};

INSTANTIATE_TEST_SUITE_P(
    BothDialects,
    Decode,
    ::testing::Values(&native_dialect(), &openai_chat_dialect()),
    [](const auto& info) { return std::string{info.param->name()}; }
);

TEST_P(Decode, ReadsAConversation) {
    const auto decoded = GetParam()->decode(R"({"model":"m","messages":[
        {"role":"system","content":"be brief"},
        {"role":"user","name":"ann","content":[
            {"type":"text","text":"what is this?"},
            {"type":"image_url","image_url":{"url":"https://a/b.png","detail":"low"}},
            {"type":"input_audio","input_audio":{"data":"AAAA","format":"wav"}},
            {"type":"file","file":{"file_id":"f1","filename":"a.pdf"}}]},
        {"role":"assistant","content":null,"tool_calls":[
            {"id":"c1","type":"function","function":{"name":"look","arguments":"{\"x\":1}"}}]},
        {"role":"tool","tool_call_id":"c1","content":"a cat"}]})");
    ASSERT_TRUE(decoded.has_value()) << decoded.error().message;
    const auto& messages = decoded->call.request.messages;
    ASSERT_EQ(messages.size(), 4U);
    EXPECT_EQ(messages[0].role, upstream::role::system);
    EXPECT_EQ(messages[1].name, "ann");
    ASSERT_EQ(messages[1].content.size(), 4U);
    EXPECT_EQ(std::get<upstream::text_part>(messages[1].content[0]).text, "what is this?");
    EXPECT_EQ(std::get<upstream::image_part>(messages[1].content[1]).detail, "low");
    EXPECT_EQ(std::get<upstream::audio_part>(messages[1].content[2]).format, "wav");
    EXPECT_EQ(std::get<upstream::file_part>(messages[1].content[3]).name, "a.pdf");
    ASSERT_EQ(messages[2].tool_calls.size(), 1U);
    EXPECT_EQ(messages[2].tool_calls[0].arguments, R"({"x":1})");
    EXPECT_EQ(messages[3].role, upstream::role::tool);
    EXPECT_EQ(messages[3].tool_call_id, "c1");
}

TEST_P(Decode, ReadsTheParameters) {
    const auto decoded = GetParam()->decode(with(R"("max_tokens":7,"temperature":0.5,"top_p":1,
        "seed":-3,"stop":["a","b"],"n":2,"stream":true,"stream_options":{"include_usage":true},
        "tools":[{"type":"function","function":{"name":"f","parameters":{"type":"object"}}}],
        "tool_choice":{"type":"function","function":{"name":"f"}},
        "response_format":{"type":"json_schema","json_schema":{"name":"s","schema":{}}})"));
    ASSERT_TRUE(decoded.has_value()) << decoded.error().message;
    const auto& request = decoded->call.request;
    EXPECT_EQ(request.model, "m");
    EXPECT_EQ(request.max_tokens, 7);
    EXPECT_EQ(request.temperature, 0.5);
    EXPECT_EQ(request.seed, -3);
    EXPECT_EQ(request.stop, (std::vector{"a"s, "b"s}));
    EXPECT_EQ(request.choices, 2);
    EXPECT_TRUE(decoded->call.stream);
    EXPECT_TRUE(decoded->call.want_usage);
    ASSERT_EQ(request.tools.size(), 1U);
    EXPECT_EQ(request.tool_choice->name, "f");
    EXPECT_EQ(request.response_format->name, "s");
}

TEST_P(Decode, NamesThePathOfAMemberOfTheWrongType) {
    using row = std::tuple<std::string, std::string>;
    for (const auto& [more, path] : {
             row{R"("stream":1)", "stream"},
             row{R"("stream_options":true)", "stream_options"},
             row{R"("stream_options":{"include_usage":"yes"})", "stream_options.include_usage"},
             row{R"("temperature":"hot")", "temperature"},
             row{R"("temperature":2.1)", "temperature"},
             row{R"("temperature":-0.1)", "temperature"},
             row{R"("top_p":1.5)", "top_p"},
             row{R"("frequency_penalty":-3)", "frequency_penalty"},
             row{R"("presence_penalty":[])", "presence_penalty"},
             row{R"("max_tokens":0)", "max_tokens"},
             row{R"("max_tokens":1.5)", "max_tokens"},
             row{R"("max_tokens":18446744073709551615)", "max_tokens"},
             row{R"("max_completion_tokens":"9")", "max_completion_tokens"},
             row{R"("n":0)", "n"},
             row{R"("n":129)", "n"},
             row{R"("seed":0.5)", "seed"},
             row{R"("stop":5)", "stop"},
             row{R"("stop":["a",5])", "stop"},
             row{R"("logprobs":1)", "logprobs"},
             row{R"("top_logprobs":21)", "top_logprobs"},
             row{R"("parallel_tool_calls":"no")", "parallel_tool_calls"},
             row{R"("reasoning_effort":1)", "reasoning_effort"},
             row{R"("user":{})", "user"},
             row{R"("store":"x")", "store"},
             row{R"("metadata":[])", "metadata"},
             row{R"("logit_bias":{"5":"x"})", "logit_bias"},
             row{R"("function_call":5)", "function_call"},
             row{R"("functions":5)", "functions"},
             row{R"("functions":[5])", "functions[0]"},
             row{R"("modalities":"audio")", "modalities"},
             row{R"("modalities":[1])", "modalities"},
             row{R"("audio":5)", "audio"},
             row{R"("reasoning":"much")", "reasoning"},
             row{R"("top_k":"x")", "top_k"},
             row{R"("tools":{})", "tools"},
             row{R"("tools":[5])", "tools[0]"},
             row{R"("tools":[{}])", "tools[0].type"},
             row{R"("tools":[{"type":"function"}])", "tools[0].function"},
             row{R"("tools":[{"type":"function","function":{}}])", "tools[0].function.name"},
             row{R"("tools":[{"type":"function","function":{"name":"f","parameters":1}}])",
                 "tools[0].function.parameters"},
             row{R"("tool_choice":"maybe")", "tool_choice"},
             row{R"("tool_choice":7)", "tool_choice"},
             row{R"("tool_choice":{"type":"function"})", "tool_choice.function"},
             row{R"("tool_choice":{"type":"function","function":{"name":"g"}})",
                 "tool_choice.function.name"},
             row{R"("response_format":"json")", "response_format"},
             row{R"("response_format":{})", "response_format.type"},
             row{R"("response_format":{"type":"xml"})", "response_format.type"},
             row{R"("response_format":{"type":"json_schema"})", "response_format.json_schema"},
             row{R"("response_format":{"type":"json_schema","json_schema":{"schema":1}})",
                 "response_format.json_schema.schema"},
         }) {
        SCOPED_TRACE(more);
        const auto reason = refused(*GetParam(), with(more));
        EXPECT_EQ(reason.status, 400);
        EXPECT_EQ(reason.type, "invalid_request_error");
        EXPECT_EQ(reason.param, path);
        EXPECT_THAT(reason.message, HasSubstr("'" + path + "'"));
    }
}

TEST_P(Decode, NamesThePathWithinTheMessages) {
    using row = std::tuple<std::string, std::string>;
    for (const auto& [message, path] : {
             row{"5", "messages[1]"},
             row{"null", "messages[1]"},
             row{R"({"content":"a"})", "messages[1].role"},
             row{R"({"role":5,"content":"a"})", "messages[1].role"},
             row{R"({"role":"king","content":"a"})", "messages[1].role"},
             row{R"({"role":"user"})", "messages[1].content"},
             row{R"({"role":"user","content":null})", "messages[1].content"},
             row{R"({"role":"user","content":5})", "messages[1].content"},
             row{R"({"role":"user","content":{}})", "messages[1].content"},
             row{R"({"role":"user","content":[]})", "messages[1].content"},
             row{R"({"role":"user","content":["a"]})", "messages[1].content[0]"},
             row{R"({"role":"user","content":[{"text":"a"}]})", "messages[1].content[0].type"},
             row{R"({"role":"user","content":[{"type":"text"}]})", "messages[1].content[0].text"},
             row{R"({"role":"user","content":[{"type":"text","text":"a"},{"type":"text","text":1}]})",
                 "messages[1].content[1].text"},
             row{R"({"role":"user","content":[{"type":"image_url","image_url":"x"}]})",
                 "messages[1].content[0].image_url"},
             row{R"({"role":"user","content":[{"type":"image_url","image_url":{}}]})",
                 "messages[1].content[0].image_url.url"},
             row{R"({"role":"user","content":[{"type":"input_audio","input_audio":{"data":"A"}}]})",
                 "messages[1].content[0].input_audio.format"},
             row{R"({"role":"user","name":1,"content":"a"})", "messages[1].name"},
             row{R"({"role":"assistant","tool_calls":{}})", "messages[1].tool_calls"},
             row{R"({"role":"assistant","tool_calls":[1]})", "messages[1].tool_calls[0]"},
             row{R"({"role":"assistant","tool_calls":[{"function":{}}]})",
                 "messages[1].tool_calls[0].function.name"},
             row{R"({"role":"assistant","tool_calls":[{"function":{"name":"f","arguments":{}}}]})",
                 "messages[1].tool_calls[0].function.arguments"},
         }) {
        SCOPED_TRACE(message);
        const auto reason = refused(*GetParam(), with_message(message));
        EXPECT_EQ(reason.status, 400);
        EXPECT_EQ(reason.param, path) << reason.message;
    }
}

TEST_P(Decode, RefusesWhatIsNoJsonObject) {
    for (const std::string body :
         {"",
          " ",
          "hello",
          "{",
          "[]",
          "5",
          "null",
          "\"a\"",
          "{}}",
          "{\"a\":1,}",
          "{'a':1}",
          "{\"a\":01}",
          "{\"a\":\"\n\"}",
          "prompt=hi"}) {
        SCOPED_TRACE(body);
        EXPECT_EQ(refused(*GetParam(), body).status, 400);
    }
}

TEST_P(Decode, RefusesInvalidUtf8AndNul) {
    for (const std::string& bad :
         {"\xff"s, "\xc0\x80"s, "\xed\xa0\x80"s, "\xf5\x80\x80\x80"s, "\xe2\x82"s}) {
        EXPECT_EQ(refused(*GetParam(), with("\"user\":\"" + bad + "\"")).status, 400);
    }
    EXPECT_THAT(refused(*GetParam(), with("\"user\":\"a\0b\""s)).message, HasSubstr("NUL"));
    EXPECT_THAT(refused(*GetParam(), with("\"user\":\"a\"") + "\0{"s).message, HasSubstr("NUL"));
    // Escaped it is a character like others; half of a surrogate pair is none.
    EXPECT_TRUE(GetParam()->decode(with(R"("user":"a\u0000b")")).has_value());
    EXPECT_EQ(refused(*GetParam(), with(R"("user":"\ud800")")).status, 400);
}

TEST_P(Decode, RefusesADuplicateKeyHoweverItIsWritten) {
    for (const std::string more : {
             R"("model":"other")",
             R"("\u006dodel":"other")",
             R"("mod\u0065l":"other")",
             R"("m\u006Fdel":null)",
         }) {
        SCOPED_TRACE(more);
        const auto reason = refused(*GetParam(), with(more));
        EXPECT_THAT(reason.message, HasSubstr("'model' stands twice"));
        EXPECT_EQ(reason.param, "model");
    }
    // Below the top each provider has its own way, and none of ours reads it.
    EXPECT_TRUE(GetParam()->decode(with(R"("metadata":{"a":"1","a":"2"})")).has_value());
}

TEST_P(Decode, BoundsTheNesting) {
    const auto nested = [](std::size_t depth) {  // the body itself is one level
        return with("\"x\":" + std::string(depth - 1, '[') + std::string(depth - 1, ']'));
    };
    EXPECT_TRUE(GetParam()->decode(nested(64)).has_value());
    EXPECT_THAT(refused(*GetParam(), nested(65)).message, HasSubstr("64"));
    EXPECT_EQ(refused(*GetParam(), std::string(5'000'000, '[')).status, 400);
    EXPECT_EQ(refused(*GetParam(), std::string(1'000'000, '{')).status, 400);
    // Brackets in a string are text.
    EXPECT_TRUE(
        GetParam()->decode(with("\"user\":\"\\\"" + std::string(100, '[') + "\"")).has_value()
    );
}

TEST_P(Decode, TellsTheProblemInPlainCharacters) {
    for (const std::string& body : {"{\"\xff\x1b[2J"s, "\r\n\x01"s, "{\"a\": \x7f}"s}) {
        const auto message = refused(*GetParam(), body).message;
        for (const char c : message)
            EXPECT_TRUE(c >= 0x20 && c < 0x7f) << message;
    }
}

TEST_P(Decode, KeepsTheBodyAsItCame) {
    const auto body = with(R"(   "unheard_of" : [1,  2]   )");
    EXPECT_EQ(GetParam()->decode(body)->call.body, body);
}

TEST_P(Decode, NamesWhatOnlyTheTransparentWayCarries) {
    using row = std::tuple<std::string, std::string>;
    for (const auto& [body, path] : {
             row{with_message(R"({"role":"user","content":[{"type":"hologram","x":1}]})"),
                 "messages[1].content[0]"},
             row{with_message(R"({"role":"assistant","audio":{"id":"audio_1"}})"),
                 "messages[1].audio"},
             row{with_message(R"({"role":"assistant","tool_calls":[{"id":"c","type":"custom",
                 "custom":{"name":"f","input":"x"}}]})"),
                 "messages[1].tool_calls[0]"},
             row{with(R"("tools":[{"type":"custom","custom":{"name":"f"}}])"), "tools[0]"},
             row{with(R"("tool_choice":{"type":"allowed_tools"})"), "tool_choice"},
             row{with(R"("web_search_options":{})"), "web_search_options"},
             row{with(R"("audio":{"voice":"alloy","format":"wav"})"), "audio.format"},
             row{with(R"("response_format":{"type":"grammar","grammar":"x"})"),
                 "response_format.type"},
         }) {
        SCOPED_TRACE(body);
        const auto decoded = GetParam()->decode(body);
        ASSERT_TRUE(decoded.has_value()) << decoded.error().message;
        EXPECT_THAT(decoded->call.untranslatable, ::testing::ElementsAre(path));
    }
}

TEST_P(Decode, ReadsWhatTheAnswerIsToBeMadeOf) {
    const auto decoded = GetParam()->decode(with(R"("modalities":["text","audio"],"top_k":40,
        "audio":{"voice":"alloy","format":"pcm16"},"metadata":{"a":"b"})"));
    ASSERT_TRUE(decoded.has_value()) << decoded.error().message;
    const auto& request = decoded->call.request;
    EXPECT_EQ(request.output_modalities, (std::vector{"text"s, "audio"s}));
    EXPECT_EQ(request.top_k, 40);
    EXPECT_EQ(request.metadata, nlohmann::json({{"a", "b"}}));
    EXPECT_TRUE(decoded->call.untranslatable.empty());
}

TEST_P(Decode, ReadsTheWishForThoughtsInEveryForm) {
    const auto wish = [](const std::string& more) {
        const auto decoded = GetParam()->decode(with(more));
        EXPECT_TRUE(decoded.has_value()) << more;
        return decoded->call.request.reasoning;
    };
    EXPECT_EQ(wish(R"("reasoning_effort":"low")").effort, "low");
    const auto object = wish(R"("reasoning":{"max_tokens":2000,"enabled":true,"exclude":true})");
    EXPECT_EQ(object.budget, 2000);
    EXPECT_EQ(object.enabled, true);
    EXPECT_EQ(object.visible, false);
    EXPECT_EQ(wish(R"("reasoning":{"effort":"high"})").effort, "high");
    EXPECT_EQ(wish(R"("thinking":{"type":"disabled"})").enabled, false);
    EXPECT_EQ(wish(R"("thinking":{"type":"enabled","budget_tokens":1024})").budget, 1024);
    EXPECT_FALSE(wish(R"("thinking":"yes")").said());
    EXPECT_EQ(refused(*GetParam(), with(R"("reasoning":{"effort":1})")).param, "reasoning.effort");
}

TEST_P(Decode, ReadsTheOlderFunctionsAsTools) {
    const auto decoded = GetParam()->decode(R"({"model":"m","messages":[
        {"role":"user","content":"hi"},
        {"role":"assistant","content":null,"function_call":{"name":"look","arguments":"{}"}},
        {"role":"function","name":"look","content":"a cat"}],
        "functions":[{"name":"look","parameters":{"type":"object"}}],
        "function_call":{"name":"look"}})");
    ASSERT_TRUE(decoded.has_value()) << decoded.error().message;
    const auto& request = decoded->call.request;
    ASSERT_EQ(request.tools.size(), 1U);
    EXPECT_EQ(request.tools[0].name, "look");
    EXPECT_EQ(request.tool_choice->how, upstream::tool_choice::mode::named);
    ASSERT_EQ(request.messages[1].tool_calls.size(), 1U);
    EXPECT_EQ(request.messages[1].tool_calls[0].name, "look");
    EXPECT_FALSE(request.messages[1].tool_calls[0].id.empty());
    EXPECT_EQ(request.messages[2].role, upstream::role::tool);
    EXPECT_EQ(request.messages[2].tool_call_id, request.messages[1].tool_calls[0].id);
    EXPECT_TRUE(decoded->call.untranslatable.empty());
    EXPECT_EQ(
        refused(*GetParam(), with(R"("functions":[{"name":"f"}],"function_call":{"name":"g"})"))
            .param,
        "function_call.name"
    );
}

TEST_P(Decode, ReadsAFileByItsAddress) {
    const auto decoded = GetParam()->decode(with_message(
        R"({"role":"user","content":[{"type":"file","file":{"file_data":"https://a/b.pdf"}}]})"
    ));
    ASSERT_TRUE(decoded.has_value());
    const auto& part = decoded->call.request.messages[1].content.at(0);
    EXPECT_EQ(std::get<upstream::file_part>(part).url, "https://a/b.pdf");
    EXPECT_EQ(std::get<upstream::file_part>(part).data, "");
}

TEST(DecodeNative, TakesAPromptForOneMessageOfTheUser) {
    const auto decoded = native_dialect().decode(R"({"prompt":"hi","system":"be brief"})");
    ASSERT_TRUE(decoded.has_value());
    const auto& messages = decoded->call.request.messages;
    ASSERT_EQ(messages.size(), 2U);
    EXPECT_EQ(messages[0].role, upstream::role::system);
    EXPECT_EQ(messages[1].role, upstream::role::user);
    EXPECT_EQ(std::get<upstream::text_part>(messages[1].content.at(0)).text, "hi");
    EXPECT_TRUE(decoded->call.stream);  // unless it says otherwise
    EXPECT_EQ(decoded->call.request.model, "");
    EXPECT_FALSE(native_dialect().decode(R"({"prompt":"hi","stream":false})")->call.stream);
}

TEST(DecodeNative, WantsAPromptOrMessages) {
    for (const auto& [body, param] : {
             std::pair{"{}", "prompt"},
             std::pair{R"({"prompt":null})", "prompt"},
             std::pair{R"({"prompt":""})", "prompt"},
             std::pair{R"({"prompt":5})", "prompt"},
             std::pair{R"({"prompt":"a","system":5})", "system"},
             std::pair{R"({"prompt":"a","model":5})", "model"},
             std::pair{R"({"messages":[]})", "messages"},
             std::pair{R"({"messages":"hi"})", "messages"},
             std::pair{R"({"prompt":"a","messages":[{"role":"user","content":"b"}]})", "prompt"},
         }) {
        SCOPED_TRACE(body);
        EXPECT_EQ(refused(native_dialect(), body).param, param);
    }
}

TEST(DecodeNative, NamesTheFieldsThatHadNoEffect) {
    const auto decoded = native_dialect().decode(R"({"prompt":"a","zebra":1,"store":true,"n":1})");
    ASSERT_TRUE(decoded.has_value());
    EXPECT_THAT(decoded->dropped, ::testing::UnorderedElementsAre("store", "zebra"));
}

TEST(DecodeChat, RequiresModelAndMessages) {
    for (const auto& [body, param] : {
             std::pair{R"({"messages":[{"role":"user","content":"a"}]})", "model"},
             std::pair{R"({"model":"","messages":[{"role":"user","content":"a"}]})", "model"},
             std::pair{R"({"model":null,"messages":[{"role":"user","content":"a"}]})", "model"},
             std::pair{R"({"model":"m"})", "messages"},
             std::pair{R"({"model":"m","messages":[]})", "messages"},
             std::pair{R"({"model":"m","messages":null})", "messages"},
             std::pair{R"({"model":"m","prompt":"a"})", "messages"},
         }) {
        SCOPED_TRACE(body);
        EXPECT_EQ(refused(openai_chat_dialect(), body).param, param);
    }
}

TEST(DecodeChat, NamesTheFieldsThatHadNoEffect) {
    const auto decoded = openai_chat_dialect().decode(
        with(R"("store":true,"logit_bias":{"5":1},"verbosity":"low","service_tier":"auto",
             "prediction":{},"prompt_cache_key":"k","stream":true,"top_k":1)")
    );
    ASSERT_TRUE(decoded.has_value()) << decoded.error().message;
    EXPECT_THAT(
        decoded->dropped,
        ::testing::UnorderedElementsAre(
            "store", "logit_bias", "verbosity", "service_tier", "prediction", "prompt_cache_key"
        )
    );
}

TEST(DecodeChat, StreamsOnlyWhereItIsAskedTo) {
    EXPECT_FALSE(openai_chat_dialect().decode(with(R"("n":1)"))->call.stream);
    EXPECT_TRUE(openai_chat_dialect().decode(with(R"("stream":true)"))->call.stream);
    EXPECT_FALSE(openai_chat_dialect().decode(with(R"("stream":true)"))->call.want_usage);
}

}  // namespace
}  // namespace sluice::gateway::testing
