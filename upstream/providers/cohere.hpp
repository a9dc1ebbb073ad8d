#pragma once

#include "upstream/providers/codec.hpp"

#include <memory>

namespace sluice::upstream {

/// The codec of Cohere's chat, version 2.
std::unique_ptr<codec> make_cohere_codec();

}  // namespace sluice::upstream
