#pragma once

#include <optional>
#include <string_view>

namespace sluice::gateway {

/// What is to be known of a chat completions body that goes up as it came.
struct chat_outline {
    std::string_view model;  ///< a part of the body; holds no escapes
    bool stream = false;
    bool include_usage = false;

    bool operator==(const chat_outline&) const = default;
};

/// Looks through a body once, without building a tree of it. Nothing, unless it is beyond doubt
/// that the body is one JSON object in UTF-8, with each top-level key once, a model and messages:
/// `decode` then has to read it, and says what is wrong. The meaning of all else is the provider's
/// to judge.
std::optional<chat_outline> outline_chat(std::string_view body);

}  // namespace sluice::gateway
