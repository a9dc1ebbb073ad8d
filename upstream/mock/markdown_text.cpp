#include "upstream/mock/block_writer.hpp"
#include "upstream/mock/text.hpp"

#include <array>

namespace sluice::upstream::mock {
namespace {

std::string number(std::uint64_t value) {
    return std::to_string(value);
}

/// `words` with a capital; they begin with a letter of ASCII.
std::string title(dice& dice, std::size_t count) {
    std::string out = words(dice, count);
    out.front() = static_cast<char>(out.front() - 'a' + 'A');
    return out;
}

std::string link(dice& dice) {
    return joined(
        {"[",
         words(dice, 2),
         "](https://example.com/docs/",
         number(dice.below(1000)),
         "?page=",
         number(1 + dice.below(9)),
         "&lang=en#part-",
         number(1 + dice.below(20)),
         ")"}
    );
}

/// Something that stands within a line.
std::string inline_text(dice& dice) {
    switch (dice.below(8)) {
        case 0:
            return "**" + words(dice, 2) + "**";
        case 1:
            return "*" + words(dice, 1) + "*";
        case 2:
            return joined({"***", words(dice, 1), "*** and __", words(dice, 1), "__"});
        case 3:
            return "`stream.read(" + number(dice.below(4096)) + ")`";
        case 4:
            return "``a `tick` inside``";
        case 5:
            return link(dice);
        case 6:
            return joined({"~~", words(dice, 1), "~~ ", words(dice, 1), " \\*not emphasis\\*"});
        default:
            return "**bold with *" + words(dice, 1) + "* and `code`**";
    }
}

std::string sentence(dice& dice) {
    return joined(
        {"The ",
         words(dice, 2),
         " meets ",
         inline_text(dice),
         ", and then ",
         inline_text(dice),
         "."}
    );
}

std::string heading(dice& dice, std::size_t level) {
    return std::string(level, '#') + " " + title(dice, 2);
}

std::string paragraph(dice& dice) {
    std::string out = sentence(dice);
    for (auto more = dice.below(3); more > 0; --more) {
        out += dice.below(4) == 0 ? "  \n" : " ";
        out += sentence(dice);
    }
    return out;
}

std::string bullets(dice& dice) {
    std::string out;
    for (auto items = 2 + dice.below(3); items > 0; --items) {
        out += joined({"- ", title(dice, 2), ": ", inline_text(dice), "\n"});
        for (auto inner = dice.below(3); inner > 0; --inner) {
            out += "  - " + inline_text(dice) + "\n";
            if (dice.below(3) == 0) out += "    1. " + words(dice, 3) + "\n";
        }
    }
    out.pop_back();
    return out;
}

std::string steps(dice& dice) {
    std::string out;
    const auto items = 2 + dice.below(4);
    for (std::uint64_t i = 1; i <= items; ++i) {
        const std::string box = i % 2 == 0 ? " " : "x";
        out +=
            joined({number(i), ". ", sentence(dice), "\n   - [", box, "] ", words(dice, 2), "\n"});
    }
    out.pop_back();
    return out;
}

std::string table(dice& dice) {
    std::string out = joined({"| ", title(dice, 1), " | ", title(dice, 2), " | Share |\n"});
    out += "| :--- | :---: | ---: |\n";
    for (auto rows = 2 + dice.below(4); rows > 0; --rows) {
        out += joined(
            {"| ",
             words(dice, 2),
             " | ",
             dice.below(3) == 0 ? "`a \\| b`" : inline_text(dice),
             " | ",
             number(dice.below(100)),
             ".",
             number(dice.below(10)),
             " % |\n"}
        );
    }
    out.pop_back();
    return out;
}

std::string quote(dice& dice) {
    return joined({"> ", sentence(dice), "\n>\n> > ", sentence(dice), "\n>\n> — ", title(dice, 1)});
}

std::string rule(dice&) {
    return "---";
}

std::string picture(dice& dice) {
    return joined(
        {"![",
         words(dice, 3),
         "](https://example.com/images/",
         number(dice.below(1000)),
         ".png \"",
         title(dice, 2),
         "\")"}
    );
}

using maker = std::string (*)(dice&);

/// Paragraphs and lists are more frequent than the rest.
constexpr auto makers = std::to_array<maker>({
    paragraph,
    paragraph,
    paragraph,
    bullets,
    bullets,
    steps,
    table,
    fenced_code,
    quote,
    rule,
    picture,
});

/// A title, then sections of a few blocks each.
std::string make_block(dice& dice, std::int64_t number) {
    if (number == 0) return heading(dice, 1);
    if (number % 5 == 0) return heading(dice, 2 + dice.below(2));
    return makers[dice.below(makers.size())](dice);
}

std::string_view gap_before(std::int64_t number) {
    return number == 0 ? "" : "\n\n";
}

class markdown final : public block_writer {
 public:
    std::vector<std::string> write(dice& dice, std::int64_t number) const override {
        return cut_words(std::string(gap_before(number)) + make_block(dice, number));
    }

    /// A plain paragraph: prose has an end at any length.
    std::vector<std::string> finish(dice& dice, std::int64_t number, std::int64_t tokens)
        const override {
        std::vector<std::string> out;
        for (prose text(dice.roll(), tokens); !text.done();)
            text.next(out.emplace_back());
        out.front().insert(0, gap_before(number));
        return out;
    }
};

}  // namespace

std::unique_ptr<block_writer> write_markdown() {
    return std::make_unique<markdown>();
}

}  // namespace sluice::upstream::mock
