#include "upstream/mock/recording.hpp"

#include "upstream/providers/openai_host.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace sluice::upstream::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

recorded_request a_request() {
    recorded_request request;
    request.provider.name = "fast";
    request.provider.kind = provider_settings::protocol::openai;
    request.provider.host = find_openai_host("groq");
    request.provider.base_url = "https://api.groq.com/openai/v1";
    request.provider.apis = {api::openai_chat, api::openai_embeddings};
    request.provider.ask_usage = false;
    request.client = api::anthropic_messages;
    request.stream = true;
    request.model = "llama";
    request.when = "2026-11-26T14:01:02.123Z";
    request.url = "https://api.groq.com/openai/v1/chat/completions";
    request.headers = {{"Content-Type", "application/json"}, {"Authorization", "***"}};
    request.body = R"({"model":"llama","messages":[{"role":"user","content":"Grüße \"x\""}]})";
    return request;
}

/// Reads as a network cuts them: within a character, within a line end, of bytes that are no text.
const std::vector<std::string> pieces{
    "data: {\"a\":\"Gr\xc3",
    "\xbc\xc3\x9f\x65\"}\r",
    "\n\r\n",
    std::string("\0\x01\xff\xfe", 4),
    "end"};

std::string wire() {
    std::string lines = recording_request_line(a_request());
    lines += recording_head_line(0.25, 200, {{"content-type", "text/event-stream"}});
    double at = 0.5;
    for (const auto& piece : pieces)
        append_recording_read(lines, at += 0.125, piece);
    return lines + recording_end_line(2, "broken", "reset by \"peer\"");
}

std::string body() {
    std::string all;
    for (const auto& piece : pieces)
        all += piece;
    return all;
}

std::optional<recording> read(const std::vector<std::string>& parts, std::string* error = nullptr) {
    recording_reader reader("a.jsonl");
    bool good = true;
    for (const auto& part : parts)
        good = good && reader.feed(part);
    auto made = reader.finish();
    if (error != nullptr) *error = reader.error();
    return made;
}

std::string error_of(const std::string& text) {
    std::string error;
    EXPECT_FALSE(read({text}, &error));
    return error;
}

TEST(Recording, KeepsTheBodyToTheByte) {
    const auto made = read({wire()});
    ASSERT_TRUE(made);
    EXPECT_EQ(made->body, body());
    ASSERT_EQ(made->reads.size(), pieces.size());
    std::size_t end = 0;
    double at = 0.5;
    for (std::size_t i = 0; i < pieces.size(); ++i) {
        EXPECT_EQ(made->reads[i].end, end += pieces[i].size());
        EXPECT_DOUBLE_EQ(made->reads[i].at, at += 0.125);
    }
}

TEST(Recording, KeepsWhatWasAskedAndOfWhom) {
    const auto made = read({wire()});
    ASSERT_TRUE(made);
    const auto wanted = a_request();
    EXPECT_EQ(made->request.provider.name, "fast");
    EXPECT_EQ(made->request.provider.kind, wanted.provider.kind);
    EXPECT_EQ(made->request.provider.host, wanted.provider.host);
    EXPECT_EQ(made->request.provider.base_url, wanted.provider.base_url);
    EXPECT_EQ(made->request.provider.apis, wanted.provider.apis);
    EXPECT_FALSE(made->request.provider.ask_usage);
    EXPECT_EQ(made->request.client, api::anthropic_messages);
    EXPECT_TRUE(made->request.stream);
    EXPECT_EQ(made->request.model, "llama");
    EXPECT_EQ(made->request.when, wanted.when);
    EXPECT_EQ(made->request.method, "POST");
    EXPECT_EQ(made->request.url, wanted.url);
    EXPECT_EQ(made->request.headers, wanted.headers);
    EXPECT_EQ(made->request.body, wanted.body);
}

TEST(Recording, KeepsTheHeadAndTheEnd) {
    const auto made = read({wire()});
    ASSERT_TRUE(made);
    EXPECT_EQ(made->status, 200);
    EXPECT_DOUBLE_EQ(made->head_at, 0.25);
    EXPECT_EQ(made->headers, (header_list{{"content-type", "text/event-stream"}}));
    EXPECT_EQ(made->ended, "broken");
    EXPECT_EQ(made->message, "reset by \"peer\"");
    EXPECT_DOUBLE_EQ(made->ended_at, 2);
}

