#pragma once

#include "gateway/load/report/outcome.hpp"

#include <boost/system/result.hpp>

#include <string>
#include <string_view>
#include <vector>

/// What a run is told as. Pure: values in, text out.
namespace sluice::gateway::load {

/// One screen for a terminal or a pipe. `colour`: the verdict in a terminal's colours.
std::string text_report(const run_outcome& run, bool colour = false);

/// The whole of it, histograms included (HdrHistogram V2, base64, mergeable), but single streams.
/// Its format has a version number.
std::string json_report(const run_outcome& run);

/// One row for each stream that was kept.
std::string csv_report(const run_outcome& run);

/// One page that needs nothing else: no script or picture from anywhere. Light and dark.
std::string html_report(const run_outcome& run);

/// Two runs side by side.
struct comparison {
    std::string text;                      ///< a table for a terminal
    std::vector<std::string> regressions;  ///< a sentence for each figure that got worse
};

/// Against the JSON report of another run. Worse is what is worse by more than `tolerance` (0.1: a
/// tenth) and by more than noise can explain. An error is a sentence.
boost::system::result<comparison, std::string> compare_with(
    std::string_view baseline_json, const run_outcome& run, double tolerance
);

}  // namespace sluice::gateway::load
