#include "upstream/mock/mock.hpp"

#include "tests/upstream/mock/schema_check.hpp"

#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

#include <chrono>
#include <cmath>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace sluice::upstream {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;

/// All that one source brought, its texts copied.
struct record {
    std::vector<std::string> order;  ///< kinds of items, in order
    std::map<int, std::string> text;
    std::map<int, std::vector<std::string>> pieces;  ///< of text, by choice
    std::map<int, finish_reason> finishes;
    std::vector<tool_call> calls;
    std::vector<std::string> arguments;
    std::vector<std::string> media;
    std::set<std::string> media_types;
    std::string transcript;
    std::vector<std::string> thoughts;
    std::string refusal;
    std::vector<reasoning_state> states;
    std::vector<std::string> urls;
    std::vector<std::pair<std::int64_t, std::int64_t>> cited;
    json probabilities = json::array();
    std::map<int, std::vector<float>> vectors;
    std::string id;
    std::string model;
    usage total;
    std::optional<upstream::ending> ending;
    std::size_t takes = 0;
    std::size_t largest_batch = 0;

    void operator()(const text_delta& d) {
        order.emplace_back("text");
        text[d.choice] += d.text;
        pieces[d.choice].emplace_back(d.text);
    }
    void operator()(const tool_call_delta& d) {
        order.emplace_back("tool");
        if (!d.id.empty()) {
            EXPECT_EQ(static_cast<std::size_t>(d.index), calls.size());
            calls.push_back({std::string(d.id), std::string(d.name), ""});
        }
        calls.at(static_cast<std::size_t>(d.index)).arguments += d.arguments;
        if (!d.arguments.empty()) arguments.emplace_back(d.arguments);
    }
    void operator()(const media_delta& d) {
        order.emplace_back("media");
        media_types.emplace(d.type);
        media.emplace_back(d.data);
        transcript += d.transcript;
    }
    void operator()(const reasoning_delta& d) {
        order.emplace_back("reasoning");
        thoughts.emplace_back(d.text);
    }
    void operator()(const refusal_delta& d) {
        order.emplace_back("refusal");
        refusal += d.text;
    }
    void operator()(const reasoning_state_delta& d) {
        order.emplace_back("state");
        states.push_back({d.from, d.how, std::string(d.data), std::string(d.id)});
    }
    void operator()(const citation_delta& d) {
        order.emplace_back("citation");
        urls.emplace_back(d.url);
        cited.emplace_back(d.begin, d.end);
        EXPECT_FALSE(d.title.empty());
        EXPECT_FALSE(d.cited_text.empty());
    }
    void operator()(const logprobs_delta& d) {
        order.emplace_back(d.refusal ? "refusal logprobs" : "logprobs");
        for (auto& token : json::parse(d.content))
            probabilities.push_back(token);
    }
    void operator()(const embedding_delta& d) {
        order.emplace_back("embedding");
        vectors[d.index] = json::parse(d.numbers).get<std::vector<float>>();
    }
    void operator()(const finish& f) {
        order.emplace_back("finish");
        finishes[f.choice] = f.reason;
    }
    void operator()(const usage& u) {
        order.emplace_back("usage");
        total = u;
    }
    void operator()(const identity& i) {
        order.emplace_back("identity");
        id = i.id;
        model = i.model;
        EXPECT_GT(i.created, 1'600'000'000);
    }
    void operator()(const verbatim&) { ADD_FAILURE() << "the mock has no frames of its own"; }
};

/// A model that says everything at once.
mock_settings at_once() {
    mock_settings made;
    made.ttft = mock::distribution(0);
    made.rate = 0;
    return made;
}

/// Owns a source and takes whenever it is told to.
class owner final : public source_listener {
 public:
    explicit owner(const call& call, const mock_settings& settings = at_once()) {
        mock_ = start_mock(context_, settings, call, *this);
    }

    void on_ready() override {
        EXPECT_FALSE(taking_);
        ++told;
        if (taking_allowed) take();
    }
    void take() {
        taking_ = true;
        mock_->take(batch_);
        taking_ = false;
        ++seen.takes;
        seen.largest_batch = std::max(seen.largest_batch, batch_.items.size());
        for (const item& item : batch_.items)
            std::visit(seen, item);
        if (batch_.ending) seen.ending = batch_.ending;
    }
    record& run() {
        context_.run();
        context_.restart();
        return seen;
    }

