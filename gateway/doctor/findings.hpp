#pragma once

#include "gateway/doctor/facts.hpp"
#include "gateway/doctor/proxies.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::gateway::doctor {

enum class level { ok, warn, fail };
std::string_view to_string(level how);

/// One thing that was looked at.
struct finding {
    level how = level::ok;
    std::string_view check;
    std::string says;             ///< with what others sent in it as it came
    std::optional<trouble> what;  ///< there may be something to set against it
};

/// What somebody on the way may set.
struct advice {
    proxy who = proxy::unknown;
    trouble what = trouble::buffering;
    std::string_view text;
};

struct diagnosis {
    std::vector<finding> findings;
    std::vector<proxy> proxies;
    std::vector<advice> advices;  ///< in the order of the findings, each once

    /// Nothing failed.
    bool well() const;
};

/// What the facts come to. Pure.
diagnosis judge(const facts& found);

}  // namespace sluice::gateway::doctor
