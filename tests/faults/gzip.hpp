#pragma once

#include <string>

namespace sluice::faults {

/// Compressed, as `Content-Encoding: gzip` has it.
std::string gzip(const std::string& bytes);

}  // namespace sluice::faults