    boost::asio::io_context context_{1};
    std::unique_ptr<source> mock_;
    record seen;
    int told = 0;
    bool taking_allowed = true;

 private:
    batch batch_;
    bool taking_ = false;
};

call prompt(std::string text = "Tell me about rivers") {
    call out;
    out.request.model = "mock-large";
    out.request.messages.emplace_back();
    out.request.messages.back().content.emplace_back(text_part{std::move(text)});
    return out;
}

record ask(const call& call) {
    return owner(call).run();
}

tool weather() {
    return {
        "weather",
        "",
        json::parse(R"({"type": "object", "properties": {"city": {"enum":
        ["Zürich", "東京"]}, "days": {"type": "integer", "minimum": 1}}, "required": ["city", "days"]})"
        ),
        {}};
}

TEST(Mock, SaysWhoItIsThenItsTextThenFinishUsageAndTheEnd) {
    const record seen = ask(prompt());
    ASSERT_GE(seen.order.size(), 51U);
    EXPECT_EQ(seen.order.front(), "identity");
    EXPECT_TRUE(seen.id.starts_with("mock-"));
    EXPECT_EQ(seen.model, "mock-large");
    for (std::size_t i = 1; i + 2 < seen.order.size(); ++i)
        EXPECT_EQ(seen.order[i], "text");
    EXPECT_EQ(seen.order[seen.order.size() - 2], "finish");
    EXPECT_EQ(seen.order.back(), "usage");
    EXPECT_EQ(seen.finishes.at(0), finish_reason::stop);
    ASSERT_TRUE(seen.ending);
    EXPECT_EQ(seen.ending->outcome, outcome::completed);
    EXPECT_FALSE(seen.ending->failure);
    const auto tokens = static_cast<std::int64_t>(seen.pieces.at(0).size());
    EXPECT_EQ(seen.total.input_tokens, 5);
    EXPECT_EQ(seen.total.output_tokens, tokens);
    EXPECT_EQ(seen.total.total_tokens, 5 + tokens);
    EXPECT_GE(tokens, 48);
    EXPECT_LE(tokens, 72);
}

TEST(Mock, SaysTheSameForTheSameSeedAndPrompt) {
    call other_seed = prompt();
    other_seed.mock["seed"] = "2";
    call request_seed = prompt();
    request_seed.request.seed = 2;
    EXPECT_EQ(ask(prompt()).text, ask(prompt()).text);
    EXPECT_NE(ask(prompt()).text, ask(prompt("something else")).text);
    EXPECT_NE(ask(prompt()).text, ask(other_seed).text);
    EXPECT_EQ(ask(request_seed).text, ask(other_seed).text);
}

TEST(Mock, GivesExactlyTheTokensAskedFor) {
    for (const int count : {0, 1, 2, 63, 64, 65, 1000}) {
        call call = prompt();
        call.mock["tokens"] = std::to_string(count);
        record seen = ask(call);
        EXPECT_EQ(seen.pieces[0].size(), static_cast<std::size_t>(count));
        EXPECT_EQ(seen.total.output_tokens, count);
        EXPECT_EQ(seen.finishes.at(0), finish_reason::stop);
    }
}

TEST(Mock, MakesNothingAheadOfWhatIsTakenAndBoundsABatch) {
    call call = prompt();
    call.mock["tokens"] = "100000";
    owner owner(call);
    owner.taking_allowed = false;
    owner.run();
    EXPECT_EQ(owner.told, 1);
    EXPECT_TRUE(owner.mock_->waiting());
    EXPECT_TRUE(owner.mock_->can_pause());
    EXPECT_EQ(owner.mock_->head().status, 200);
    owner.take();
    EXPECT_EQ(owner.seen.order.size(), 65U);
    owner.run();
    EXPECT_EQ(owner.told, 2);
    EXPECT_EQ(owner.seen.order.size(), 65U);
    owner.taking_allowed = true;
    owner.take();
    owner.run();
    EXPECT_EQ(owner.seen.total.output_tokens, 100000);
    EXPECT_LE(owner.seen.largest_batch, 67U);
    EXPECT_FALSE(owner.mock_->waiting());
}

