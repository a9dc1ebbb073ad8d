#include "upstream/mock/prompt_settings.hpp"

#include "upstream/mock/options.hpp"

#include <algorithm>
#include <optional>

namespace sluice::upstream::mock {
namespace {

constexpr std::string_view opening = "[mock ";
/// What is longer is a prompt that happens to begin like settings.
constexpr std::size_t tag_bytes_max = 1024;
constexpr std::string_view blanks = " \t\r\n";

using settings = std::map<std::string, std::string>;

const message* last_user_message(const request& request) {
    const auto found = std::find_if(
        request.messages.rbegin(),
        request.messages.rend(),
        [](const message& message) { return message.role == role::user; }
    );
    return found == request.messages.rend() ? nullptr : &*found;
}

std::string_view first_text(const message& message) {
    if (message.content.empty()) return {};
    const auto* const text = std::get_if<text_part>(&message.content.front());
    return text != nullptr ? std::string_view(text->text) : std::string_view();
}

bool is_key(std::string_view text) {
    constexpr std::string_view allowed = "abcdefghijklmnopqrstuvwxyz0123456789_-";
    return !text.empty() && text.find_first_not_of(allowed) == std::string_view::npos;
}

/// What stands within the brackets, behind the word `mock`; and where the tag ends.
struct tag {
    std::string_view inside;
    std::size_t end;
};

std::optional<tag> find_tag(std::string_view text) {
    if (!text.starts_with(opening)) return std::nullopt;
    const std::size_t close = text.substr(0, tag_bytes_max).find(']');
    if (close == std::string_view::npos) return std::nullopt;
    return tag{text.substr(opening.size(), close - opening.size()), close + 1};
}

/// Nothing: these are no settings.
std::optional<settings> read_pairs(std::string_view inside) {
    settings found;
    while (!inside.empty()) {
        const std::size_t begin = inside.find_first_not_of(' ');
        if (begin == std::string_view::npos) break;
        inside.remove_prefix(begin);
        const std::string_view pair = inside.substr(0, inside.find(' '));
        inside.remove_prefix(pair.size());
        const std::size_t equals = pair.find('=');
        const bool printable =
            std::all_of(pair.begin(), pair.end(), [](char c) { return c > ' ' && c != '\x7f'; });
        if (equals == std::string_view::npos || !printable || !is_key(pair.substr(0, equals)))
            return std::nullopt;
        found[std::string(pair.substr(0, equals))] = pair.substr(equals + 1);
    }
    if (found.empty()) return std::nullopt;
    return found;
}

}  // namespace

std::map<std::string, std::string> settings_in_prompt(const request& request) {
    const message* const message = last_user_message(request);
    if (message == nullptr) return {};
    const auto tag = find_tag(first_text(*message));
    if (!tag) return {};
    return read_pairs(tag->inside).value_or(settings());
}

std::string_view said_in(const message& message, const text_part& part) {
    const std::string_view text = part.text;
    if (message.role != role::user || std::get_if<text_part>(&message.content.front()) != &part)
        return text;
    const auto tag = find_tag(text);
    if (!tag || !read_pairs(tag->inside)) return text;
    return text.substr(std::min(text.find_first_not_of(blanks, tag->end), text.size()));
}

std::string message_without_settings(const request& request) {
    const message* const message = last_user_message(request);
    if (message == nullptr) return {};
    std::string text;
    for (const content_part& part : message->content) {
        if (const auto* const written = std::get_if<text_part>(&part))
            text += said_in(*message, *written);
    }
    return text;
}

}  // namespace sluice::upstream::mock
