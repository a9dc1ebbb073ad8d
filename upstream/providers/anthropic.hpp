#pragma once

#include "upstream/providers/codec.hpp"

#include <memory>

namespace sluice::upstream {

/// The codec of Anthropic's Messages API, and its count of tokens.
std::unique_ptr<codec> make_anthropic_codec();

}  // namespace sluice::upstream
