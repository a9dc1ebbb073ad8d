#pragma once

#include "upstream/mock/block_writer.hpp"
#include "upstream/mock/text.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace sluice::upstream::mock {

/// What kind of text an answer is.
enum class text_style { prose, markdown, code, scripts, json };

/// The names of the styles, in the enumeration's order.
std::span<const std::string_view> text_styles();

/// The style of that name; an empty one is prose. Nothing: there is none.
std::optional<text_style> find_text_style(std::string_view name);

/// A text as a stream of tokens. Made while it is asked for; the seed, the style and the number of
/// tokens decide every token.
class passage {
 public:
    passage() : passage(text_style::prose, 0, 0) {}
    passage(text_style style, std::uint64_t seed, std::int64_t tokens);
    /// A text that is there already: its tokens, joined, are that text.
    static passage verbatim(std::string text);

    bool done() const;
    /// Appends the next token: whole characters of UTF-8, never none. Not when done().
    void next(std::string& out);

 private:
    struct quotation {
        std::string text;
        std::size_t at = 0;

        bool done() const { return at == text.size(); }
        void next(std::string& out);
    };
    struct blocks {
        std::unique_ptr<block_writer> writer;
        mock::dice dice;
        std::int64_t remaining = 0;
        std::int64_t number = 0;               ///< blocks so far
        std::vector<std::string> tokens = {};  ///< of the block under way
        std::size_t at = 0;

        bool done() const { return remaining == 0; }
        void next(std::string& out);
        void begin_block();
        bool fits() const;
    };

    explicit passage(quotation text) : text_(std::move(text)) {}

    std::variant<prose, quotation, blocks> text_;
};

}  // namespace sluice::upstream::mock
