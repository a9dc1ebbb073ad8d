#pragma once

#include "upstream/generation.hpp"

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::gateway {

/// What an answer says, choice by choice and in the order in which it was told, within bounds: its
/// beginning, and nothing behind the first thing that found no room. Thoughts have half of the room
/// at most, and leave the rest to the answer.
class kept_answer {
 public:
    static constexpr int choices_max = 16;
    static constexpr std::size_t parts_max = 256;       ///< of all choices
    static constexpr std::size_t name_bytes_max = 256;  ///< of a call's id, and of its name

    explicit kept_answer(std::size_t bytes_max) : bytes_max_(bytes_max) {}

    void add(const upstream::item& item);
    /// Something found no room; nothing but ends is taken any more.
    bool full() const { return full_; }

    /// The words of the first choice, as a person reads them. Where it has none, its calls of
    /// tools, one on each line: `name(arguments)`.
    std::string words() const;
    /// A JSON array with a message for each choice, as message_writer has them.
    std::string messages() const;

 private:
    struct part {
        enum class kind { text, refusal, reasoning, tool_call, media };

        kind what = kind::text;
        std::string text = {};  ///< or the arguments of a call
        std::string id = {};    ///< of a call
        std::string name = {};  ///< of a call, or the modality of media
        int index = 0;          ///< of a call
    };
    struct choice {
        std::vector<part> parts;
        std::optional<upstream::finish_reason> reason;
    };

    void gather(const upstream::text_delta& told);
    void gather(const upstream::reasoning_delta& told);
    void gather(const upstream::refusal_delta& told);
    void gather(const upstream::tool_call_delta& told);
    void gather(const upstream::media_delta& told);

    choice* choice_at(int index);
    void add_text(int index, part::kind what, std::string_view text);
    part* call_at(choice& of, int index);
    part* begin(choice& of, part::kind what);
    std::string_view take(part::kind what, std::string_view text);

    std::size_t bytes_max_;
    std::size_t bytes_ = 0;
    std::size_t thought_bytes_ = 0;
    std::size_t parts_ = 0;
    bool thoughts_full_ = false;
    bool full_ = false;
    std::map<int, choice> choices_;
};

}  // namespace sluice::gateway