TEST(Recording, IsTheSameHoweverItsBytesAreCut) {
    const auto text = wire();
    for (std::size_t cut = 0; cut <= text.size(); ++cut) {
        SCOPED_TRACE(cut);
        const auto made = read({text.substr(0, cut), text.substr(cut)});
        ASSERT_TRUE(made);
        EXPECT_EQ(made->body, body());
        EXPECT_EQ(made->request.body, a_request().body);
        EXPECT_EQ(made->ended, "broken");
    }
}

TEST(Recording, IsRefusedWhereverItBreaksOff) {
    const auto text = wire();
    // Without its last line end it is whole.
    for (std::size_t size = 0; size + 1 < text.size(); ++size) {
        SCOPED_TRACE(size);
        EXPECT_THAT(error_of(text.substr(0, size)), StartsWith("a.jsonl:"));
    }
    EXPECT_TRUE(read({text.substr(0, text.size() - 1)}));
}

TEST(Recording, IsReadableWhereTheBytesAreText) {
    std::string line;
    append_recording_read(line, 0.0123456, "Grüße");
    EXPECT_EQ(line, "{\"t\":0.012346,\"data\":\"Grüße\"}\n");
    line.clear();
    append_recording_read(line, 1, "\xc3");
    EXPECT_EQ(line, "{\"t\":1.000000,\"base64\":\"ww==\"}\n");
}

TEST(Recording, OfAnExchangeWithoutAnAnswerHasOnlyAnEnd) {
    const auto made =
        read({recording_request_line(a_request()), recording_end_line(5, "connect_timeout", "late")}
        );
    ASSERT_TRUE(made);
    EXPECT_EQ(made->status, 0);
    EXPECT_EQ(made->ended, "connect_timeout");
    EXPECT_THAT(
        error_of(recording_request_line(a_request()) + recording_end_line(5, "whole", "")),
        HasSubstr("a.jsonl:2: 'end' is 'whole' without an answer")
    );
}

TEST(Recording, LeavesOutABodyThatWouldNotFitALine) {
    auto request = a_request();
    request.body = std::string(recorded_body_bytes_max, '\n');
    const auto longest = recording_request_line(request);
    EXPECT_LE(longest.size(), recording_line_bytes_max);
    EXPECT_GT(longest.size(), recorded_body_bytes_max);
    *request.body += '\n';
    const auto made = read({recording_request_line(request), recording_end_line(1, "left", "")});
    ASSERT_TRUE(made);
    EXPECT_FALSE(made->request.body);
}

TEST(Recording, KnowsTheProtocolOfItsAnswer) {
    recording made;
    made.request = a_request();
    EXPECT_EQ(made.protocol(), api::openai_chat);  // translated
    made.request.client = api::openai_embeddings;
    EXPECT_EQ(made.protocol(), api::openai_embeddings);
    EXPECT_TRUE(made.is_document());
    made.request.provider.apis = {api::openai_responses};
    made.request.client = api::native;
    EXPECT_EQ(made.protocol(), api::openai_responses);
    EXPECT_FALSE(made.is_document());
    made.request.provider.kind = provider_settings::protocol::bedrock;
    EXPECT_EQ(made.protocol(), std::nullopt);
    made.request.provider.kind = provider_settings::protocol::anthropic;
    made.request.client = api::anthropic_count_tokens;
    EXPECT_EQ(made.protocol(), api::anthropic_count_tokens);
}

TEST(Recording, ADocumentIsWhatARelayedRequestWithoutAStreamGot) {
    recording made;
    made.request = a_request();
    made.request.client = api::openai_chat;
    EXPECT_FALSE(made.is_document());
    made.request.stream = false;
    EXPECT_TRUE(made.is_document());
    made.request.client = api::ollama_chat;  // what is translated is streamed all the same
    EXPECT_FALSE(made.is_document());
}

struct hostile {
    std::string text;
    std::string error;
};