TEST(Mock, KeepsToItsTimesAndTellsOnlyWhenSomethingIsDue) {
    call call = prompt();
    call.mock = {{"tokens", "20"}, {"ttft-ms", "20"}, {"rate", "1000"}};
    const auto begin = std::chrono::steady_clock::now();
    owner owner(call);
    const record& seen = owner.run();
    EXPECT_GE(std::chrono::steady_clock::now() - begin, 39ms);
    EXPECT_EQ(seen.total.output_tokens, 20);
    EXPECT_EQ(seen.order[0], "identity");
    EXPECT_EQ(owner.told, static_cast<int>(seen.takes));
    EXPECT_LE(owner.told, 21);
}

TEST(Mock, WaitsForItsFirstTokenWithItsNameGiven) {
    call call = prompt();
    call.mock = {{"ttft-ms", "3600000"}};
    owner owner(call);
    owner.context_.run_one();
    EXPECT_EQ(owner.seen.order, std::vector<std::string>{"identity"});
    EXPECT_FALSE(owner.mock_->waiting());
    EXPECT_EQ(owner.context_.poll(), 0U);
    owner.mock_->cancel();
    owner.run();
    EXPECT_EQ(owner.told, 1);
    EXPECT_FALSE(owner.seen.ending);
}

TEST(Mock, CallsNobodyOnceItIsDestroyed) {
    for (const char* const ttft : {"0", "1"}) {
        call call = prompt();
        call.mock = {{"ttft-ms", ttft}};
        owner owner(call);
        if (*ttft == '1') owner.context_.run_one();
        const int told = owner.told;
        owner.mock_.reset();
        owner.run();
        EXPECT_EQ(owner.told, told);
    }
}

TEST(Mock, IsCutByMaxTokens) {
    call call = prompt();
    call.request.max_tokens = 5;
    record seen = ask(call);
    EXPECT_EQ(seen.pieces.at(0).size(), 5U);
    EXPECT_EQ(seen.finishes.at(0), finish_reason::length);
    EXPECT_TRUE(ask(prompt()).text.at(0).starts_with(seen.text.at(0)));
    call.mock["tokens"] = "5";
    EXPECT_EQ(ask(call).finishes.at(0), finish_reason::stop);
}

TEST(Mock, EndsBeforeAStopStringWhereverItLies) {
    const std::string whole = ask(prompt()).text.at(0);
    for (std::size_t at = 0; at + 6 <= whole.size(); ++at) {
        if ((static_cast<unsigned char>(whole[at]) & 0xc0U) == 0x80U) continue;
        call call = prompt();
        call.request.stop = {whole.substr(at, 6)};
        record seen = ask(call);
        EXPECT_EQ(seen.text[0], whole.substr(0, whole.find(call.request.stop[0]))) << at;
        EXPECT_EQ(seen.finishes.at(0), finish_reason::stop);
    }
    call call = prompt();
    call.request.stop = {whole.substr(whole.size() - 3) + "and on"};
    EXPECT_EQ(ask(call).text.at(0), whole);
}

TEST(Mock, GivesSeveralChoicesATokenEachInTurn) {
    call call = prompt();
    call.request.choices = 3;
    const record seen = ask(call);
    EXPECT_EQ(seen.finishes.size(), 3U);
    EXPECT_NE(seen.text.at(0), seen.text.at(1));
    EXPECT_EQ(seen.text.at(0), ask(prompt()).text.at(0));
    const std::size_t tokens =
        seen.pieces.at(0).size() + seen.pieces.at(1).size() + seen.pieces.at(2).size();
    EXPECT_EQ(seen.total.output_tokens, static_cast<std::int64_t>(tokens));
    call.request.choices = 129;
    EXPECT_EQ(ask(call).ending->failure->param, "n");
}

TEST(Mock, CallsTheToolThatIsDemandedWithValidArgumentsInParts) {
    for (int seed = 0; seed < 30; ++seed) {
        call call = prompt();
        call.mock["seed"] = std::to_string(seed);
        call.request.tools = {weather()};
        call.request.tool_choice = {tool_choice::mode::required, ""};
        const record seen = ask(call);
        ASSERT_EQ(seen.calls.size(), 1U);
        EXPECT_EQ(seen.calls[0].name, "weather");
        EXPECT_GE(seen.arguments.size(), 2U);
        EXPECT_TRUE(
            test::schema_check(weather().parameters).accepts(json::parse(seen.calls[0].arguments))
        );
        for (const std::string& part : seen.arguments) {
            EXPECT_NO_THROW(static_cast<void>(json(part).dump())) << "cut inside a character";
        }
        EXPECT_EQ(seen.finishes.at(0), finish_reason::tool_calls);
        EXPECT_TRUE(seen.text.empty());
    }
}

