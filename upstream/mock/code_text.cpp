#include "upstream/mock/block_writer.hpp"
#include "upstream/mock/code_units.hpp"
#include "upstream/mock/text.hpp"

#include <algorithm>

namespace sluice::upstream::mock {
namespace {

/// Names that every language takes for an identifier, and none for a keyword.
constexpr std::array<std::string_view, 16> nouns{
    "river",
    "token",
    "lantern",
    "garden",
    "signal",
    "harbour",
    "letter",
    "bridge",
    "window",
    "machine",
    "melody",
    "compass",
    "kettle",
    "archive",
    "journal",
    "voyage",
};
constexpr std::array<std::string_view, 10> verbs{
    "collect",
    "merge",
    "drain",
    "resume",
    "measure",
    "follow",
    "gather",
    "settle",
    "shape",
    "replay",
};

/// A comment of more words goes on in the next line.
constexpr std::int64_t comment_tokens = 12;

std::string capital(std::string_view word) {
    std::string out(word);
    out.front() = static_cast<char>(out.front() - 'a' + 'A');
    return out;
}

/// What the slots of one unit are filled with.
struct names {
    explicit names(dice& dice, std::int64_t unit)
        : first(dice.below(nouns.size())),
          second((first + 1 + dice.below(nouns.size() - 1)) % nouns.size()),
          verb(verbs[dice.below(verbs.size())]),
          number(std::to_string(8 + dice.below(4000))),
          index(std::to_string(unit)) {}

    /// Empty: there is no such slot.
    std::string of(char slot) const {
        switch (slot) {
            case 'A':
                return std::string(nouns[first]);
            case 'B':
                return std::string(nouns[second]);
            case 'T':
                return capital(nouns[first]);
            case 'V':
                return std::string(verb);
            case 'N':
                return number;
            case 'I':
                return index;
            default:
                return {};
        }
    }

    std::size_t first, second;
    std::string_view verb;
    std::string number, index;
};

std::string fill(std::string_view unit, const names& names) {
    std::string out;
    for (std::size_t at = 0; at < unit.size(); ++at) {
        const std::string slot =
            unit[at] == '@' && at + 1 < unit.size() ? names.of(unit[at + 1]) : "";
        if (slot.empty()) {
            out += unit[at];
        } else {
            out += slot;
            ++at;
        }
    }
    return out;
}

std::string make_unit(const language& language, dice& dice, std::int64_t number) {
    const std::string_view unit = language.units[dice.below(language.units.size())];
    return fill(unit, names(dice, number));
}

class code final : public block_writer {
 public:
    explicit code(const language& language) : language_(language) {}

    std::vector<std::string> write(dice& dice, std::int64_t number) const override {
        if (number == 0) return cut_words(language_.preamble);
        return cut_words("\n\n" + make_unit(language_, dice, number));
    }

    /// Comments, in which any number of words makes sense.
    std::vector<std::string> finish(dice& dice, std::int64_t number, std::int64_t tokens)
        const override {
        const std::string begin = std::string(language_.comment) + " ";
        std::vector<std::string> out;
        for (std::int64_t i = 0; i < tokens; ++i) {
            const bool begins = i % comment_tokens == 0;
            const std::string gap = i > 0 ? "\n" : number == 0 ? "" : "\n\n";
            out.push_back((begins ? gap + begin : " ") + words(dice, 1));
        }
        return out;
    }

 private:
    const language& language_;
};

}  // namespace

std::unique_ptr<block_writer> write_code(std::uint64_t seed) {
    return std::make_unique<code>(*languages[mix(seed, 0x636f6465U) % languages.size()]);
}

std::string fenced_code(dice& dice) {
    const language& language = *languages[dice.below(languages.size())];
    const auto number = static_cast<std::int64_t>(1 + dice.below(9));
    return "```" + std::string(language.fence) + "\n" + make_unit(language, dice, number) + "\n```";
}

}  // namespace sluice::upstream::mock
