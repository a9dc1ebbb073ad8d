#pragma once

#include "upstream/generation.hpp"

#include <string>
#include <string_view>

namespace sluice::upstream {

/// What a provider's error means to the client, and to whoever looks for another target.
struct error_kind {
    int status = 502;
    std::string type = "upstream_error";
    bool retryable = false;
    upstream::remedy remedy = remedy::elsewhere;
    bool keeps_type = false;  ///< the fault is the client's: the provider's own type helps more
    bool about_key = false;   ///< the key is refused, or the money behind it is spent
};

/// The table of statuses: what was the client's fault keeps its status, what was the provider's or
/// the gateway's becomes a 5xx. `code`, `type` and `message` are the provider's own words.
error_kind error_kind_of(
    int provider_status, std::string_view code, std::string_view type, std::string_view message
);

/// The status that an error's own words stand for, for errors that come under status 200.
int status_in_words(std::string_view code, std::string_view type);

}  // namespace sluice::upstream
