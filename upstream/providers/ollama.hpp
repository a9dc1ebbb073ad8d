#pragma once

#include "upstream/providers/codec.hpp"

#include <memory>

namespace sluice::upstream {

/// The codec of Ollama's own API.
std::unique_ptr<codec> make_ollama_codec();

}  // namespace sluice::upstream
