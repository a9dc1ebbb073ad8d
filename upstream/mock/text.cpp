#include "upstream/mock/text.hpp"

#include <algorithm>
#include <array>

namespace sluice::upstream::mock {
namespace {

constexpr std::array<std::string_view, 24> nouns{
    "river",  "token",   "lantern", "garden",  "signal", "harbour", "letter",  "bridge",
    "window", "machine", "café",    "melody",  "forest", "reader",  "compass", "kettle",
    "stream", "archive", "meadow",  "journal", "valley", "voyage",  "tailor",  "façade",
};
constexpr std::array<std::string_view, 20> adjectives{
    "quiet",  "bright", "patient", "hidden",  "gentle", "curious", "early",
    "silver", "naïve",  "steady",  "distant", "narrow", "honest",  "warm",
    "sudden", "plain",  "careful", "brave",   "modest", "open",
};
constexpr std::array<std::string_view, 14> acts{
    "waits",
    "turns",
    "grows",
    "moves",
    "rests",
    "glows",
    "returns",
    "sings",
    "listens",
    "answers",
    "wakes",
    "drifts",
    "settles",
    "arrives",
};
constexpr std::array<std::string_view, 14> acts_on{
    "carries",
    "follows",
    "finds",
    "guides",
    "meets",
    "shapes",
    "warms",
    "crosses",
    "remembers",
    "mirrors",
    "gathers",
    "answers",
    "keeps",
    "reaches",
};

/// Tokens are divided by '|'; %n is a noun, %a an adjective, %i what it does, %t what it does to
/// something. There is a template of each length from 1 to 7, so that any length can be filled.
constexpr auto templates = std::to_array<std::string_view>({
    "Indeed.",
    "Listen|.",
    "Words| arrive|.",
    "The| %n| %i|.",
    "Every| %a| %n| %i|.",
    "The| %n| %t| the| %n|.",
    "Nothing| here| is| %a|.| ☕",
    "The| %a| %n| %t| the| %n|.",
    "Remember|:| the| **%n**| %i|!| 🌊",
    "Some| call| it| *流れ*|,| “flow”|.",
    "The| %a| %n| %t| the| %a| %n|.",
    "A| naïve| %n| %i| near| the| café|.",
    "When| the| %n| %i|,| the| %n| %i|.",
    "In| the| %a| %n|,| one| %n| %t| another|.",
    "The| %n|,| once| %a|,| now| %t| the| %n|.",
    "If| the| %n| is| %a|,| then| `%n`| %t| the| %n|.",
    "The| %n| %t| the| %n|,| and| the| %n| %t| the| %n|.",
});

/// What a sentence may leave over, unless it is the last: enough for one that reads well.
constexpr std::int64_t sentence_tokens_min = 4;

std::int64_t tokens_in(std::string_view sentence) {
    return 1 + std::count(sentence.begin(), sentence.end(), '|');
}

std::string_view pick(char slot, dice& dice) {
    switch (slot) {
        case 'n':
            return nouns[dice.below(nouns.size())];
        case 'a':
            return adjectives[dice.below(adjectives.size())];
        case 'i':
            return acts[dice.below(acts.size())];
        default:
            return acts_on[dice.below(acts_on.size())];
    }
}

}  // namespace

prose::prose(std::uint64_t seed, std::int64_t tokens)
    : dice_(seed), remaining_(std::max<std::int64_t>(tokens, 0)) {}

void prose::begin_sentence() {
    std::size_t index = dice_.below(templates.size());
    for (;; index = (index + 1) % templates.size()) {
        const std::int64_t left = remaining_ - tokens_in(templates[index]);
        if (left == 0 || left >= sentence_tokens_min) break;
    }
    sentence_ = templates[index];
}

void prose::next(std::string& out) {
    if (sentence_.empty()) {
        begin_sentence();
        if (!first_) out += dice_.below(6) == 0 ? "\n\n" : " ";
        first_ = false;
    }
    const std::string_view token = sentence_.substr(0, sentence_.find('|'));
    sentence_.remove_prefix(std::min(token.size() + 1, sentence_.size()));
    --remaining_;
    const std::size_t slot = token.find('%');
    out += token.substr(0, slot);
    if (slot == std::string_view::npos) return;
    out += pick(token[slot + 1], dice_);
    out += token.substr(slot + 2);
}

std::int64_t usual_tokens(std::uint64_t seed) {
    return 48 + static_cast<std::int64_t>(mix(seed, 0x746f6b656e73U) % 25);
}

std::string words(dice& dice, std::size_t count) {
    std::string out;
    for (std::size_t i = 0; i < count; ++i) {
        if (i > 0) out += ' ';
        out += pick(i + 1 == count ? 'n' : 'a', dice);
    }
    return out;
}

std::string hex(std::uint64_t number) {
    std::string out(16, '0');
    for (std::size_t i = out.size(); i-- > 0; number >>= 4)
        out[i] = "0123456789abcdef"[number & 15U];
    return out;
}

}  // namespace sluice::upstream::mock