TEST(Recording, SaysWhatIsWrongAndInWhichLine) {
    const auto first = recording_request_line(a_request());
    const auto head = recording_head_line(1, 200, {});
    const auto with = [&](std::string from, const std::string& to) {
        auto changed = first;
        const auto at = changed.find(from);
        EXPECT_NE(at, std::string::npos) << from;
        return changed.replace(at, from.size(), to);
    };
    const std::vector<hostile> files{
        {"", "a.jsonl:1: the file is empty"},
        {"\n", "a.jsonl:1: the line is no JSON object"},
        {"[1]\n", "a.jsonl:1: the line is no JSON object"},
        {"\xff\xfe{}\n", "a.jsonl:1: the line is no JSON object"},
        {"{}\n", "a.jsonl:1: 'sluice_recording' is missing"},
        {std::string(100'000, '['), "a.jsonl:1: the line is nested too deep"},
        {with("\"sluice_recording\":1", "\"sluice_recording\":2"), "'sluice_recording' must be 1"},
        {with("\"kind\":\"openai\"", "\"kind\":\"mock\""),
         "'provider' is not right: 'kind' names no protocol"},
        {with("\"groq\"", "\"nobody\""), "'provider' is not right: 'host' names no host"},
        {with("[\"openai_chat\"", "[\"telepathy\""),
         "'provider' is not right: 'apis' names no API"},
        {with("[\"openai_chat\"", "[7"), "'provider' is not right: 'apis' names no API"},
        {with("\"api\":\"anthropic_messages\"", "\"api\":[]"), "'api' names no API"},
        {with("\"stream\":true", "\"stream\":1"), "'stream' must be true or false"},
        {with("[\"Content-Type\",\"application/json\"]", "[\"Content-Type\"]"),
         "'headers' must be a list of pairs of texts"},
        {with("\"Content-Type\"", "\"Content Type\""),
         "a.jsonl:1: 'headers' holds a name that is no header's"},
        {first + "{\"t\":1,\"status\":200,\"headers\":[[\"x-a: 1\\r\\nset-cookie\",\"b\"]]}\n",
         "a.jsonl:2: 'headers' holds a name that is no header's"},
        {first + "{\"t\":1,\"status\":200,\"headers\":[[\"x-a\",\"1\\nset-cookie: b\"]]}\n",
         "a.jsonl:2: 'headers' holds a value with control characters"},
        {with("\"body\":", "\"body_base64\":"), "'body_base64' is no base64"},
        {first + "{\"t\":1,\"data\":\"x\"}\n", "a.jsonl:2: 'status' is missing"},
        {first + recording_head_line(1, 100, {}), "'status' must be"},
        {first + "{\"t\":1,\"status\":99999999999999999999,\"headers\":[]}\n", "'status' must be"},
        {first + "{\"t\":-1,\"status\":200,\"headers\":[]}\n", "a.jsonl:2: 't' must be seconds"},
        {first + "{\"t\":1e300,\"status\":200,\"headers\":[]}\n", "'t' must be seconds"},
        {first + "{\"t\":\"1\",\"status\":200,\"headers\":[]}\n", "'t' must be seconds"},
        {first + head + "{\"t\":0.5,\"data\":\"\"}\n", "a.jsonl:3: 't' must not be before"},
        {first + head + "{\"t\":1}\n", "a.jsonl:3: 'data' is missing"},
        {first + head + "{\"t\":1,\"data\":7}\n", "'data' must be a text"},
        {first + head + "{\"t\":1,\"base64\":\"===\"}\n", "'base64' is no base64"},
        {first + head + "{\"t\":1,\"base64\":\"\",\"data\":\"\"}\n", "stands beside the same"},
        {first + head + "{\"t\":1,\"end\":\"happily\"}\n", "'end' is no way to end"},
        {first + head + recording_end_line(1, "whole", "") + "{}\n", "a.jsonl:4: nothing may come"},
        {first + head, "a.jsonl:3: the recording breaks off"},
    };
    for (const auto& file : files)
        EXPECT_THAT(error_of(file.text), HasSubstr(file.error)) << file.text.substr(0, 400);
}

TEST(Recording, ReadsNoLineWithoutEnd) {
    recording_reader reader("a.jsonl");
    const std::string piece(1 << 20, ' ');
    std::size_t fed = 0;
    while (reader.feed(piece) && fed < 2 * recording_line_bytes_max)
        fed += piece.size();
    EXPECT_EQ(fed, recording_line_bytes_max);
    EXPECT_EQ(reader.error(), "a.jsonl:1: the line is longer than 64 MiB");
    EXPECT_FALSE(reader.feed("{}\n"));
    EXPECT_FALSE(reader.finish());
}

}  // namespace
}  // namespace sluice::upstream::testing
