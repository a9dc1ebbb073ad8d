#include "gateway/load/work/conversation.hpp"

#include <algorithm>
#include <utility>
#include <variant>

namespace sluice::gateway::load {

using upstream::message;
using upstream::role;
using upstream::text_part;

message said_by(role who, std::string text) {
    message made;
    made.role = who;
    made.content.emplace_back(text_part{std::move(text)});
    return made;
}

namespace {

/// With the first text of the message, if it begins with one; else as a part of its own.
void begin_with(message& message, std::string_view text) {
    auto& content = message.content;
    auto* first = content.empty() ? nullptr : std::get_if<text_part>(&content.front());
    if (first != nullptr)
        first->text.insert(0, text);
    else
        content.insert(content.begin(), text_part{std::string(text)});
}

}  // namespace

void put_ahead(std::vector<message>& messages, std::string text) {
    if (text.empty()) return;
    const bool has_system = !messages.empty() && (messages.front().role == role::system ||
                                                  messages.front().role == role::developer);
    if (has_system)
        begin_with(messages.front(), text);
    else
        messages.insert(messages.begin(), said_by(role::system, std::move(text)));
}

bool begin_last_prompt(std::vector<message>& messages, std::string_view text) {
    const auto last = std::find_if(messages.rbegin(), messages.rend(), [](const message& each) {
        return each.role == role::user;
    });
    if (last == messages.rend()) return false;
    begin_with(*last, text);
    return true;
}

std::string mock_directive(const std::map<std::string, std::string>& settings) {
    if (settings.empty()) return {};
    std::string line = "[mock";
    for (const auto& [name, value] : settings)
        line.append(" ").append(name).append("=").append(value);
    return line + "]\n";
}

void join_messages(std::vector<upstream::message>& messages) {
    std::string all;
    for (const auto& message : messages) {
        for (const auto& part : message.content) {
            const auto* const text = std::get_if<upstream::text_part>(&part);
            if (text == nullptr) continue;
            if (!all.empty()) all += "\n\n";
            all += text->text;
        }
    }
    messages.assign(1, said_by(upstream::role::user, std::move(all)));
}

}  // namespace sluice::gateway::load
