#include "gateway/load/report/objectives.hpp"

#include "gateway/config/nearest.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <optional>
#include <utility>

namespace sluice::gateway::load {

namespace {

using subject = objectives::subject;

constexpr std::array<std::pair<std::string_view, subject>, 6> subjects{{
    {"ttfb", subject::ttfb},
    {"ttft", subject::ttft},
    {"ttft_visible", subject::ttft_visible},
    {"gap", subject::gap},
    {"tpot", subject::tpot},
    {"e2e", subject::e2e},
}};

constexpr std::array<std::pair<std::string_view, double>, 5> units{{
    {"ns", 1.0},
    {"us", 1e3},
    {"ms", 1e6},
    {"s", 1e9},
    {"m", 60e9},
}};

// A day: no stream is meant to last longer, and the sums stay far from their limits.
constexpr double limit_ns_max = 24 * 3600e9;

std::string quoted(std::string_view text) {
    // What is longer says no more about the mistake.
    constexpr std::size_t bytes_max = 80;
    return "'" + std::string(text.substr(0, bytes_max)) + "'";
}

std::string no_duration(std::string_view name, std::string_view text) {
    return "the objective " + std::string(name) +
           " needs a time such as 500ms, 1.5s or 80us, not " + quoted(text);
}

/// Nanoseconds; nothing: it is no number with a unit.
std::optional<double> duration_of(std::string_view text) {
    double number = 0;
    const char* const end = text.data() + text.size();
    const auto read = std::from_chars(text.data(), end, number, std::chars_format::fixed);
    if (read.ec != std::errc() || !std::isfinite(number)) return {};
    const std::string_view unit(read.ptr, static_cast<std::size_t>(end - read.ptr));
    const auto* const row =
        std::find_if(units.begin(), units.end(), [&](const auto& u) { return u.first == unit; });
    if (row == units.end()) return {};
    return number * row->second;
}

std::string unknown(std::string_view name) {
    std::vector<std::string_view> names;
    for (const auto& row : subjects)
        names.push_back(row.first);
    return "there is no objective named " + quoted(name) + did_you_mean(name, names) +
           "; there are ttfb, ttft, ttft_visible, gap, tpot and e2e";
}

/// Adds what `piece` says to `limits`; the sentence that tells what is wrong, or empty.
std::string mistake_of(std::string_view piece, std::vector<objectives::limit>& limits) {
    const std::size_t equals = piece.find('=');
    if (equals == piece.npos)
        return "an objective is a name and a time, such as ttft=500ms, not " + quoted(piece);
    const std::string_view name = piece.substr(0, equals);
    const auto* const row =
        std::find_if(subjects.begin(), subjects.end(), [&](auto& s) { return s.first == name; });
    if (row == subjects.end()) return unknown(name);
    const bool again =
        std::any_of(limits.begin(), limits.end(), [&](auto& l) { return l.what == row->second; });
    if (again) return "the objective " + std::string(name) + " is given twice";
    const std::string_view value = piece.substr(equals + 1);
    const auto ns = duration_of(value);
    if (!ns) return no_duration(name, value);
    if (*ns < 1) return "the objective " + std::string(name) + " must be above zero";
    if (*ns > limit_ns_max) return "the objective " + std::string(name) + " is above 24 hours";
    limits.push_back({row->second, std::llround(*ns)});
    return {};
}

bool within(std::int64_t from_ns, std::int64_t to_ns, std::int64_t at_most_ns) {
    return from_ns >= 0 && to_ns >= 0 && to_ns - from_ns <= at_most_ns;
}

/// Streams of one token or none have no time per token.
bool within_per_token(const stream_record& stream, std::int64_t at_most_ns) {
    if (stream.output_tokens < 2 || stream.first_content_ns < 0) return true;
    const auto decoding = static_cast<double>(stream.last_content_ns - stream.first_content_ns);
    return decoding <= static_cast<double>(at_most_ns) * (stream.output_tokens - 1.0);
}

bool kept(const objectives::limit& limit, const stream_record& stream) {
    switch (limit.what) {
        case subject::ttfb:
            return within(stream.due_ns, stream.first_byte_ns, limit.at_most_ns);
        case subject::ttft:
            return within(stream.due_ns, stream.first_content_ns, limit.at_most_ns);
        case subject::ttft_visible:
            return within(stream.due_ns, stream.first_visible_ns, limit.at_most_ns);
        case subject::gap:
            return stream.longest_gap_ns <= limit.at_most_ns;
        case subject::tpot:
            return within_per_token(stream, limit.at_most_ns);
        case subject::e2e:
            return within(stream.due_ns, stream.done_ns, limit.at_most_ns);
    }
    return false;
}

}  // namespace

bool objectives::met_by(const stream_record& stream) const {
    return stream.how == verdict::whole &&
           std::all_of(limits_.begin(), limits_.end(), [&](auto& l) { return kept(l, stream); });
}

boost::system::result<objectives, std::string> parse_objectives(std::string_view text) {
    objectives made;
    for (const char c : text) {
        if (c != ' ') made.text_ += c;
    }
    std::string_view left = made.text_;
    if (left.empty()) return std::string("no objective is given; one is such as ttft=500ms");
    for (bool more = true; more;) {
        const std::size_t comma = left.find(',');
        std::string mistake = mistake_of(left.substr(0, comma), made.limits_);
        if (!mistake.empty()) return mistake;
        more = comma != left.npos;
        if (more) left.remove_prefix(comma + 1);
    }
    return made;
}

}  // namespace sluice::gateway::load
