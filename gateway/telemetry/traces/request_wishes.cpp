#include "gateway/telemetry/traces/request_wishes.hpp"

#include "upstream/json_members.hpp"

#include <charconv>

namespace sluice::gateway {

namespace {

template <class Number>
void read(std::string_view value, std::optional<Number>& out) {
    Number number{};
    const auto* const end = value.data() + value.size();
    const auto done = std::from_chars(value.data(), end, number);
    if (done.ec == std::errc{} && done.ptr == end) out = number;
}

void add_stop(std::vector<std::string>& stops, std::string_view text) {
    if (stops.size() == request_wishes::stops_max) return;
    stops.emplace_back(text.substr(0, request_wishes::stop_bytes_max));
}

bool is_string(std::string_view value) {
    return value.size() >= 2 && value.front() == '"' && value.back() == '"';
}

std::string string_in(std::string_view value) {
    return upstream::unescape_json(value.substr(1, value.size() - 2));
}

void read_stops(std::string_view value, std::vector<std::string>& out) {
    if (is_string(value)) return add_stop(out, string_in(value));
    if (!value.starts_with('[')) return;
    upstream::json_walker stops(value);
    while (out.size() < request_wishes::stops_max && stops.next()) {
        if (is_string(stops.value())) add_stop(out, string_in(stops.value()));
    }
}

void read_member(const upstream::json_walker& member, request_wishes& out) {
    const auto key = member.raw_key();
    const auto value = member.value();
    if (key == "max_tokens" || key == "max_completion_tokens") return read(value, out.max_tokens);
    if (key == "temperature") return read(value, out.temperature);
    if (key == "top_p") return read(value, out.top_p);
    if (key == "top_k") return read(value, out.top_k);
    if (key == "seed") return read(value, out.seed);
    if (key == "frequency_penalty") return read(value, out.frequency_penalty);
    if (key == "presence_penalty") return read(value, out.presence_penalty);
    if (key == "n") return read(value, out.choices);
    if (key == "stop" || key == "stop_sequences") return read_stops(value, out.stop);
}

/// One is what everybody asks for.
void settle_choices(request_wishes& wishes) {
    if (wishes.choices && *wishes.choices <= 1) wishes.choices.reset();
}

}  // namespace

request_wishes wishes_of(const upstream::request& decoded) {
    request_wishes wishes;
    wishes.max_tokens = decoded.max_tokens;
    wishes.temperature = decoded.temperature;
    wishes.top_p = decoded.top_p;
    wishes.top_k = decoded.top_k;
    wishes.seed = decoded.seed;
    wishes.frequency_penalty = decoded.frequency_penalty;
    wishes.presence_penalty = decoded.presence_penalty;
    wishes.choices = decoded.choices;
    for (const auto& stop : decoded.stop)
        add_stop(wishes.stop, stop);
    settle_choices(wishes);
    return wishes;
}

request_wishes wishes_in(std::string_view body) {
    request_wishes wishes;
    upstream::json_walker members(body);
    while (members.next())
        read_member(members, wishes);
    settle_choices(wishes);
    return wishes;
}

}  // namespace sluice::gateway
