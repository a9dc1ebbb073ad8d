#pragma once

#include "gateway/doctor/findings.hpp"

#include <string>
#include <string_view>

namespace sluice::gateway::doctor {

/// What others sent, fit for a terminal: printable ASCII, and no more than so many bytes of it.
std::string harmless(std::string_view text, std::size_t bytes_max = 400);

/// For people.
std::string text_report(const facts& found, const diagnosis& judged);

/// For programs.
std::string json_report(const facts& found, const diagnosis& judged);

}  // namespace sluice::gateway::doctor
