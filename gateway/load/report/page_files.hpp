#pragma once

#include <string_view>

/// The parts of the HTML report, built into the binary from `page/`. Views last as long as the
/// program.
namespace sluice::gateway::load {

/// The document, with `%CSP%`, `%STYLE%`, `%SCRIPT%` and `%RUN%` where those belong.
std::string_view report_page();
std::string_view report_style();
std::string_view report_script();

}  // namespace sluice::gateway::load
