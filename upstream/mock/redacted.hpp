#pragma once

#include "upstream/generation.hpp"

#include <string>
#include <string_view>
#include <vector>

/// What of a request and its answer may be written down. Everything that is not known to be
/// harmless counts as a credential.
namespace sluice::upstream {

/// The headers with the values of all but the harmless ones replaced by `***`.
header_list redacted(const header_list& headers);
/// The same of "name: value" lines.
header_list redacted(const std::vector<std::string>& lines);

/// A URL without user, password and fragment; values of its query but for the harmless ones are
/// `***`.
std::string redacted_url(std::string_view url);

}  // namespace sluice::upstream
