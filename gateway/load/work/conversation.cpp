#include "gateway/load/work/conversation.hpp"

#include "upstream/mock/prompt.hpp"

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

std::int64_t tokens_of(const std::vector<message>& messages) {
    upstream::request request;
    request.messages = messages;
    return upstream::mock::count_prompt_tokens(request);
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

job follow_up(job before, std::string answer, std::string next_prompt) {
    std::vector<message> turn;
    turn.push_back(said_by(role::assistant, std::move(answer)));
    turn.push_back(said_by(role::user, std::move(next_prompt)));
    before.input_tokens += tokens_of(turn);
    std::ranges::move(turn, std::back_inserter(before.messages));
    before.due_ns.reset();
    return before;
}

}  // namespace sluice::gateway::load
