#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sluice::upstream {

/// What a chat completion chunk of the common shape tells. Views point into the chunk. Names hold
/// no escapes; texts stand as they came, escapes and all.
struct openai_glance {
    std::string_view id;
    std::string_view model;
    std::int64_t created = 0;
    bool no_choice = false;  ///< `choices: []`
    int choice = 0;
    bool content = false;   ///< in the sense of `verbatim`
    std::string_view text;  ///< this and the next two for translation only
    std::string_view reasoning;
    std::string_view refusal;
    std::string_view finish_reason;
    std::string_view usage;  ///< the JSON of an object

    bool operator==(const openai_glance&) const = default;
};

/// Looks at the chunks of one stream without building JSON trees: a tree for each token would cost
/// more than all else that relaying it takes.
///
/// Tells only of what is beyond doubt: valid JSON with one choice at most, whose delta holds plain
/// texts, and no error. Nothing for any other chunk, which is to be read in full. Where a chunk is
/// to be translated, nothing either for one that tells anything else.
///
/// The chunks of a stream are alike but for a string or two. So the one before is remembered, and
/// where the next differs from it only within such strings, its bytes are compared and not read.
class openai_glancer {
 public:
    enum class purpose { metering, translation };

    explicit openai_glancer(purpose use = purpose::metering) : use_(use) {}

    /// `identity`: whether id, model and creation matter; they are left out otherwise.
    std::optional<openai_glance> look(std::string_view chunk, bool identity);

 private:
    friend class openai_chunk_scan;

    static constexpr std::size_t remembered_bytes_max = 2048;
    static constexpr std::size_t strings_max = 16;

    enum class meaning : std::uint8_t { none, text, reasoning, refusal };
    /// A string value: a text of the delta, or one that tells nothing.
    struct string_value {
        std::uint16_t begin = 0;
        std::uint16_t end = 0;  ///< where its closing quote stands
        meaning what = meaning::none;
    };

    std::optional<openai_glance> compare(std::string_view chunk) const;
    void note(std::size_t begin, std::size_t end, meaning what);
    void tell(meaning what, std::string_view words, openai_glance& seen) const;

    purpose use_;
    std::string remembered_;  ///< empty: none
    std::array<string_value, strings_max> strings_;
    std::size_t strings_count_ = 0;  ///< over strings_max: there were too many
    int choice_ = 0;
};

}  // namespace sluice::upstream
