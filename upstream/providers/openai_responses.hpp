#pragma once

#include "upstream/providers/codec.hpp"

#include <memory>

namespace sluice::upstream {

/// The codec of OpenAI's Responses API, transparent and translated.
std::unique_ptr<codec> make_openai_responses_codec();

}  // namespace sluice::upstream
