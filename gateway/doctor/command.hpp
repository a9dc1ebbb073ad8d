#pragma once

#include <string>

namespace CLI {
class App;
}

namespace sluice::gateway::doctor {

/// What `sluice doctor` was asked for, as it was written.
struct doctor_options {
    std::string url = {};
    std::string watch = "5s";
    std::string model = {};
    std::string key_env = {};
    std::string ca_file = {};
    std::string idle = {};
    bool json = false;
};

/// Declares the arguments of `sluice doctor`.
void declare(CLI::App& command, doctor_options& into);

/// Looks at the way to a gateway and prints what it found. Returns the process's exit code: 0 all
/// well, 1 something buffers, is wrong or cannot be reached, 2 the options are at fault; then a
/// line on standard error says what.
int run_doctor(const doctor_options& options);

}  // namespace sluice::gateway::doctor
