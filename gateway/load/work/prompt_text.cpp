#include "gateway/load/work/workload.hpp"
#include "upstream/mock/hash.hpp"

#include <algorithm>
#include <array>
#include <cstddef>

namespace sluice::gateway::load {

namespace {

constexpr std::size_t bytes_per_token = 4;  // as the mock counts, and about as English has it
constexpr std::uint64_t salt = 0x70726f6d7074U;

/// 64, so that six bits of a die pick one.
constexpr auto words = std::to_array<std::string_view>({
    "about",  "after",   "answer",  "apple",  "around",  "autumn",  "before",  "begin",
    "behind", "bread",   "bridge",  "build",  "carry",   "castle",  "chair",   "city",
    "clock",  "cloud",   "coffee",  "copper", "corner",  "count",   "dance",   "deep",
    "door",   "early",   "evening", "farm",   "find",    "forest",  "garden",  "give",
    "green",  "harbour", "house",   "island", "journey", "kitchen", "lamp",    "letter",
    "market", "morning", "music",   "north",  "open",    "paper",   "people",  "quiet",
    "rain",   "river",   "road",    "school", "season",  "small",   "station", "story",
    "summer", "table",   "travel",  "valley", "village", "water",   "winter",  "write",
});
static_assert(words.size() == 64);

/// One of each length from 1 to 9, to end on the byte.
constexpr auto fillers = std::to_array<std::string_view>(
    {"a", "we", "now", "also", "there", "always", "perhaps", "together", "elsewhere"}
);

/// Draws words, several from one roll of the dice.
class word_dice {
 public:
    explicit word_dice(std::uint64_t seed) : dice_(upstream::mock::mix(seed, salt)) {}

    std::string_view next() {
        if (left_ == 0) {
            bits_ = dice_.roll();
            left_ = words_per_roll;
        }
        --left_;
        const auto word = words[bits_ % words.size()];
        bits_ /= words.size();
        return word;
    }

 private:
    static constexpr int words_per_roll = 10;  // of six bits each

    upstream::mock::dice dice_;
    std::uint64_t bits_ = 0;
    int left_ = 0;
};

}  // namespace

std::string make_prompt_text(std::uint64_t seed, std::int64_t tokens) {
    const auto bounded = std::clamp<std::int64_t>(tokens, 0, workload_tokens_max);
    const auto size = static_cast<std::size_t>(bounded) * bytes_per_token;
    std::string text;
    if (size == 0) return text;
    text.reserve(size);
    word_dice dice(seed);
    // Behind a word goes a blank and at least one more letter, or the full stop.
    for (auto room = size - 1; room > 0; room = size - 1 - text.size()) {
        const auto word = dice.next();
        const bool last = word.size() == room;
        if (!last && word.size() + 2 > room) {
            text += fillers[std::min(room, fillers.size()) - 1];
            break;
        }
        text += word;
        if (!last) text += ' ';
    }
    text += '.';
    return text;
}

}  // namespace sluice::gateway::load
