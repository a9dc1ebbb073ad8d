#pragma once

#include "gateway/load/report/figures.hpp"
#include "gateway/load/report/objectives.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// A client that is late, out of processor time or out of sockets measures itself. Its figures are
/// then not the server's, and the run is invalid.
namespace sluice::gateway::load {

/// What the client had to go with.
struct client_means {
    unsigned workers = 1;   ///< threads; each can use one core
    double cores = 1;       ///< that the process may use
    double duration_s = 0;  ///< of the run; 0: its processor time is not judged
};

/// Why the client was the bottleneck: sentences with figures. Empty: it was not. Pure.
std::vector<std::string> client_bottlenecks(
    const figures& seen, const objectives& wanted, const client_means& means
);

/// So late may the 99th percentile of starts be: 10 ms, or a twentieth of what is measured where
/// that is more. Pure.
std::int64_t schedule_lag_limit_ns(const figures& seen, const objectives& wanted);

/// The kind of an error that the client's own machine makes, for figures::errors: "out of local
/// ports". Nothing: it may be the server's. `error` is of
/// socket() or connect(), or of bind() to an address that `try_to_bind` found good.
std::optional<std::string_view> own_error_kind(int error);

/// What makes a run invalid: a paragraph of lines for `--help`.
std::string self_check_help();

}  // namespace sluice::gateway::load
