#include "gateway/load/work/workload.hpp"

#include "gateway/load/work/conversation.hpp"
#include "gateway/load/work/prompt_file.hpp"
#include "tests/gateway/load/text_files.hpp"
#include "upstream/mock/options.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>
#include <vector>

namespace sluice::gateway::load::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;
using ::testing::StartsWith;
using upstream::role;
using upstream::mock::distribution;

TEST(PromptText, HasFourBytesPerTokenAndWholeWords) {
    for (std::int64_t tokens = 1; tokens <= 300; ++tokens) {
        const auto text = make_prompt_text(7, tokens);
        ASSERT_EQ(text.size(), static_cast<std::size_t>(tokens) * 4);
        ASSERT_EQ(text.back(), '.');
        ASSERT_EQ(text.find("  "), std::string::npos) << text;
        ASSERT_NE(text[text.size() - 2], ' ') << text;
    }
    for (const char c : make_prompt_text(7, 1000))
        EXPECT_TRUE((c >= 'a' && c <= 'z') || c == ' ' || c == '.');
}

TEST(PromptText, IsTheSameForTheSameSeedAlone) {
    EXPECT_EQ(make_prompt_text(7, 100), make_prompt_text(7, 100));
    EXPECT_NE(make_prompt_text(7, 100), make_prompt_text(8, 100));
}

TEST(PromptText, IsBounded) {
    EXPECT_EQ(make_prompt_text(7, 0), "");
    EXPECT_EQ(make_prompt_text(7, -5), "");
    EXPECT_EQ(make_prompt_text(7, 1'000'001).size(), 4'000'000);
}

TEST(Workload, DrawsLengthsOfTheDistributions) {
    workload_settings settings;
    settings.input_tokens = distribution(distribution::uniform{50, 150});
    settings.output_tokens = distribution(distribution::exponential{40});
    const auto work = made_workload(settings);
    double input = 0;
    double output = 0;
    for (const auto& each : jobs_of(*work, 4000)) {
        ASSERT_EQ(counted_tokens(each), each.input_tokens);
        ASSERT_GE(each.input_tokens, 50);
        ASSERT_LE(each.input_tokens, 150);
        ASSERT_GE(each.output_tokens, 1);
        ASSERT_FALSE(each.due_ns);
        input += static_cast<double>(each.input_tokens);
        output += static_cast<double>(each.output_tokens);
    }
    EXPECT_NEAR(input / 4000, 100, 2);
    EXPECT_NEAR(output / 4000, 40, 2);
    EXPECT_FALSE(work->is_timed());
}

TEST(Workload, NumbersItsJobsAndTellsThemApart) {
    const auto work = made_workload({});
    std::set<std::string> texts;
    for (std::uint64_t i = 0; i < 100; ++i) {
        const auto made = work->next();
        EXPECT_EQ(made->number, i);
        ASSERT_EQ(made->messages.size(), 1);
        EXPECT_EQ(made->messages[0].role, role::user);
        texts.insert(text_of(made->messages));
    }
    EXPECT_EQ(texts.size(), 100);
}

TEST(Workload, IsTheSameForTheSameSeed) {
    workload_settings settings;
    settings.input_tokens = distribution(distribution::uniform{1, 1000});
    const auto told = [&] {
        std::string all;
        const auto work = made_workload(settings);
        for (const auto& each : jobs_of(*work, 20))
            all += std::to_string(each.output_tokens) + text_of(each.messages);
        return all;
    };
    const auto first = told();
    EXPECT_EQ(told(), first);
    settings.seed = 2;
    EXPECT_NE(told(), first);
}

TEST(Workload, AsksForNoLengthWhereThatIsAlwaysZero) {
    workload_settings settings;
    settings.output_tokens = distribution(0.0);
    EXPECT_EQ(made_workload(settings)->next()->output_tokens, 0);
}

TEST(Workload, BoundsWhatItDraws) {
    workload_settings settings;
    settings.input_tokens = distribution(0.0);
    settings.output_tokens = distribution(5e6);
    const auto made = made_workload(settings)->next();
    EXPECT_EQ(made->input_tokens, 1);
    EXPECT_EQ(made->output_tokens, 1'000'000);
}

TEST(Workload, BeginsAllPromptsWithTheSharedPrefix) {
    workload_settings settings;
    settings.shared_prefix_tokens = 200;
    const auto work = made_workload(settings);
    const auto jobs = jobs_of(*work, 3);
    for (const auto& each : jobs) {
        ASSERT_EQ(each.messages.size(), 2);
        EXPECT_EQ(each.messages[0].role, role::system);
        EXPECT_EQ(text_of(each.messages[0]), text_of(jobs[0].messages[0]));
        EXPECT_EQ(text_of(each.messages[0]).size(), 800);
        EXPECT_EQ(each.input_tokens, 300);
        EXPECT_EQ(counted_tokens(each), 300);
    }
    EXPECT_NE(text_of(jobs[0].messages[1]), text_of(jobs[1].messages[1]));
}

