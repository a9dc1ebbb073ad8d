#pragma once

#include <nlohmann/json.hpp>

#include <string>

/// What the end of an answer says of how it was made: `"continued": n`, where other attempts had to
/// go on with it n times. Answers that one attempt gave say nothing of it.
namespace sluice::gateway {

inline void mark_continued(nlohmann::ordered_json& object, int times) {
    if (times > 0) object["continued"] = times;
}

/// The same as the text of a member behind others; empty: nothing is to be said.
inline std::string continued_member(int times) {
    return times > 0 ? ",\"continued\":" + std::to_string(times) : std::string();
}

}  // namespace sluice::gateway