TEST(Mock, CallsTheToolThatIsNamedEvenIfNobodyDeclaredIt) {
    call call = prompt();
    call.mock["tool-call"] = "unheard_of";
    const record seen = ask(call);
    ASSERT_EQ(seen.calls.size(), 1U);
    EXPECT_EQ(seen.calls[0].name, "unheard_of");
    EXPECT_EQ(seen.arguments, (std::vector<std::string>{"{", "}"}));
    call.mock.clear();
    call.request.tools = {weather(), {"other", "", nullptr, {}}};
    call.request.tool_choice = {tool_choice::mode::named, "other"};
    EXPECT_EQ(ask(call).calls.at(0).name, "other");
}

TEST(Mock, CallsTwoToolsOnlyWhereParallelCallsAreWanted) {
    call call = prompt();
    call.request.tools = {weather(), {"other", "", nullptr, {}}};
    call.request.tool_choice = {tool_choice::mode::required, ""};
    EXPECT_EQ(ask(call).calls.size(), 1U);
    call.request.parallel_tool_calls = true;
    const record seen = ask(call);
    ASSERT_EQ(seen.calls.size(), 2U);
    EXPECT_EQ(seen.calls[1].arguments, "{}");
    EXPECT_NE(seen.calls[0].id, seen.calls[1].id);
}

TEST(Mock, AnswersAToolsResultWithText) {
    call call = prompt();
    call.request.tools = {weather()};
    call.request.tool_choice = {tool_choice::mode::required, ""};
    call.mock["tool-call"] = "weather";
    call.request.messages.emplace_back();
    call.request.messages.back().role = role::tool;
    const record seen = ask(call);
    EXPECT_TRUE(seen.calls.empty());
    EXPECT_FALSE(seen.text.at(0).empty());
    call = prompt();
    call.request.tools = {weather()};
    EXPECT_TRUE(ask(call).calls.empty());
}

TEST(Mock, GivesTheJsonThatResponseFormatAsksFor) {
    call call = prompt();
    call.request.response_format.emplace();
    call.request.response_format->kind = response_format::form::json_object;
    EXPECT_TRUE(json::parse(ask(call).text.at(0)).is_object());
    call.request.response_format->kind = response_format::form::json_schema;
    call.request.response_format->schema = weather().parameters;
    const record seen = ask(call);
    EXPECT_TRUE(test::schema_check(weather().parameters).accepts(json::parse(seen.text.at(0))));
    EXPECT_GE(seen.pieces.at(0).size(), 2U);
    EXPECT_EQ(seen.finishes.at(0), finish_reason::stop);
}

TEST(Mock, StreamsAPictureInParts) {
    call call = prompt();
    call.mock["media"] = "image/png";
    const record seen = ask(call);
    ASSERT_GE(seen.media.size(), 2U);
    std::string all;
    for (const std::string& part : seen.media) {
        EXPECT_EQ(part.size() % 4, 0U);
        all += part;
    }
    EXPECT_TRUE(all.starts_with("iVBORw0KGgo"));
    EXPECT_EQ(seen.media_types, std::set<std::string>{"image/png"});
    EXPECT_EQ(seen.finishes.at(0), finish_reason::stop);
}

TEST(Mock, ThinksAsLongAsItIsToldTo) {
    call call = prompt();
    call.mock = {{"reasoning", "7"}, {"tokens", "5"}};
    const record seen = ask(call);
    EXPECT_EQ(seen.thoughts.size(), 7U);
    EXPECT_EQ(seen.pieces.at(0).size(), 5U);
    EXPECT_EQ(seen.order.at(7), "reasoning");
    EXPECT_EQ(seen.order.at(8), "state");
    EXPECT_EQ(seen.order.at(9), "text");
    ASSERT_EQ(seen.states.size(), 1U);
    EXPECT_EQ(seen.states[0].from, reasoning_state::origin::other);
    EXPECT_EQ(seen.states[0].how, reasoning_state::form::signature);
    EXPECT_FALSE(seen.states[0].data.empty());
    EXPECT_EQ(seen.total.output_tokens, 12);
    EXPECT_EQ(seen.total.reasoning_tokens, 7);
    EXPECT_FALSE(ask(prompt()).total.reasoning_tokens);
    EXPECT_EQ(ask(call).thoughts, seen.thoughts);
    call.request.max_tokens = 3;
    const record cut = ask(call);
    EXPECT_EQ(cut.thoughts.size(), 3U);
    EXPECT_TRUE(cut.text.empty());
    EXPECT_TRUE(cut.states.empty());
    EXPECT_EQ(cut.finishes.at(0), finish_reason::length);
}

