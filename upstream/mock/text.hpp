#pragma once

#include "upstream/mock/hash.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace sluice::upstream::mock {

/// Readable English prose as a stream of tokens, with some Markdown and some characters outside
/// ASCII, so that clients meet them. The seed and the number of tokens decide every token.
///
/// Made sentence by sentence while it is asked for; the last sentence ends with the last token.
class prose {
 public:
    prose(std::uint64_t seed, std::int64_t tokens);

    bool done() const { return remaining_ == 0; }
    /// Appends the next token, as " word" or ",": whole characters of UTF-8. Not when done().
    void next(std::string& out);

 private:
    void begin_sentence();

    dice dice_;
    std::int64_t remaining_;
    std::string_view sentence_;  ///< the rest of a template
    bool first_ = true;
};

/// How many tokens an answer of the mock has when nobody says: 48 to 72.
std::int64_t usual_tokens(std::uint64_t seed);

/// A few words without punctuation, for the strings of JSON instances.
std::string words(dice& dice, std::size_t count);

/// A number in 16 hexadecimal digits, for names.
std::string hex(std::uint64_t number);

}  // namespace sluice::upstream::mock
