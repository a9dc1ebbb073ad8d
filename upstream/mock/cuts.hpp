#pragma once

#include "upstream/mock/hash.hpp"

#include <cstddef>
#include <string_view>

/// Where texts are cut into the pieces that a model hands out. Never inside a UTF-8 character;
/// bytes that are no UTF-8 are cut anywhere before a byte that could begin a character.
namespace sluice::upstream::mock {

/// Where the next piece of `text` ends that begins at `begin`: 1 to 7 bytes on, wherever that is in
/// the text's syntax.
std::size_t cut_piece(std::string_view text, std::size_t begin, dice& dice);

/// Where the next token of `text` ends that begins at `begin`: near the border of a word, as
/// tokenizers cut. A space goes with the word behind it; long words, long numbers and runs of
/// blanks are several tokens.
std::size_t cut_word(std::string_view text, std::size_t begin);

/// As `cut_piece`, for JSON, but rather where a client that does not wait for the rest goes wrong:
/// inside an escape, between the halves of a surrogate pair, inside a number or a keyword.
std::size_t cut_awkwardly(std::string_view text, std::size_t begin, dice& dice);

/// Where the character ends that begins at `begin`, which is within the text.
std::size_t end_of_character(std::string_view text, std::size_t begin);

/// The beginning of `text`, of so many bytes at most, that ends with a whole character.
std::string_view whole_characters(std::string_view text, std::size_t bytes_max);

}  // namespace sluice::upstream::mock