TEST(Mock, MakesAsManyCallsAsItIsToldTo) {
    call call = prompt();
    call.request.tools = {weather(), {"other", "", nullptr, {}}};
    call.mock = {{"tool-calls", "3"}};
    const record seen = ask(call);
    ASSERT_EQ(seen.calls.size(), 3U);
    EXPECT_EQ(seen.calls[0].name, "weather");
    EXPECT_EQ(seen.calls[1].name, "other");
    EXPECT_EQ(seen.calls[2].name, "weather");
    EXPECT_NE(seen.calls[0].id, seen.calls[2].id);
    EXPECT_EQ(seen.finishes.at(0), finish_reason::tool_calls);
    call.mock["tool-call"] = "other";
    for (const tool_call& made : ask(call).calls)
        EXPECT_EQ(made.name, "other");
    call.mock.erase("tool-call");
    call.request.tools.clear();
    const record refused = ask(call);
    ASSERT_TRUE(refused.ending && refused.ending->failure);
    EXPECT_EQ(refused.ending->failure->param, "X-Mock-Tool-Calls");
}

TEST(Mock, TellsTheProbabilitiesOfItsTokensAheadOfThem) {
    call call = prompt();
    call.mock = {{"tokens", "20"}};
    call.request.logprobs = true;
    call.request.top_logprobs = 3;
    const record seen = ask(call);
    EXPECT_EQ(seen.order.at(1), "logprobs");
    EXPECT_EQ(seen.order.at(2), "text");
    ASSERT_EQ(seen.probabilities.size(), 20U);
    std::string text;
    for (const json& token : seen.probabilities) {
        text += token["token"].get<std::string>();
        EXPECT_LT(token["logprob"].get<double>(), 0);
        EXPECT_EQ(token["bytes"].size(), token["token"].get<std::string>().size());
        ASSERT_EQ(token["top_logprobs"].size(), 3U);
        EXPECT_EQ(token["top_logprobs"][0]["token"], token["token"]);
        EXPECT_EQ(token["top_logprobs"][0]["logprob"], token["logprob"]);
        EXPECT_LT(token["top_logprobs"][1]["logprob"], token["logprob"]);
    }
    EXPECT_EQ(text, seen.text.at(0));
    EXPECT_EQ(ask(call).probabilities, seen.probabilities);
    call.request.top_logprobs.reset();
    EXPECT_TRUE(ask(call).probabilities.at(0)["top_logprobs"].empty());
    call.request.logprobs = false;
    EXPECT_TRUE(ask(call).probabilities.empty());
}

TEST(Mock, KeepsTheProbabilitiesOfTokensThatItHoldsBack) {
    call call = prompt();
    call.mock = {{"tokens", "20"}};
    const std::string whole = ask(call).text.at(0);
    call.request.logprobs = true;
    call.request.stop = {whole.substr(whole.size() - 9) + "and on"};
    const record seen = ask(call);
    EXPECT_EQ(seen.text.at(0), whole);
    EXPECT_EQ(seen.probabilities.size(), 20U);
    EXPECT_EQ(seen.order.at(seen.order.size() - 4), "logprobs");
    EXPECT_EQ(seen.order.at(seen.order.size() - 3), "text");
}

TEST(Mock, RefusesInWordsWhenItIsToldTo) {
    call call = prompt();
    call.mock = {{"refusal", "true"}};
    call.request.logprobs = true;
    call.request.tools = {weather()};
    call.request.tool_choice = {tool_choice::mode::required, ""};
    const record seen = ask(call);
    EXPECT_EQ(seen.refusal, "I cannot help with that: the mock model was asked to refuse.");
    EXPECT_TRUE(seen.text.empty());
    EXPECT_TRUE(seen.calls.empty());
    EXPECT_EQ(seen.order.at(1), "refusal logprobs");
    EXPECT_EQ(seen.finishes.at(0), finish_reason::stop);
    call.mock["tokens"] = "4";
    EXPECT_EQ(ask(call).total.output_tokens, 4);
    call.mock["refusal"] = "false";
    EXPECT_TRUE(ask(call).refusal.empty());
}

