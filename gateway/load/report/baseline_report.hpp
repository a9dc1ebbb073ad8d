#pragma once

#include "gateway/load/report/histogram.hpp"
#include "gateway/load/report/metric.hpp"

#include <boost/system/result.hpp>

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace sluice::gateway::load {

/// What a comparison needs of another run's JSON report. Its texts are as foreign as the file is.
struct baseline_report {
    std::string version;
    std::string began;
    std::string dialect;
    std::string load;
    std::string work;
    std::string objectives;
    std::string content;  ///< "intact", "broken" or "unchecked"
    bool valid = true;
    bool missed_objectives = false;
    std::uint64_t due = 0;
    std::uint64_t started = 0;
    std::uint64_t failed = 0;
    std::map<std::string, double> rates;
    std::map<std::string, std::uint64_t> errors;
    std::array<histogram, metric_count> times;
};

/// An error is a sentence that names what is wrong with the report.
boost::system::result<baseline_report, std::string> read_baseline(std::string_view json);

}  // namespace sluice::gateway::load
