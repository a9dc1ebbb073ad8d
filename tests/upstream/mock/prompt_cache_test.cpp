#include "upstream/mock/prompt_cache.hpp"

#include "upstream/mock/prompt.hpp"

#include <gtest/gtest.h>

#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace sluice::upstream::mock {
namespace {

using namespace std::chrono_literals;

constexpr prompt_cache::time_point start{1000h};

message says(role role, std::string text) {
    message out;
    out.role = role;
    out.content.emplace_back(text_part{std::move(text)});
    return out;
}

/// Of so many tokens; `mark` makes it another text.
std::string text_of(std::int64_t tokens, char mark = 'a') {
    return std::string(static_cast<std::size_t>(tokens) * 4, mark);
}

request conversation(std::vector<message> messages) {
    request out;
    out.model = "mock";
    out.messages = std::move(messages);
    return out;
}

cache_settings blocks_of(std::int64_t tokens) {
    cache_settings out;
    out.on = true;
    out.block_tokens = tokens;
    return out;
}

TEST(MockPromptCache, IsOffUntilItIsOn) {
    prompt_cache cache;
    cache_settings off = blocks_of(10);
    off.on = false;
    const request prompt = conversation({says(role::user, text_of(100))});
    cache.look_up(off, prompt, start);
    EXPECT_EQ(cache.look_up(off, prompt, start), cached_prompt{});
    EXPECT_EQ(cache.counted().queried, 0);
}

TEST(MockPromptCache, FindsWholeBlocksOfWhatItHasSeen) {
    prompt_cache cache;
    const request prompt = conversation({says(role::user, text_of(105))});
    EXPECT_EQ(cache.look_up(blocks_of(10), prompt, start), (cached_prompt{0, 100}));
    EXPECT_EQ(cache.look_up(blocks_of(10), prompt, start), (cached_prompt{100, 0}));
}

TEST(MockPromptCache, AlwaysLeavesATokenToBeRead) {
    prompt_cache cache;
    const request prompt = conversation({says(role::user, text_of(100))});
    cache.look_up(blocks_of(10), prompt, start);
    EXPECT_EQ(cache.look_up(blocks_of(10), prompt, start), (cached_prompt{90, 0}));
}

TEST(MockPromptCache, GrowsWithAConversation) {
    prompt_cache cache;
    request talk =
        conversation({says(role::system, text_of(64)), says(role::user, text_of(50, 'b'))});
    EXPECT_EQ(cache.look_up(blocks_of(16), talk, start), (cached_prompt{0, 112}));
    talk.messages.push_back(says(role::assistant, text_of(40, 'c')));
    talk.messages.push_back(says(role::user, text_of(30, 'd')));
    EXPECT_EQ(cache.look_up(blocks_of(16), talk, start), (cached_prompt{112, 64}));
    talk.messages.push_back(says(role::assistant, text_of(20, 'e')));
    talk.messages.push_back(says(role::user, text_of(20, 'f')));
    EXPECT_EQ(cache.look_up(blocks_of(16), talk, start), (cached_prompt{176, 48}));
    EXPECT_EQ(cache.counted().queried, 114 + 184 + 224);
    EXPECT_EQ(cache.counted().found, 112 + 176);
    EXPECT_EQ(cache.counted().blocks, 14U);
}

TEST(MockPromptCache, SharesBeginningsWithinAMessage) {
    prompt_cache cache;
    const std::string same = text_of(40);
    cache.look_up(blocks_of(10), conversation({says(role::user, same + text_of(60, 'x'))}), start);
    const request other = conversation({says(role::user, same + text_of(60, 'y'))});
    EXPECT_EQ(cache.look_up(blocks_of(10), other, start), (cached_prompt{40, 60}));
}

TEST(MockPromptCache, KnowsABlockByAllThatIsBeforeIt) {
    prompt_cache cache;
    const auto talk = [](role first, char mark, std::string model = "mock") {
        request out = conversation({says(first, text_of(20, mark)), says(role::user, text_of(80))});
        out.model = std::move(model);
        return out;
    };
    cache.look_up(blocks_of(10), talk(role::system, 'a'), start);
    EXPECT_EQ(cache.look_up(blocks_of(10), talk(role::system, 'b'), start).read, 0);
    EXPECT_EQ(cache.look_up(blocks_of(10), talk(role::user, 'a'), start).read, 0);
    EXPECT_EQ(cache.look_up(blocks_of(10), talk(role::system, 'a', "other"), start).read, 0);
    EXPECT_EQ(cache.look_up(blocks_of(10), talk(role::system, 'a'), start).read, 90);
}

TEST(MockPromptCache, HasToolsBehindTheSystemText) {
    prompt_cache cache;
    request with = conversation({says(role::system, text_of(30)), says(role::user, text_of(30))});
    with.tools.push_back({"look_up", text_of(20), {{"type", "object"}}, {}});
    cache.look_up(blocks_of(10), with, start);
    request other = with;
    other.tools[0].description = text_of(20, 'z');
    EXPECT_EQ(cache.look_up(blocks_of(10), other, start).read, 30);
    request longer = with;
    longer.messages.push_back(says(role::user, text_of(30)));
    EXPECT_GE(cache.look_up(blocks_of(10), longer, start).read, 80);
}

TEST(MockPromptCache, CountsAttachmentsAsThePromptDoes) {
    request prompt = conversation({says(role::user, "look")});
    prompt.messages[0].content.emplace_back(image_part{"https://example.com/a.png", ""});
    EXPECT_EQ(
        prompt_prints(prompt, 1).size(), static_cast<std::size_t>(count_prompt_tokens(prompt))
    );
    prompt_cache cache;
    cache.look_up(blocks_of(10), prompt, start);
    EXPECT_EQ(cache.look_up(blocks_of(10), prompt, start).read, 80);
    std::get<image_part>(prompt.messages[0].content[1]).url = "https://example.com/b.png";
    EXPECT_EQ(cache.look_up(blocks_of(10), prompt, start).read, 0);
}

TEST(MockPromptCache, PrintsAsManyBlocksAsThePromptHas) {
    for (std::int64_t size = 1; size < 40; ++size) {
        request talk = conversation({says(role::system, "abcde"), says(role::user, "")});
        talk.messages.push_back(says(role::assistant, std::string(123, 'x')));
        talk.messages.back().tool_calls.push_back({"id", "name", "{\"a\": 1}"});
        talk.tools.push_back({"t", "", nullptr, {}});
        const auto whole = static_cast<std::size_t>(count_prompt_tokens(talk) / size);
        EXPECT_EQ(prompt_prints(talk, size).size(), whole) << size;
    }
}

TEST(MockPromptCache, ForgetsWhatWasNotUsedForItsTime) {
    prompt_cache cache;
    const request prompt = conversation({says(role::user, text_of(101))});
    cache_settings settings = blocks_of(10);
    settings.ttl = 10s;
    cache.look_up(settings, prompt, start);
    EXPECT_EQ(cache.look_up(settings, prompt, start + 9s).read, 100);
    EXPECT_EQ(cache.look_up(settings, prompt, start + 18s).read, 100) << "use renews it";
    EXPECT_EQ(cache.look_up(settings, prompt, start + 28s), (cached_prompt{0, 100}));
}

TEST(MockPromptCache, DropsTheEndsOfWhatWasUsedLongestAgoWhenItIsFull) {
    prompt_cache cache;
    cache_settings settings = blocks_of(10);
    settings.blocks_max = 15;
    const request first = conversation({says(role::user, text_of(101, 'a'))});
    const request second = conversation({says(role::user, text_of(101, 'b'))});
    cache.look_up(settings, first, start);
    cache.look_up(settings, second, start);
    EXPECT_EQ(cache.counted().blocks, 15U);
    EXPECT_EQ(cache.look_up(settings, second, start).read, 100);
    EXPECT_EQ(cache.look_up(settings, first, start).read, 50) << "its beginning is of use";
    const request huge = conversation({says(role::user, text_of(10'000, 'c'))});
    EXPECT_EQ(cache.look_up(settings, huge, start).written, 150);
    EXPECT_EQ(cache.counted().blocks, 15U);
}

TEST(MockPromptCache, IsSharedByThreads) {
    prompt_cache cache;
    const auto work = [&cache](char mark) {
        for (int i = 0; i < 200; ++i) {
            const request prompt = conversation({says(role::user, text_of(100 + i % 7, mark))});
            cache.look_up(blocks_of(10), prompt, start);
        }
    };
    std::thread one(work, 'a');
    std::thread two(work, 'b');
    one.join();
    two.join();
    EXPECT_EQ(cache.counted().blocks, 20U);
}

}  // namespace
}  // namespace sluice::upstream::mock
