#include "upstream/mock/text_style.hpp"

#include "upstream/mock/cuts.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace sluice::upstream::mock {
namespace {

constexpr std::array<std::string_view, 5> names{"prose", "markdown", "code", "scripts", "json"};

/// How many blocks are tried before the text ends with whatever has the right length.
constexpr int attempts_max = 6;

std::unique_ptr<block_writer> writer_of(text_style style, std::uint64_t seed) {
    switch (style) {
        case text_style::markdown:
            return write_markdown();
        case text_style::code:
            return write_code(seed);
        case text_style::scripts:
            return write_many_scripts();
        case text_style::json:
            return write_json();
        case text_style::prose:
            break;
    }
    return nullptr;
}

}  // namespace

std::span<const std::string_view> text_styles() {
    return names;
}

std::optional<text_style> find_text_style(std::string_view name) {
    if (name.empty()) return text_style::prose;
    const auto* const found = std::ranges::find(names, name);
    if (found == names.end()) return std::nullopt;
    return static_cast<text_style>(found - names.begin());
}

std::string joined(std::initializer_list<std::string> parts) {
    std::string out;
    for (const std::string& part : parts)
        out += part;
    return out;
}

std::vector<std::string> cut_words(std::string_view text) {
    std::vector<std::string> tokens;
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t end = cut_word(text, at);
        tokens.emplace_back(text.substr(at, end - at));
        at = end;
    }
    return tokens;
}

passage::passage(text_style style, std::uint64_t seed, std::int64_t tokens)
    : text_(prose(seed, tokens)) {
    if (auto writer = writer_of(style, seed)) {
        const std::int64_t count = std::max<std::int64_t>(tokens, 0);
        text_ = blocks{std::move(writer), dice(seed), count};
    }
}

passage passage::verbatim(std::string text) {
    return passage(quotation{std::move(text)});
}

bool passage::done() const {
    return std::visit([](const auto& text) { return text.done(); }, text_);
}

void passage::next(std::string& out) {
    std::visit([&](auto& text) { text.next(out); }, text_);
}

void passage::quotation::next(std::string& out) {
    const std::size_t end = cut_word(text, at);
    out.append(text, at, end - at);
    at = end;
}

bool passage::blocks::fits() const {
    return static_cast<std::int64_t>(tokens.size()) + writer->ending_tokens() <= remaining;
}

void passage::blocks::begin_block() {
    at = 0;
    int attempts = 0;
    do {
        tokens = writer->write(dice, number);
    } while (!fits() && ++attempts < attempts_max);
    if (!fits()) tokens = writer->finish(dice, number, remaining);
    ++number;
}

void passage::blocks::next(std::string& out) {
    if (at == tokens.size()) begin_block();
    out += tokens[at++];
    --remaining;
}

}  // namespace sluice::upstream::mock