TEST(Mock, CitesSourcesForAllOfItsText) {
    call call = prompt();
    call.mock = {{"citations", "3"}};
    const record seen = ask(call);
    ASSERT_EQ(seen.cited.size(), 3U);
    EXPECT_EQ(std::set<std::string>(seen.urls.begin(), seen.urls.end()).size(), 3U);
    std::int64_t characters = 0;
    for (const char c : seen.text.at(0))
        characters += (static_cast<unsigned char>(c) & 0xc0U) != 0x80U ? 1 : 0;
    EXPECT_EQ(seen.cited[0].first, 0);
    EXPECT_EQ(seen.cited[0].second, seen.cited[1].first);
    EXPECT_EQ(seen.cited[2].second, characters);
    EXPECT_EQ(seen.order.at(seen.order.size() - 3), "citation");
    EXPECT_EQ(seen.order.at(seen.order.size() - 2), "finish");
}

TEST(Mock, SpeaksAndSaysWhatItSaysWhereAudioIsWanted) {
    call call = prompt();
    call.mock = {{"tokens", "10"}};
    call.request.output_modalities = {"text", "audio"};
    const record seen = ask(call);
    EXPECT_EQ(seen.media.size(), 10U);
    for (const std::string& part : seen.media) {
        EXPECT_EQ(part.size() % 4, 0U);
        EXPECT_FALSE(part.ends_with('='));
    }
    EXPECT_EQ(seen.media_types, std::set<std::string>{"audio/pcm"});
    call.request.output_modalities = {"text"};
    EXPECT_EQ(ask(call).text.at(0), seen.transcript);
    EXPECT_EQ(seen.total.output_audio_tokens, 10);
    EXPECT_EQ(seen.finishes.at(0), finish_reason::stop);
    call.request.output_modalities = {"text", "image"};
    EXPECT_EQ(ask(call).media_types, std::set<std::string>{"image/png"});
}

TEST(Mock, MakesAVectorOfEachText) {
    call call;
    call.request.model = "mock";
    call.api = api::openai_embeddings;
    call.embedding = embedding_request{{"river", "", "river"}, std::nullopt, false};
    const record seen = ask(call);
    EXPECT_EQ(
        seen.order,
        (std::vector<std::string>{"identity", "embedding", "embedding", "embedding", "usage"})
    );
    EXPECT_EQ(seen.vectors.at(0).size(), 1536U);
    EXPECT_EQ(seen.vectors.at(0), seen.vectors.at(2));
    EXPECT_NE(seen.vectors.at(0), seen.vectors.at(1));
    EXPECT_EQ(seen.total.input_tokens, 2 + 1 + 2);
    EXPECT_EQ(seen.total.total_tokens, 5);
    EXPECT_FALSE(seen.total.output_tokens);
    EXPECT_EQ(seen.ending->outcome, outcome::completed);
    for (const std::int64_t dimensions : {1, 3, 256, 4096}) {
        call.embedding->dimensions = dimensions;
        const std::vector<float> vector = ask(call).vectors.at(0);
        EXPECT_EQ(vector.size(), static_cast<std::size_t>(dimensions));
        double squares = 0;
        for (const float number : vector)
            squares += static_cast<double>(number) * static_cast<double>(number);
        EXPECT_NEAR(std::sqrt(squares), 1, 1e-5);
    }
    call.embedding->dimensions = 4097;
    EXPECT_EQ(ask(call).ending->failure->param, "dimensions");
}

TEST(Mock, EmbedsWithoutTheRateOfSpeech) {
    call call;
    call.api = api::openai_embeddings;
    call.embedding = embedding_request{std::vector<std::string>(50, "text"), 8, false};
    const auto begin = std::chrono::steady_clock::now();
    mock_settings slow = at_once();
    slow.rate = 1;
    owner owner(call, slow);
    EXPECT_EQ(owner.run().vectors.size(), 50U);
    EXPECT_LT(std::chrono::steady_clock::now() - begin, 10s);
}

TEST(Mock, CountsAPromptWithoutAnAnswer) {
    call call = prompt();
    call.api = api::anthropic_count_tokens;
    const record seen = ask(call);
    EXPECT_EQ(seen.order, std::vector<std::string>{"usage"});
    EXPECT_EQ(seen.total.input_tokens, 5);
    EXPECT_FALSE(seen.total.output_tokens);
    ASSERT_TRUE(seen.ending);
    EXPECT_EQ(seen.ending->outcome, outcome::completed);
}

