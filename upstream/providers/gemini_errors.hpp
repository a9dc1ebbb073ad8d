#pragma once

#include "upstream/providers/provider_errors.hpp"

#include <string_view>

namespace sluice::upstream {

/// An unsuccessful answer of Google's: besides what all providers say, how long to wait
/// (`RetryInfo`), a wrong key under status 400, and the status by its name.
failure refused_by_gemini(
    const provider_errors& errors, int status, const header_list& headers, std::string_view body
);

}  // namespace sluice::upstream
