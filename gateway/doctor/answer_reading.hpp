#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace sluice::gateway::doctor {

/// What GET v1/models says.
struct model_list {
    std::string mock;  ///< the first of a provider named `mock`; empty: there is none
};

/// Reads a stranger's answer as a list of models. Nothing: it is none.
std::optional<model_list> read_models(std::string_view body);

/// Whether a poll says that its stream has ended. Nothing: it does not say.
std::optional<bool> read_done(std::string_view body);

}  // namespace sluice::gateway::doctor
