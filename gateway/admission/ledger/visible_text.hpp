#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace sluice::gateway {

/// A text that names came in with, fit for a terminal: control characters, those that turn the
/// direction of writing or take no room, and bytes that are no UTF-8 become `\x1b` or `\u202e`.
/// Others stay as they are. Where `lines` is set, tabs and line ends stay too.
std::string visible(std::string_view text, bool lines = false);

/// Columns that a visible text takes on a terminal.
std::size_t width(std::string_view text);

/// The text, or as much of its beginning as fits, with an ellipsis behind it.
std::string fitted(std::string_view text, std::size_t columns_max);

}  // namespace sluice::gateway
