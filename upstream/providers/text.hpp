#pragma once

#include <cstddef>
#include <string>
#include <string_view>

/// Small helpers for text that a provider sent.
namespace sluice::upstream {

/// Makes JSON text readable for a strict parser: bytes that are no UTF-8 and escaped surrogates
/// that stand alone (an emoji cut in two between chunks) become U+FFFD.
std::string repair_json(std::string_view text);

/// Fit to be shown to people and to be written as JSON: valid UTF-8 without control characters,
/// white space folded to single spaces, cut at `bytes_max`.
std::string clean_text(std::string_view text, std::size_t bytes_max);

std::string lower_case(std::string_view text);
std::string_view trim(std::string_view text);

}  // namespace sluice::upstream
