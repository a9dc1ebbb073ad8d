#include "upstream/providers/make_codec.hpp"
#include "upstream/routing/attempts.hpp"

#include <algorithm>

/// What is told of each attempt to those who watch: the part of `attempts` that decides nothing.
namespace sluice::upstream {

namespace {

/// What is longer is no word that anybody knows.
constexpr std::size_t error_type_bytes_max = 100;

void set_header(header_list& headers, std::string_view name, std::string value) {
    std::erase_if(headers, [&](const auto& header) { return header.first == name; });
    headers.emplace_back(name, std::move(value));
}

}  // namespace

/// The provider is told of the attempt's own span, whoever else it belongs to.
void attempts::open_record(lane& begun, upstream::call& call) {
    const auto& target = begun.target();
    begun.number = head_.trail.size();
    auto& record = head_.trail.emplace_back();
    record.provider = target.provider->settings.name;
    record.vendor = vendor_of(target.provider->settings);
    record.model = target.model;
    record.named_by_client = target.named_by_client;
    record.began = begun.began();
    if (!call.trace) return;
    const auto number = static_cast<int>(begun.number);
    record.span = call.trace->span_of(number);
    set_header(call.headers, "traceparent", call.trace->header_of(number));
}

void attempts::close_record(const lane& ended, std::string_view outcome) {
    auto& record = record_of(ended);
    record.ended = clock::now();
    record.outcome = outcome;
    record.status = ended.head().status;
    record.request_id = ended.head().request_id;
}

void attempts::close_record(const lane& ended, const failure& reason) {
    const bool skipped = reason.remedy == remedy::skip;
    close_record(ended, skipped ? "skipped" : to_string(reason.outcome));
    record_of(ended).error_type = reason.type.substr(0, error_type_bytes_max);
}

}  // namespace sluice::upstream
