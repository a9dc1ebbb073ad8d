#pragma once

#include "upstream/providers/codec.hpp"

#include <chrono>
#include <memory>

namespace sluice::upstream {

/// The codec of AWS Bedrock's ConverseStream. `now` is when its request is signed.
std::unique_ptr<codec> make_bedrock_codec(std::chrono::system_clock::time_point now);

}  // namespace sluice::upstream
