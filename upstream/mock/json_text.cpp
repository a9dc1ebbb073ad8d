#include "upstream/mock/block_writer.hpp"
#include "upstream/mock/cuts.hpp"
#include "upstream/mock/json_instance.hpp"
#include "upstream/mock/text.hpp"

#include <algorithm>
#include <array>

namespace sluice::upstream::mock {
namespace {

/// Values that parsers of JSON, above all of JSON that is not whole yet, are wrong about.
constexpr auto values = std::to_array<std::string_view>({
    R"("she said: \"wait\", and C:\\streams\\new")",
    R"("line one\nline two\ttabbed\r\n")",
    R"("caf\u00e9 \ud83d\ude00 caf\u0065\u0301")",
    R"("流れ, naïve, 🌊 and \/ and \b\f")",
    R"("{\"nested\": [\"as text\", 1]}")",
    R"(-12.50e-3)",
    R"(1E+21)",
    R"(9007199254740993)",
    R"(-0.0)",
    R"(true)",
    R"(false)",
    R"(null)",
    R"("")",
    R"({})",
    R"([])",
    R"([[1, 2], [3, [4, []]], {"a": {"b": [null]}}])",
    R"([0.1, 0.25, -3, 100000000])",
});

/// A member whose value is a text of words is at most so many tokens.
constexpr std::int64_t member_tokens_max = 12;

/// A member up to its value; the first one begins the object. Numbered, so that no name is there
/// twice.
std::string begin_member(dice& dice, std::int64_t number) {
    return joined(
        {number == 0 ? "{\"" : ",\"", words(dice, 1), "_", std::to_string(number + 1), "\":"}
    );
}

/// A member of exactly so many tokens.
void add_text(dice& dice, std::int64_t number, std::int64_t tokens, std::vector<std::string>& out) {
    const std::string name = begin_member(dice, number);
    if (tokens == 1) {
        out.push_back(name + "true");
        return;
    }
    out.push_back(name + "\"" + words(dice, 1));
    for (std::int64_t i = 1; i + 1 < tokens; ++i)
        out.push_back(" " + words(dice, 1));
    out.push_back(" " + words(dice, 1) + "\"");
}

class json_object final : public block_writer {
 public:
    std::vector<std::string> write(dice& dice, std::int64_t number) const override {
        std::string text = begin_member(dice, number);
        if (dice.below(3) == 0)
            text += make_instance_text(nlohmann::json(), dice.roll());
        else
            text += values[dice.below(values.size())];
        std::vector<std::string> tokens;
        for (std::size_t at = 0; at < text.size();) {
            const std::size_t end = cut_awkwardly(text, at, dice);
            tokens.push_back(text.substr(at, end - at));
            at = end;
        }
        return tokens;
    }

    std::vector<std::string> finish(dice& dice, std::int64_t number, std::int64_t tokens)
        const override {
        if (tokens == 1) return {number == 0 ? "{}" : "}"};
        std::vector<std::string> out;
        for (std::int64_t left = tokens - 1; left > 0;) {
            const std::int64_t count = std::min(left, member_tokens_max);
            add_text(dice, number++, count, out);
            left -= count;
        }
        out.emplace_back("}");
        return out;
    }

    std::int64_t ending_tokens() const override { return 1; }
};

}  // namespace

std::unique_ptr<block_writer> write_json() {
    return std::make_unique<json_object>();
}

}  // namespace sluice::upstream::mock
