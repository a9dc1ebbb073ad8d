#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::upstream {

/// Finds the route of a model name. A name that is configured in full wins; else the longest
/// pattern with a trailing `*` that matches.
class route_table {
 public:
    struct match {
        std::size_t index = 0;  ///< of the route
        std::string_view rest;  ///< what its `*` matched, in the model's name; else empty
    };

    /// The routes' names, which may end in `*`.
    explicit route_table(std::vector<std::string> names) : names_(std::move(names)) {}

    std::optional<match> find(std::string_view model) const;

 private:
    std::vector<std::string> names_;
};

/// A target's model, whose `*` receives what the route's matched.
std::string fill_wildcard(std::string_view target, std::string_view rest);

}  // namespace sluice::upstream
