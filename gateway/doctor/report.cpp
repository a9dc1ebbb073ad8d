#include "gateway/doctor/report.hpp"

#include "gateway/doctor/pacing.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace sluice::gateway::doctor {

namespace {

using json = nlohmann::ordered_json;

std::string padded(std::string_view text, std::size_t columns) {
    std::string result(text);
    result.resize(std::max(columns, result.size()), ' ');
    return result;
}

std::string_view to_string(pace how) {
    switch (how) {
        case pace::one_by_one:
            return "one_by_one";
        case pace::bursts:
            return "bursts";
        case pace::at_the_end:
            return "at_the_end";
        case pace::nothing:
            break;
    }
    return "nothing";
}

std::string conclusion(const facts& found, const diagnosis& judged) {
    const auto fails_by = [&](trouble what) {
        return std::ranges::any_of(judged.findings, [&](const finding& each) {
            return each.how == level::fail && each.what == what;
        });
    };
    if (judged.well()) return "nothing between here and the gateway buffers";
    if (!found.is_gateway) return "no gateway was there to be examined";
    if (fails_by(trouble::buffering)) return "something between here and the gateway buffers";
    if (fails_by(trouble::compression)) return "something between here and the gateway compresses";
    return "something is wrong, see above";
}

std::string heading(const advice& each) {
    std::string text = "what to set in ";
    if (each.who == proxy::unknown)
        text = "what to look for, as nobody on the way gives a name";
    else
        text += doctor::to_string(each.who);
    return text.append(" (").append(doctor::to_string(each.what)).append("):");
}

void append_indented(std::string& text, std::string_view lines) {
    while (!lines.empty()) {
        const auto end = std::min(lines.find('\n'), lines.size());
        text.append("    ").append(lines.substr(0, end)).append("\n");
        lines.remove_prefix(std::min(end + 1, lines.size()));
    }
}

json measured(const stream_facts& seen) {
    const pacing came = judge_pace(seen);
    return {
        {"status", seen.answer.status},
        {"events", seen.pieces.size()},
        {"bytes", came.bytes},
        {"how", to_string(came.how)},
        {"late_ms", came.late_ms},
        {"bursts", came.bursts},
        {"burst_events", came.burst_events},
        {"burst_bytes", came.burst_bytes},
        {"silence_ms", came.silence_ms},
        {"compressed", seen.compressed}};
}

}  // namespace

std::string harmless(std::string_view text, std::size_t bytes_max) {
    std::string shown;
    for (const char c : text.substr(0, bytes_max))
        shown += c >= ' ' && c <= '~' ? c : '?';
    if (text.size() > bytes_max) shown += "...";
    return shown;
}

std::string text_report(const facts& found, const diagnosis& judged) {
    std::string text;
    for (const finding& each : judged.findings) {
        text += padded(doctor::to_string(each.how), 6) + padded(each.check, 11);
        text += harmless(each.says) + "\n";
    }
    for (const advice& each : judged.advices) {
        text += "\n" + heading(each) + "\n";
        append_indented(text, each.text);
    }
    return text + "\n" + harmless(found.url) + ": " + conclusion(found, judged) + "\n";
}

std::string json_report(const facts& found, const diagnosis& judged) {
    json report{{"url", harmless(found.url)}, {"ok", judged.well()}};
    report["version"] = found.version.empty() ? json(nullptr) : json(harmless(found.version));
    report["conclusion"] = conclusion(found, judged);
    report["proxies"] = json::array();
    for (const proxy who : judged.proxies)
        report["proxies"].push_back(doctor::to_string(who));
    report["findings"] = json::array();
    for (const finding& each : judged.findings) {
        json entry{
            {"level", doctor::to_string(each.how)},
            {"check", each.check},
            {"says", harmless(each.says)}};
        if (each.what) entry["trouble"] = doctor::to_string(*each.what);
        report["findings"].push_back(std::move(entry));
    }
    report["advice"] = json::array();
    for (const advice& each : judged.advices) {
        report["advice"].push_back(
            {{"proxy", doctor::to_string(each.who)},
             {"trouble", doctor::to_string(each.what)},
             {"text", each.text}}
        );
    }
    if (found.feed) report["live_feed"] = measured(*found.feed);
    if (found.stream) report["stream"] = measured(*found.stream);
    if (found.old_stream) report["http1_stream"] = measured(*found.old_stream);
    return report.dump(2) + "\n";
}

}  // namespace sluice::gateway::doctor
