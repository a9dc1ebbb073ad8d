#pragma once

#include "upstream/generation.hpp"

#include <string>
#include <utility>

namespace sluice::gateway {

/// A request that the gateway itself turns away.
inline upstream::failure refusal(
    int status, std::string type, std::string message, std::string code = {}
) {
    upstream::failure reason;
    reason.outcome = upstream::outcome::rejected;
    reason.status = status;
    reason.type = std::move(type);
    reason.message = std::move(message);
    reason.code = std::move(code);
    return reason;
}

inline upstream::failure unknown_model(const std::string& model) {
    auto reason = refusal(
        404, "not_found_error", "no model '" + model + "' is configured here", "model_not_found"
    );
    reason.param = "model";
    return reason;
}

}  // namespace sluice::gateway