TEST(Workload, TellsPeopleWhatItIs) {
    workload_settings settings;
    EXPECT_EQ(made_workload(settings)->describe(), "prompts of 100 tokens, answers of 64 tokens");
    settings.shared_prefix_tokens = 9;
    settings.output_tokens = distribution(0.0);
    EXPECT_EQ(
        made_workload(settings)->describe(),
        "prompts of 100 tokens behind 9 shared ones, answers of any length"
    );
    EXPECT_EQ(
        made_workload(prompts_of(sample("prompts.txt")))->describe(), "prompts of prompts.txt, 5"
    );
}

TEST(Workload, RefusesSettingsThatMakeNone) {
    workload_settings settings;
    settings.shared_prefix_tokens = 1'000'001;
    EXPECT_EQ(workload_error(settings), "the shared prefix must be at most 1000000 tokens");
    settings = trace_of(sample("azure_2023.csv"));
    for (const double speed : {0.0, -1.0, 1e7}) {
        settings.trace_speed = speed;
        EXPECT_THAT(workload_error(settings), HasSubstr("the speed of a trace must be"));
    }
    settings.trace_speed = 1;
    settings.prompts_file = sample("prompts.txt");
    EXPECT_THAT(workload_error(settings), HasSubstr("not from both"));
}

TEST(PromptFile, GivesItsPromptsInTurnAndThenAgain) {
    const auto work = made_workload(prompts_of(sample("prompts.txt")));
    const auto jobs = jobs_of(*work, 11);
    ASSERT_EQ(jobs.size(), 11);
    EXPECT_EQ(text_of(jobs[0].messages), "Write a haiku about rivers.");
    EXPECT_EQ(text_of(jobs[1].messages), "Say \"hello\"\nand then goodbye.");
    EXPECT_EQ(text_of(jobs[2].messages), "Count to ten.");
    EXPECT_EQ(jobs[2].output_tokens, 20);
    ASSERT_EQ(jobs[3].messages.size(), 2);
    EXPECT_EQ(jobs[3].messages[0].role, role::system);
    EXPECT_EQ(text_of(jobs[3].messages[1]), "Who are you?");
    EXPECT_EQ(jobs[3].output_tokens, 30);
    const auto& parts = jobs[4].messages[0].content;
    ASSERT_EQ(parts.size(), 2);
    EXPECT_EQ(std::get<upstream::image_part>(parts[1]).url, "data:image/png;base64,iVBORw0KGgo=");
    EXPECT_EQ(jobs[4].output_tokens, 64);
    for (std::size_t i = 0; i + 5 < jobs.size(); ++i) {
        EXPECT_EQ(text_of(jobs[i + 5].messages), text_of(jobs[i].messages));
        EXPECT_EQ(jobs[i].number, i);
        EXPECT_EQ(counted_tokens(jobs[i]), jobs[i].input_tokens);
    }
}

TEST(PromptFile, HasLinesOfEverySystem) {
    const text_file file("\xEF\xBB\xBFone\r\n\r\n  \ntwo\nthree");
    const auto work = made_workload(prompts_of(file.path()));
    std::vector<std::string> texts;
    for (const auto& each : jobs_of(*work, 4))
        texts.push_back(text_of(each.messages));
    EXPECT_THAT(texts, ElementsAre("one", "two", "three", "one"));
}

TEST(PromptFile, PutsTheSharedPrefixAheadOfASystemMessageThatIsThere) {
    auto settings = prompts_of(sample("prompts.txt"));
    settings.shared_prefix_tokens = 10;
    const auto work = made_workload(settings);
    const auto jobs = jobs_of(*work, 4);
    const auto prefix = text_of(jobs[0].messages[0]);
    EXPECT_EQ(prefix.size(), 40);
    ASSERT_EQ(jobs[3].messages.size(), 2);
    EXPECT_EQ(text_of(jobs[3].messages[0]), prefix + "Be brief.");
    EXPECT_EQ(counted_tokens(jobs[3]), jobs[3].input_tokens);
    EXPECT_EQ(work->describe(), "prompts of prompts.txt, 5 behind 10 shared tokens");
}

TEST(PromptFile, NamesTheLineThatIsNoPrompt) {
    const text_file file("good\n\n{\"prompt\": 5}\n");
    EXPECT_EQ(
        workload_error(prompts_of(file.path())),
        file.path() + ":3: the line cannot be read: 'prompt' must be a string"
    );
}

