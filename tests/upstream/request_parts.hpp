#pragma once

#include "upstream/generation.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// Makes requests for tests in few words.
namespace sluice::upstream::testing {

/// A request with what `set` sets.
template <class Set>
request with(Set set) {
    request wanted;
    set(wanted);
    return wanted;
}

inline message message_of(role who, std::vector<content_part> content) {
    message result;
    result.role = who;
    result.content = std::move(content);
    return result;
}

inline message said(role who, std::string_view text) {
    return message_of(who, {text_part{std::string(text)}});
}

inline message called(std::vector<content_part> content, tool_call call) {
    auto result = message_of(role::assistant, std::move(content));
    result.tool_calls.push_back(std::move(call));
    return result;
}

inline message tool_result(std::string_view call_id, std::string_view text) {
    auto result = said(role::tool, text);
    result.tool_call_id = call_id;
    return result;
}

inline reasoning_wish wish_of_effort(std::string_view effort) {
    reasoning_wish wish;
    wish.effort = effort;
    return wish;
}

inline reasoning_wish wish_of_budget(std::int64_t tokens) {
    reasoning_wish wish;
    wish.budget = tokens;
    return wish;
}

}  // namespace sluice::upstream::testing
