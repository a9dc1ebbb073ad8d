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
    struct entry {
        std::string name;          ///< may end in `*`
        std::string target_model;  ///< `*` in it receives what the name's `*` matched
    };
    struct match {
        std::size_t index = 0;  ///< of the entry
        std::string model;      ///< what the target is asked for
    };

    explicit route_table(std::vector<entry> entries) : entries_(std::move(entries)) {}

    std::optional<match> find(std::string_view model) const;

 private:
    std::vector<entry> entries_;
};

}  // namespace sluice::upstream
