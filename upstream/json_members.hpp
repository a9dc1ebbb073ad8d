#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::upstream {

/// One member of a JSON object: its key, and where its value stands in the object's text.
struct json_member {
    std::string key;        ///< escapes resolved: "mod\u0065l" is "model"
    std::size_t begin = 0;  ///< first byte of the value
    std::size_t end = 0;    ///< one behind its last byte
};

/// Steps over the members of one JSON object, or the elements of one array, without parsing what
/// lies inside them: nesting is counted, never recursed into, and nothing is allocated.
///
/// Meant for text that is known to be JSON. Of other text it may accept some, but never reads
/// outside of it. Views point into the text.
class json_walker {
 public:
    explicit json_walker(std::string_view container_text);

    /// Goes to the next member or element. False: there is none, or the text is malformed.
    bool next();
    /// The text is no object or array, or breaks off.
    bool failed() const { return failed_; }

    /// The member's key between its quotes, escapes as they came. Empty within an array.
    std::string_view raw_key() const { return key_; }
    bool key_is(std::string_view key) const;
    /// The value's text, without white space around it.
    std::string_view value() const { return text_.substr(begin_, end_ - begin_); }
    std::size_t begin() const { return begin_; }
    std::size_t end() const { return end_; }

 private:
    bool fail();
    bool at_end();
    bool read_key();
    void skip_space();
    bool skip_string();
    bool skip_nested();
    bool skip_value();

    std::string_view text_;
    std::string_view key_;
    std::size_t at_ = 0;
    std::size_t begin_ = 0;
    std::size_t end_ = 0;
    char close_ = 0;
    bool first_ = true;
    bool failed_ = false;
    bool ended_ = false;
};

/// All members of a JSON object in order, duplicates included. Nothing where the text is no object.
std::optional<std::vector<json_member>> top_level_members(std::string_view object_text);

/// What a JSON string means, given the text between its quotes. A surrogate that stands alone
/// becomes U+FFFD.
std::string unescape_json(std::string_view raw);

/// Appends `text` as a JSON string with its quotes, in UTF-8: what is none becomes U+FFFD. Never
/// holds CR or LF.
void append_json_string(std::string& out, std::string_view text);

/// Whether arrays and objects stand within each other more than `depth_max` times.
bool nested_deeper_than(std::string_view json_text, std::size_t depth_max);

/// Whether there are more than `values_max` values in it, counted by what begins or separates them.
bool holds_more_values(std::string_view json_text, std::size_t values_max);

}  // namespace sluice::upstream
