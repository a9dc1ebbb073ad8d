#include "gateway/dialects/chat_outline.hpp"

#include "gateway/dialects/chat_request.hpp"
#include "gateway/dialects/json_input.hpp"
#include "upstream/json_scanner.hpp"
#include "upstream/utf8.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>
#include <span>
#include <system_error>
#include <utility>

namespace sluice::gateway {

namespace {

/// The API documents some forty.
constexpr std::size_t keys_max = 64;

class chat_scan {
 public:
    // A value of the object is one level deep already.
    explicit chat_scan(std::string_view body) : json_(body, json_depth_max - 1) {}

    std::optional<chat_outline> run() {
        const bool whole =
            json_.object([this](std::string_view key) { return member(key); }) && json_.at_end();
        if (!whole || seen_.model.empty() || !has_messages_) return {};
        return seen_;
    }

 private:
    static bool is_plain(std::string_view raw) { return raw.find('\\') == std::string_view::npos; }

    bool member(std::string_view key) {
        if (!is_plain(key) || !is_new(key)) return false;
        if (key == "model") return json_.string(seen_.model) && is_plain(seen_.model);
        if (key == "messages") return messages();
        if (key == "stream") return flag(seen_.stream);
        if (key == "stream_options") return stream_options();
        if (key == "n") return choices();
        return json_.skip_value(1);
    }

    bool is_new(std::string_view key) {
        const auto known = std::span(keys_).first(keys_count_);
        if (known.size() == keys_max || std::ranges::find(known, key) != known.end()) return false;
        keys_[keys_count_++] = key;
        return true;
    }

    bool messages() {
        return json_.array([this] {
            has_messages_ = true;
            return json_.peek() == '{' && json_.skip_value(2);
        });
    }

    bool stream_options() {
        if (json_.peek() == 'n') return json_.null();
        bool seen = false;
        return json_.object([&](std::string_view key) {
            if (!is_plain(key)) return false;
            if (key != "include_usage") return json_.skip_value(2);
            // Of two, a reader of the tree would see the last.
            return !std::exchange(seen, true) && flag(seen_.include_usage);
        });
    }

    /// So many choices as the gateway can tell apart in what comes back.
    bool choices() {
        if (json_.peek() == 'n') return json_.null();
        std::string_view digits;
        if (!json_.number(digits)) return false;
        int count = 0;
        const auto* const end = digits.data() + digits.size();
        const auto read = std::from_chars(digits.data(), end, count);
        return read.ec == std::errc{} && read.ptr == end && count >= 1 && count <= choices_max;
    }

    bool flag(bool& value) { return json_.peek() == 'n' ? json_.null() : json_.boolean(value); }

    upstream::json_scanner<> json_;
    chat_outline seen_;
    bool has_messages_ = false;
    std::array<std::string_view, keys_max> keys_;
    std::size_t keys_count_ = 0;
};

}  // namespace

std::optional<chat_outline> outline_chat(std::string_view body) {
    if (!upstream::is_utf8(body)) return {};
    return chat_scan(body).run();
}

}  // namespace sluice::gateway
