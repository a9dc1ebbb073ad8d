#pragma once

#include "gateway/load/load_options.hpp"

#include <string>

namespace sluice::gateway::load {

/// `sluice load`: runs what the options say and tells what came of it on standard output and in the
/// files that were asked for; errors go to standard error. The result is the exit code: 0 all well,
/// 1 failure or broken content, 2 usage, 3 an objective or the baseline missed, 4 invalid run.
int run_load(
    const load_options& given, const std::string& version, const std::string& command_line
);

}  // namespace sluice::gateway::load