TEST(Mock, CountsThoughtsOfThePromptByTheirText) {
    call call = prompt();
    call.request.messages.push_back({role::assistant, {}, "", {}, ""});
    call.request.messages.back().content.emplace_back(reasoning_part{"12345678"});
    EXPECT_EQ(ask(call).total.input_tokens, 5 + 2);
}

TEST(Mock, RefusesWhatOnlyAnotherProtocolCanCarry) {
    call call = prompt();
    call.untranslatable = {"tools[0]", "store"};
    const record seen = ask(call);
    ASSERT_TRUE(seen.ending && seen.ending->failure);
    const failure& why = *seen.ending->failure;
    EXPECT_EQ(why.status, 400);
    EXPECT_EQ(why.type, "invalid_request_error");
    EXPECT_EQ(why.code, "unsupported_parameter");
    EXPECT_EQ(why.param, "tools[0]");
    EXPECT_EQ(why.message, "'tools[0]' is of a kind that the target 'mock/mock-large' cannot take");
}

TEST(Mock, RefusesWithTheStatusAskedForAtOnce) {
    const std::map<int, std::string> types{
        {400, "invalid_request_error"},
        {401, "authentication_error"},
        {403, "permission_error"},
        {404, "not_found_error"},
        {408, "timeout_error"},
        {413, "request_too_large"},
        {418, "invalid_request_error"},
        {429, "rate_limit_error"},
        {500, "api_error"},
        {503, "api_error"},
        {529, "overloaded_error"},
    };
    for (const auto& [status, type] : types) {
        call call = prompt();
        call.mock = {{"error", std::to_string(status)}, {"ttft-ms", "3600000"}};
        owner owner(call);
        const record& seen = owner.run();
        EXPECT_TRUE(seen.order.empty());
        ASSERT_TRUE(seen.ending && seen.ending->failure);
        EXPECT_EQ(seen.ending->outcome, outcome::upstream_error);
        EXPECT_EQ(seen.ending->failure->status, status);
        EXPECT_EQ(seen.ending->failure->type, type);
        EXPECT_EQ(seen.ending->failure->retry_after, status == 429 ? "1" : "");
        EXPECT_FALSE(seen.ending->failure->retryable);
        EXPECT_EQ(owner.mock_->head().status, status);
    }
}

TEST(Mock, BreaksAfterTheTokensAskedForAndNeverLooksFinished) {
    const std::map<std::string, outcome> breaks{
        {"reset-after=", outcome::upstream_error}, {"truncate-after=", outcome::upstream_eof}};
    for (const auto& [prefix, expected] : breaks) {
        for (const int after : {0, 1, 10, 64, 100}) {
            call call = prompt();
            call.mock = {{"error", prefix + std::to_string(after)}, {"tokens", "100"}};
            record seen = ask(call);
            EXPECT_EQ(seen.pieces[0].size(), static_cast<std::size_t>(after));
            EXPECT_TRUE(seen.finishes.empty());
            ASSERT_TRUE(seen.ending && seen.ending->failure);
            EXPECT_EQ(seen.ending->outcome, expected);
            EXPECT_EQ(seen.ending->failure->outcome, expected);
        }
    }
}

TEST(Mock, StallsForGood) {
    call call = prompt();
    call.mock = {{"error", "stall-after=3"}};
    owner owner(call);
    const record& seen = owner.run();
    EXPECT_EQ(seen.pieces.at(0).size(), 3U);
    EXPECT_FALSE(seen.ending);
    EXPECT_FALSE(owner.mock_->waiting());
}

TEST(Mock, LeavesCuttingTheClientToTheSession) {
    call call = prompt();
    call.mock = {{"error", "cut-after=3"}};
    EXPECT_EQ(ask(call).text, ask(prompt()).text);
}

TEST(Mock, EndsWithA400ThatNamesASettingItCannotRead) {
    call call = prompt();
    call.mock = {{"rate", "fast"}};
    const record seen = ask(call);
    ASSERT_TRUE(seen.ending && seen.ending->failure);
    EXPECT_EQ(seen.ending->outcome, outcome::rejected);
    EXPECT_EQ(seen.ending->failure->status, 400);
    EXPECT_EQ(seen.ending->failure->param, "X-Mock-Rate");
}

}  // namespace
}  // namespace sluice::upstream
