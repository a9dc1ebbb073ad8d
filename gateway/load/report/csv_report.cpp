#include "gateway/load/report/reports.hpp"

#include <array>
#include <string_view>

namespace sluice::gateway::load {

namespace {

// A typical row; a reallocation less for each doubling of a million rows.
constexpr std::size_t row_bytes = 160;

std::string_view word_of(verdict how) {
    switch (how) {
        case verdict::whole:
            return "whole";
        case verdict::failed:
            return "failed";
        case verdict::aborted:
            return "aborted";
        case verdict::unended:
            return "unended";
    }
    return "";
}

/// Empty where it did not happen.
void add_time(std::string& to, std::int64_t ns) {
    to += ',';
    if (ns >= 0) to += std::to_string(ns);
}

void add_row(std::string& to, const stream_record& stream) {
    to += std::to_string(stream.number);
    const std::array<std::int64_t, 9> times{
        stream.due_ns,
        stream.sent_ns,
        stream.first_byte_ns,
        stream.first_event_ns,
        stream.first_content_ns,
        stream.first_visible_ns,
        stream.last_content_ns,
        stream.done_ns,
        stream.longest_gap_ns,
    };
    for (const std::int64_t ns : times)
        add_time(to, ns);
    const std::array<std::uint64_t, 5> counts{
        stream.events,
        stream.input_tokens,
        stream.output_tokens,
        stream.reconnects,
        stream.status,
    };
    for (const std::uint64_t count : counts)
        to += "," + std::to_string(count);
    to += ',';
    to += word_of(stream.how);
    to += stream.met_objectives ? ",true\r\n" : ",false\r\n";
}

}  // namespace

std::string csv_report(const run_outcome& run) {
    std::string text =
        "number,due_ns,sent_ns,first_byte_ns,first_event_ns,first_content_ns,first_visible_ns,"
        "last_content_ns,done_ns,longest_gap_ns,events,input_tokens,output_tokens,reconnects,"
        "status,"
        "verdict,met_objectives\r\n";
    text.reserve(text.size() + run.seen.records.size() * row_bytes);
    for (const stream_record& stream : run.seen.records)
        add_row(text, stream);
    return text;
}

}  // namespace sluice::gateway::load
