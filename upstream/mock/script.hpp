#pragma once

#include "upstream/generation.hpp"
#include "upstream/mock/fault.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::upstream::mock {

/// A regular expression that is ready to be searched for.
struct pattern;

/// What to answer to prompts that match. All conditions that are given have to hold.
struct rule {
    std::string contains;  ///< in the last user message; case does not count in ASCII
    std::shared_ptr<const pattern> match;  ///< searched for in the last user message; see set_match
    std::string match_text;                ///< what `match` was made of
    std::string system_contains;           ///< in system and developer messages, as `contains`
    std::string model;                     ///< as the target is asked for
    std::optional<std::int64_t> turn;      ///< so many user messages, this one included

    /// The answer's text; `$1` is what the first group of `match` found, `${prompt}` the message.
    std::optional<std::string> reply;
    std::string reasoning;  ///< thoughts ahead of it
    /// In place of a text. Where a conversation ends in a tool's result, there is the text instead.
    std::vector<tool_call> tool_calls;
    std::map<std::string, std::string> settings;  ///< as `X-Mock-*` by suffix
    fault error;
};

/// A rule that matches a prompt, and what the groups of its pattern found there: `$1` first, whole
/// characters, empty where they found nothing.
struct matched_rule {
    const mock::rule* rule = nullptr;  ///< null: none matches, and the model answers by itself
    std::vector<std::string> groups = {};
};

/// Rules in the order in which they are tried; the first that matches answers.
struct script {
    std::vector<rule> rules;

    matched_rule find(const request& request) const;
};

/// A message is a stranger's: a pattern is searched for in so many bytes of its beginning. The
/// work is bounded besides; where the bound is reached, the pattern does not match.
constexpr std::size_t subject_bytes_max = 4096;

/// A reply with what was put into it; the rest is left out.
constexpr std::size_t reply_bytes_max = 4 * 1024 * 1024;

/// Makes `text` (Perl's syntax, of which ECMAScript's is a part) the pattern of `rule`. Says why it
/// is none, as "..." in "must be a regular expression: ..."; nothing: all is well.
std::optional<std::string> set_match(rule& rule, std::string_view text);

/// The reply of a rule to the prompt that it matches. `$1` to `$9` are the groups of its pattern,
/// `${prompt}` is the last user message; other dollars stay.
std::string reply_of(const matched_rule& matched, const request& request);

}  // namespace sluice::upstream::mock
