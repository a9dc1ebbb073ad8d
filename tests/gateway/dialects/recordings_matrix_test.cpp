// Every recorded stream of every provider, written in every client dialect and read back as a
// client of it would: nothing is lost on the way.

#include "tests/gateway/dialects/reading_clients.hpp"
#include "tests/gateway/dialects/rendered.hpp"
#include "tests/upstream/recordings.hpp"
#include "upstream/providers/anthropic.hpp"
#include "upstream/providers/gemini.hpp"
#include "upstream/providers/ollama.hpp"
#include "upstream/providers/openai_chat.hpp"
#include "upstream/providers/openai_responses.hpp"

#include <gtest/gtest.h>

#include <functional>

namespace sluice::gateway::testing {
namespace {

using nlohmann::json;
using protocol = upstream::provider_settings::protocol;
using upstream::api;
using upstream::outcome;
using upstream::testing::recordings_of;
using upstream::testing::told_call;

/// A client dialect, how its clients read it, and what it has no place for.
struct client {
    const char* name;
    const dialect& (*written)();
    std::function<told(std::string_view)> read;
    bool choices = false;  ///< more than one
    bool reasoning = true;
    bool refusals = true;  ///< apart from the text
    bool calls = true;
    bool partial_calls = true;  ///< arguments that are no JSON reach the client as they are
    bool usage = true;
    bool media = false;
};

const std::vector<client>& clients() {
    static const std::vector<client> all{
        {.name = "native", .written = native_dialect, .read = read_native, .media = true},
        {.name = "openai_chat",
         .written = openai_chat_dialect,
         .read = [](std::string_view frames
                 ) { return read_by_codec(upstream::make_openai_chat_codec(), frames); },
         .choices = true},
        {.name = "openai_completions",
         .written = openai_completions_dialect,
         .read = [](std::string_view frames
                 ) { return read_by_codec(upstream::make_openai_chat_codec(), frames); },
         .choices = true,
         .reasoning = false,
         .refusals = false,
         .calls = false},
        {.name = "openai_responses",
         .written = openai_responses_dialect,
         .read = [](std::string_view frames
                 ) { return read_by_codec(upstream::make_openai_responses_codec(), frames); }},
        {.name = "anthropic_messages",
         .written = anthropic_messages_dialect,
         .read = [](std::string_view frames
                 ) { return read_by_codec(upstream::make_anthropic_codec(), frames); },
         .refusals = false},
        {.name = "gemini",
         .written = gemini_dialect,
         .read = [](std::string_view frames
                 ) { return read_by_codec(upstream::make_gemini_codec(), frames); },
         .choices = true,
         .refusals = false,
         .partial_calls = false,
         .media = true},
        {.name = "ollama_chat",
         .written = ollama_chat_dialect,
         .read = [](std::string_view frames
                 ) { return read_by_codec(upstream::make_ollama_codec(), frames); },
         .refusals = false,
         .partial_calls = false},
        {.name = "ui_messages",
         .written = ui_messages_dialect,
         .read = read_ui,
         .refusals = false,
         .usage = false},
    };
    return all;
}

struct provider_kind {
    const char* recorded;  ///< the recordings' word for the protocol
    protocol kind;
    api spoken = api::openai_chat;
};

std::ostream& operator<<(std::ostream& out, const provider_kind& provider) {
    return out << provider.recorded;
}

constexpr provider_kind kinds[] = {
    {"openai-chat", protocol::openai},
    {"openai-completions", protocol::openai},
    {"openai-responses", protocol::openai, api::openai_responses},
    {"anthropic-messages", protocol::anthropic},
    {"gemini", protocol::gemini},
    {"watsonx-chat", protocol::watsonx},
    {"ollama", protocol::ollama},
    {"bedrock-converse", protocol::bedrock},
    {"cohere-v2", protocol::cohere},
};

template <class Value>
Value first_of(const std::map<int, Value>& by_choice) {
    const auto found = by_choice.find(0);
    return found == by_choice.end() ? Value{} : found->second;
}

void expect_texts(const client& client, const told& said, const told& read) {
    const auto choices = [&](const std::map<int, std::string>& texts) {
        auto kept = texts;
        if (!client.choices) std::erase_if(kept, [](const auto& each) { return each.first != 0; });
        return kept;
    };
    auto text = choices(said.text);
    if (!client.refusals) {
        for (const auto& [choice, words] : choices(said.refusal))
            text[choice] += words;
    }
    EXPECT_EQ(read.text, text);
    if (client.refusals) {
        EXPECT_EQ(read.refusal, choices(said.refusal));
    }
    if (client.reasoning) {
        EXPECT_EQ(read.reasoning, choices(said.reasoning));
    }
}

bool is_object(const std::string& text) {
    return text.empty() || json::parse(text, nullptr, false).is_object();
}

/// What a client of this dialect is told of the calls.
std::vector<told_call> calls_for(const client& client, const told& said) {
    std::vector<told_call> calls;
    for (const auto& call : said.calls) {
        if (client.calls && (call.choice == 0 || client.choices)) calls.push_back(call);
    }
    return calls;
}

/// Arguments that are no object, where the dialect has no form but an object.
bool has_no_form(const client& client, const told& said) {
    return !client.partial_calls &&
           !std::ranges::all_of(calls_for(client, said), is_object, &told_call::arguments);
}

json object_of(const told_call& call) {
    return json::parse(call.arguments.empty() ? "{}" : call.arguments, nullptr, false);
}

/// Beside calls that the dialect has no form for, the others are told as ever.
void expect_whole_calls(const client& client, const told& said, const told& read) {
    for (const auto& call : calls_for(client, said)) {
        if (!is_object(call.arguments)) continue;
        const bool found = std::ranges::any_of(read.calls, [&](const told_call& each) {
            return each.name == call.name && object_of(each) == object_of(call);
        });
        EXPECT_TRUE(found) << call.name;
    }
}

void expect_calls(const client& client, const told& said, const told& read) {
    const auto calls = calls_for(client, said);
    const bool whole = std::ranges::all_of(calls, is_object, &told_call::arguments);
    ASSERT_EQ(read.calls.size(), calls.size());
    for (std::size_t i = 0; i < calls.size(); ++i) {
        EXPECT_EQ(read.calls[i].id, calls[i].id);
        EXPECT_EQ(read.calls[i].name, calls[i].name);
        EXPECT_EQ(read.calls[i].index, calls[i].index);
        if (whole) {
            EXPECT_EQ(object_of(read.calls[i]), object_of(calls[i]));
        } else {
            EXPECT_EQ(read.calls[i].arguments, calls[i].arguments);
        }
    }
}

void expect_finish(const client& client, const told& said, const told& read) {
    const auto of_first = [](const told& from) {
        const auto found =
            std::ranges::find(from.finishes, 0, &std::pair<int, upstream::finish_reason>::first);
        return found == from.finishes.end() ? upstream::finish_reason::stop : found->second;
    };
    using upstream::finish_reason;
    auto reason = of_first(said);
    const auto calls = calls_for(client, said);
    const bool called = std::ranges::find(calls, 0, &told_call::choice) != calls.end();
    // Some say so for the sake of another choice's calls.
    if (!called && reason == finish_reason::tool_calls) return;
    const auto told_reason = of_first(read);
    // A refusal is a reason of its own to some.
    const bool refused = !said.refusal.empty() && told_reason == finish_reason::content_filter;
    if (!refused) {
        EXPECT_EQ(to_string(told_reason), to_string(reason));
    }
}

/// Some hosts count more tokens as cached, or as reasoning, than there were at all.
bool adds_up(const upstream::usage& usage) {
    return usage.cached_tokens.value_or(0) <= usage.input_tokens.value_or(0) &&
           usage.reasoning_tokens.value_or(0) <= usage.output_tokens.value_or(0);
}

void expect_usage(const client& client, const told& said, const told& read) {
    if (!client.usage || !said.usage || !adds_up(*said.usage)) return;
    ASSERT_TRUE(read.usage.has_value());
    if (said.usage->input_tokens) {
        EXPECT_EQ(read.usage->input_tokens, said.usage->input_tokens);
    }
    if (said.usage->output_tokens) {
        EXPECT_EQ(read.usage->output_tokens, said.usage->output_tokens);
    }
}

void expect_same(const client& client, const told& said, const told& read) {
    if (said.ended != outcome::completed) {
        EXPECT_NE(read.ended, outcome::completed) << "a failure looks like a success";
        return;
    }
    if (has_no_form(client, said)) return expect_whole_calls(client, said, read);
    EXPECT_EQ(read.ended, outcome::completed) << (read.failure ? read.failure->message : "");
    expect_texts(client, said, read);
    expect_calls(client, said, read);
    expect_finish(client, said, read);
    expect_usage(client, said, read);
    if (client.media) {
        EXPECT_EQ(read.media, said.media);
    }
}

class Matrix : public recordings_of, public ::testing::WithParamInterface<provider_kind> {
 protected:
    Matrix() : recordings_of(GetParam().recorded) {}

    static upstream::provider_settings provider() {
        auto made = upstream::testing::plain_provider();
        made.kind = GetParam().kind;
        made.apis = {GetParam().spoken};
        made.region = "us-east-1";
        return made;
    }
};

TEST_P(Matrix, LosesNothingInAnyClientDialect) {
    for (const auto& record : records_) {
        SCOPED_TRACE(record.at("file").get<std::string>());
        const auto bytes = wire(record);
        for (const auto& client : clients()) {
            SCOPED_TRACE(client.name);
            const auto codec = upstream::make_codec(provider(), api::native, {});
            auto call = upstream::testing::translated_call();
            call.want_usage = true;
            const auto made = render(*codec, provider(), call, client.written(), {bytes});
            expect_same(client, made.said, client.read(made.frames));
        }
    }
}

INSTANTIATE_TEST_SUITE_P(Providers, Matrix, ::testing::ValuesIn(kinds), [](const auto& info) {
    std::string name = info.param.recorded;
    std::erase(name, '-');
    return name;
});

}  // namespace
}  // namespace sluice::gateway::testing
