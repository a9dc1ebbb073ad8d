#include "gateway/load/report/report_document.hpp"
#include "gateway/load/report/reports.hpp"

#include <utility>

namespace sluice::gateway::load {

namespace {

using nlohmann::ordered_json;

/// One array for each figure, one entry for each second.
ordered_json seconds_part(const std::vector<interval>& seconds) {
    const auto series = [&](auto interval::*field) {
        ordered_json values = ordered_json::array();
        for (const interval& second : seconds)
            values.push_back(second.*field);
        return values;
    };
    return {
        {"due", series(&interval::due)},
        {"started", series(&interval::started)},
        {"ended", series(&interval::ended)},
        {"errors", series(&interval::errors)},
        {"live", series(&interval::live)},
        {"events", series(&interval::events)},
        {"bytes", series(&interval::bytes)},
    };
}

}  // namespace

std::string json_report(const run_outcome& run) {
    ordered_json document = document_of(run);
    for (const metric_row& row : metric_rows()) {
        const histogram& times = run.seen.of(row.what);
        document["times"][std::string(row.key)]["hdr"] = times.hdr_base64();
    }
    document["seconds"] = seconds_part(run.seen.seconds);
    return json_text(document, -1) + "\n";
}

}  // namespace sluice::gateway::load