TEST(PromptFile, SaysWhatIsWrongWithALine) {
    const auto said = [](std::string_view line) {
        const auto prompt = parse_prompt(line);
        return prompt ? std::string("nothing") : prompt.error();
    };
    EXPECT_EQ(said("\"Hello\" she said"), "begins with a quotation mark, but is no JSON string");
    EXPECT_EQ(said("\"\""), "is an empty prompt");
    EXPECT_EQ(said("a\xff"), "is not UTF-8");
    EXPECT_THAT(said("{"), StartsWith("cannot be read: "));
    EXPECT_THAT(said("{}"), HasSubstr("'prompt'"));
    EXPECT_THAT(said(R"({"messages": []})"), HasSubstr("'messages'"));
    EXPECT_THAT(said(R"({"messages": [{"role": "robot"}]})"), HasSubstr("'messages[0].role'"));
    EXPECT_EQ(
        said(R"({"prompt": "a", "output_tokens": 0})"),
        "has output_tokens that is no number from 1 to 1000000"
    );
    EXPECT_THAT(
        said(R"({"messages": [{"role": "user", "content": [{"type": "hologram"}]}]})"),
        HasSubstr("has 'messages[0].content[0]'")
    );
    EXPECT_EQ(said(std::string(4'000'004, 'a')), "is a prompt of more than 1000000 tokens");
}

TEST(PromptFile, RefusesAFileWithoutPrompts) {
    const text_file file("\n  \r\n");
    EXPECT_EQ(workload_error(prompts_of(file.path())), file.path() + " holds no prompt");
}

TEST(PromptFile, RefusesWhatIsNoFile) {
    EXPECT_EQ(
        workload_error(prompts_of("/nowhere/prompts")),
        "/nowhere/prompts cannot be read: No such file or directory"
    );
    EXPECT_EQ(
        workload_error(prompts_of("/tmp")),
        "/tmp is no ordinary file, which could be read more than once"
    );
    EXPECT_THAT(workload_error(prompts_of("/dev/zero")), HasSubstr("no ordinary file"));
}

TEST(PromptFile, RefusesALineWithoutEnd) {
    const text_file file("a\n" + std::string(prompt_line_bytes_max + 1, 'b'));
    EXPECT_EQ(
        workload_error(prompts_of(file.path())),
        file.path() + ":2: the line is longer than 32 mebibytes"
    );
}

TEST(PromptFile, LeavesOutWhatHasBecomeOfItSince) {
    const text_file file("one\ntwo\n");
    const auto work = made_workload(prompts_of(file.path()));
    file.write("{\nthree\n");
    EXPECT_EQ(text_of(work->next()->messages), "three");
    file.write("");
    EXPECT_FALSE(work->next());
}

TEST(Conversation, HasItsDirectiveWhereTheUserSpokeLast) {
    std::vector<upstream::message> said{
        said_by(role::user, "Hello."),
        said_by(role::assistant, "Yes."),
        said_by(role::user, "Go on.")};
    EXPECT_TRUE(begin_last_prompt(said, "[mock tokens=3]\n"));
    EXPECT_EQ(text_of(said[2]), "[mock tokens=3]\nGo on.");
    EXPECT_EQ(text_of(said[0]), "Hello.");
    std::vector<upstream::message> none{said_by(role::system, "Be brief.")};
    EXPECT_FALSE(begin_last_prompt(none, "[mock tokens=3]\n"));
}

TEST(Conversation, BecomesOneMessageForWhoKnowsNone) {
    std::vector<upstream::message> said{
        said_by(role::system, "Be brief."), said_by(role::user, "Hello.")};
    join_messages(said);
    ASSERT_EQ(said.size(), 1U);
    EXPECT_EQ(said[0].role, role::user);
    EXPECT_EQ(text_of(said[0]), "Be brief.\n\nHello.");
}

TEST(MockDirective, IsReadByTheMockOfAnyConversation) {
    EXPECT_EQ(mock_directive({}), "");
    const auto line = mock_directive({{"stamp", "true"}, {"tokens", "64"}, {"ttft-ms", "0.5"}});
    EXPECT_EQ(line, "[mock stamp=true tokens=64 ttft-ms=0.5]\n");
    auto settings = prompts_of(sample("prompts.txt"));
    settings.shared_prefix_tokens = 10;
    const auto work = made_workload(settings);
    for (auto& each : jobs_of(*work, 5)) {
        upstream::request request;
        request.messages = each.messages;
        EXPECT_TRUE(upstream::mock::settings_in_prompt(request).empty());
        EXPECT_TRUE(begin_last_prompt(request.messages, line));
        EXPECT_THAT(
            upstream::mock::settings_in_prompt(request),
            ElementsAre(Pair("stamp", "true"), Pair("tokens", "64"), Pair("ttft-ms", "0.5"))
        );
    }
}

}  // namespace
}  // namespace sluice::gateway::load::testing
