#pragma once

#include <cstdint>
#include <string_view>

namespace sluice::gateway {

/// How many tokens the texts of a JSON body are about: one for four bytes. What is encoded in
/// base64 (a picture, a recording, a file) is no text and counts 85, however large it is. Pure; any
/// bytes.
std::int64_t estimated_tokens(std::string_view body);

}  // namespace sluice::gateway
