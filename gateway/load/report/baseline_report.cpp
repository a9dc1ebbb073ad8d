#include "gateway/load/report/baseline_report.hpp"

#include "gateway/load/report/report_document.hpp"

#include <utility>

namespace sluice::gateway::load {

namespace {

using nlohmann::json;

/// Reads fields one after another and remembers the first that is not as it should be.
class reader {
 public:
    explicit reader(const json& document) : document_(document) {}

    std::string text(const char* path) {
        const json* const value = at(path);
        if (value != nullptr && value->is_string()) return value->get<std::string>();
        return miss(path, "text"), std::string();
    }
    bool flag(const char* path) {
        const json* const value = at(path);
        if (value != nullptr && value->is_boolean()) return value->get<bool>();
        return miss(path, "true or false"), false;
    }
    std::uint64_t count(const char* path) {
        const json* const value = at(path);
        if (value != nullptr && value->is_number_unsigned()) return value->get<std::uint64_t>();
        return miss(path, "a count"), 0;
    }
    const json* part(const char* path, json::value_t type) {
        const json* const value = at(path);
        if (value != nullptr && value->type() == type) return value;
        miss(path, type == json::value_t::array ? "a list" : "an object");
        return nullptr;
    }
    void miss(const std::string& path, std::string_view wanted) {
        if (mistake_.empty())
            mistake_ = "the baseline's " + path.substr(1) + " is not " + std::string(wanted);
    }
    const std::string& mistake() const { return mistake_; }

 private:
    const json* at(const char* path) const {
        const json::json_pointer pointer(path);
        return document_.contains(pointer) ? &document_.at(pointer) : nullptr;
    }

    const json& document_;
    std::string mistake_;
};

std::string mistake_of_format(const json& document) {
    const bool ours = document.is_object() && document.contains("format") &&
                      document["format"] == report_format && document.contains("format_version");
    if (!ours) return "the baseline is no JSON report of a load run";
    if (document["format_version"] != report_format_version)
        return "the baseline has version " +
               document["format_version"].dump(-1, ' ', false, json::error_handler_t::replace) +
               " of the report format; this version of Sluice reads " +
               std::to_string(report_format_version);
    return {};
}

void read_rates(reader& from, baseline_report& into) {
    const json* const rates = from.part("/rates", json::value_t::object);
    if (rates == nullptr) return;
    for (const auto& [name, rate] : rates->items()) {
        if (!rate.is_number()) return from.miss("/rates/" + name, "a number");
        into.rates[name] = rate.get<double>();
    }
}

void read_errors(reader& from, baseline_report& into) {
    const json* const errors = from.part("/errors", json::value_t::array);
    if (errors == nullptr) return;
    for (const json& row : *errors) {
        const bool known = row.is_object() && row.contains("kind") && row["kind"].is_string() &&
                           row.contains("count") && row["count"].is_number_unsigned();
        if (!known) return from.miss("/errors", "a list of kinds and counts");
        into.errors[row["kind"].get<std::string>()] += row["count"].get<std::uint64_t>();
    }
}

/// A metric that the report does not know yet has no samples.
void read_times(reader& from, baseline_report& into) {
    const json* const times = from.part("/times", json::value_t::object);
    if (times == nullptr) return;
    for (const metric_row& row : metric_rows()) {
        const std::string key(row.key);
        if (!times->contains(key)) continue;
        const json& one = (*times)[key];
        const std::string path = "/times/" + key + "/hdr";
        if (!one.is_object() || !one.contains("hdr") || !one["hdr"].is_string())
            return from.miss(path, "a histogram in base64");
        auto read = histogram::from_hdr_base64(one["hdr"].get_ref<const std::string&>());
        if (!read) return from.miss(path, "a histogram: " + read.error());
        if (one.contains("max_ns") && one["max_ns"].is_number_unsigned())
            read->know_max(one["max_ns"].get<std::int64_t>());
        into.times[static_cast<std::size_t>(row.what)] = std::move(*read);
    }
}

}  // namespace

boost::system::result<baseline_report, std::string> read_baseline(std::string_view text) {
    const json document = json::parse(text, nullptr, false);
    if (document.is_discarded()) return std::string("the baseline is no JSON");
    if (std::string mistake = mistake_of_format(document); !mistake.empty()) return mistake;
    reader from(document);
    baseline_report made;
    made.version = from.text("/sluice");
    made.began = from.text("/run/began");
    made.dialect = from.text("/run/dialect");
    made.load = from.text("/run/load");
    made.work = from.text("/run/work");
    made.objectives = from.text("/verdict/objectives");
    made.content = from.text("/verdict/content");
    made.valid = from.flag("/verdict/valid");
    made.missed_objectives = !made.objectives.empty() && !from.flag("/verdict/objectives_met");
    made.due = from.count("/streams/due");
    made.started = from.count("/streams/started");
    made.failed = from.count("/streams/failed");
    read_rates(from, made);
    read_errors(from, made);
    read_times(from, made);
    if (!from.mistake().empty()) return from.mistake();
    return made;
}

}  // namespace sluice::gateway::load
