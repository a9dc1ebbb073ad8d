#include "upstream/providers/anthropic_glance.hpp"

#include "upstream/json_scanner.hpp"

#include <array>
#include <charconv>
#include <utility>

namespace sluice::upstream {

namespace {

constexpr std::size_t depth_max = 16;

/// Each name counts once: of two, a reader of the tree would see the last.
class scan {
 public:
    explicit scan(std::string_view event) : json_(event, depth_max) {}

    std::optional<anthropic_words> run() {
        const bool common = json_.object([this](std::string_view key) { return top(key); }) &&
                            json_.at_end() && right_type_ && has_index_ && has_words_;
        if (!common || seen_.type != wanted_) return {};
        return seen_;
    }

 private:
    bool top(std::string_view key) {
        if (key == "type") {
            std::string_view type;
            return !std::exchange(right_type_, true) && json_.string(type) &&
                   type == "content_block_delta";
        }
        if (key == "index") return !std::exchange(has_index_, true) && index();
        if (key == "delta") {
            return !std::exchange(has_delta_, true) &&
                   json_.object([this](std::string_view name) { return delta(name); });
        }
        return false;
    }

    bool index() {
        std::string_view digits;
        if (!json_.number(digits)) return false;
        const char* end = digits.data() + digits.size();
        const auto read = std::from_chars(digits.data(), end, seen_.index);
        return read.ec == std::errc{} && read.ptr == end && seen_.index >= 0;
    }

    bool delta(std::string_view key) {
        static constexpr std::array<std::pair<std::string_view, std::string_view>, 3> shapes{
            {{"text", "text_delta"},
             {"thinking", "thinking_delta"},
             {"partial_json", "input_json_delta"}}};
        if (key == "type") return seen_.type.empty() && json_.string(seen_.type);
        for (const auto& [name, type] : shapes) {
            if (key != name) continue;
            wanted_ = type;
            return !std::exchange(has_words_, true) && json_.string(seen_.raw);
        }
        return false;
    }

    json_scanner<> json_;
    anthropic_words seen_;
    std::string_view wanted_;  ///< the delta's type, by the name of its words
    bool right_type_ = false;
    bool has_index_ = false;
    bool has_delta_ = false;
    bool has_words_ = false;
};

}  // namespace

std::optional<anthropic_words> glance_at_words(std::string_view event) {
    return scan(event).run();
}

}  // namespace sluice::upstream
