#pragma once

#include "upstream/generation.hpp"

#include <optional>
#include <string>

namespace sluice::upstream::mock {

/// What a call asks that gives the beginning of its own answer.
struct begun_answer {
    call asked;             ///< without that beginning, and without a body
    std::string beginning;  ///< UTF-8
};

/// Nothing: the call is not `prefilled`, or its last message is more than an assistant's text.
std::optional<begun_answer> take_prefill(const call& call);

}  // namespace sluice::upstream::mock
