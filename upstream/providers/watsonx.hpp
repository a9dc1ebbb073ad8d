#pragma once

#include "upstream/providers/codec.hpp"

#include <memory>

namespace sluice::upstream {

/// The codec of IBM watsonx.ai's text chat.
std::unique_ptr<codec> make_watsonx_codec();

}  // namespace sluice::upstream
