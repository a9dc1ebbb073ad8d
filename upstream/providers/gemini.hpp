#pragma once

#include "upstream/providers/codec.hpp"

#include <memory>

namespace sluice::upstream {

/// The codec of Google's generateContent and streamGenerateContent.
std::unique_ptr<codec> make_gemini_codec();

}  // namespace sluice::upstream
