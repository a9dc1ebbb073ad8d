#pragma once

#include "upstream/mock/hash.hpp"

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::upstream::mock {

/// Writes a text of a style block by block: a paragraph, a function, a member of an object.
///
/// A block is at most a few hundred tokens, so that a text of any length needs little memory. No
/// token is empty, and each is whole characters of UTF-8. `number` is how many blocks the text has
/// so far.
class block_writer {
 public:
    virtual ~block_writer() = default;

    /// A next block, which is used only if it is not too long.
    virtual std::vector<std::string> write(dice& dice, std::int64_t number) const = 0;

    /// The last block, of exactly so many tokens: at least ending_tokens(), and not 0.
    virtual std::vector<std::string> finish(dice& dice, std::int64_t number, std::int64_t tokens)
        const = 0;

    /// How many tokens the end of the text needs at least. 0: it may end behind any block.
    virtual std::int64_t ending_tokens() const { return 0; }
};

/// Headings, nested lists, tables, links, code, quotes.
std::unique_ptr<block_writer> write_markdown();
/// A program in one of a few languages; the seed decides which.
std::unique_ptr<block_writer> write_code(std::uint64_t seed);
/// Sentences in the scripts of the world, and emoji.
std::unique_ptr<block_writer> write_many_scripts();
/// A JSON object.
std::unique_ptr<block_writer> write_json();

/// A function of a program with its fence, as Markdown has it.
std::string fenced_code(dice& dice);

/// The parts one after the other. Written in braces they are made in that order, which operands of
/// `+` are not: with a dice among them the text would depend on the compiler.
std::string joined(std::initializer_list<std::string> parts);

/// `text` in tokens that end at the borders of words.
std::vector<std::string> cut_words(std::string_view text);

}  // namespace sluice::upstream::mock
