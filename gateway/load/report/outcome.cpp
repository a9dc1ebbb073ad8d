#include "gateway/load/report/outcome.hpp"

namespace sluice::gateway::load {

double run_outcome::goodput() const {
    return duration_s > 0 ? static_cast<double>(seen.met_objectives) / duration_s : 0;
}

double run_outcome::good_share() const {
    if (seen.due <= seen.aborted) return 1;
    return static_cast<double>(seen.met_objectives) / static_cast<double>(seen.due - seen.aborted);
}

}  // namespace sluice::gateway::load
