#pragma once

#include "tests/end_to_end/support/http.hpp"

#include <string>
#include <vector>

namespace sluice::end_to_end {

/// A request in one of the client dialects.
struct dialect_request {
    std::string name;
    request message;
};

/// The same prompt in every client dialect, streamed and not, to a model of that name.
std::vector<dialect_request> in_every_dialect(const std::string& prompt, const std::string& model);

}  // namespace sluice::end_to_end
