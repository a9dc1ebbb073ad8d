#include "upstream/providers/anthropic_turns.hpp"

#include <string>
#include <utility>

namespace sluice::upstream {

namespace {

using nlohmann::json;

/// The Messages API names a block's kind by its type, Converse by its only member.
bool is_kind(const json& block, const char* type, const char* member) {
    const auto named = block.find("type");
    return named == block.end() ? block.contains(member) : *named == type;
}

bool is_result(const json& block) {
    return is_kind(block, "tool_result", "toolResult");
}

bool is_thought(const json& block) {
    constexpr const char* member = "reasoningContent";
    return is_kind(block, "thinking", member) || is_kind(block, "redacted_thinking", member);
}

}  // namespace

void begin_with_user(json& turns, json words) {
    if (!turns.empty() && turns.front()["role"] == "user") return;
    json turn{{"role", "user"}, {"content", json::array()}};
    turn["content"].push_back(std::move(words));
    turns.insert(turns.begin(), std::move(turn));
}

void trim_last_words(json& turns) {
    if (turns.empty() || turns.back()["role"] != "assistant") return;
    auto& last = turns.back()["content"].back();
    const auto words = last.find("text");
    if (words == last.end()) return;
    auto& text = words->get_ref<std::string&>();
    text.erase(text.find_last_not_of(" \t\r\n\v\f") + 1);
}

bool has_lost_thoughts(const json& turns) {
    if (turns.size() < 2 || turns.back()["role"] != "user") return false;
    if (!is_result(turns.back()["content"].front())) return false;
    return !is_thought(turns[turns.size() - 2]["content"].front());
}

}  // namespace sluice::upstream
