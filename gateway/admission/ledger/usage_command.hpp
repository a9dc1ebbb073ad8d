#pragma once

#include <iosfwd>
#include <string>

namespace CLI {
class App;
}

namespace sluice::gateway {

/// What `sluice usage` was asked for, as it was written. Either `config` or `ledger` is needed;
/// other empty texts stand for: all.
struct usage_options {
    std::string config = {};  ///< whose `ledger` is read
    std::string ledger = {};  ///< or the file itself
    std::string by = "key,model,day";
    std::string since = {};
    std::string until = {};  ///< not included
    std::string key = {};
    std::string model = {};
    std::string format = "table";  ///< or json, csv
};

/// Declares the options of `sluice usage`.
void declare(CLI::App& command, usage_options& into);

/// Prints what was used, from the ledger, which a gateway may be writing. Returns the process's
/// exit code: 2 where the options are at fault, 1 where something else is; then a line on standard
/// error says what, and nothing is printed.
int run_usage(const usage_options& options);

/// The same, into streams.
int run_usage(const usage_options& options, std::ostream& out, std::ostream& err);

}  // namespace sluice::gateway
