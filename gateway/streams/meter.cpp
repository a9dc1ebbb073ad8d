#include "gateway/streams/meter.hpp"

#include <variant>

namespace sluice::gateway {

namespace {

/// Whether an item is about one token of output. A finish is content, but no token.
bool is_token(const upstream::item& item) {
    if (const auto* part = std::get_if<upstream::verbatim>(&item)) return part->content;
    return std::holds_alternative<upstream::text_delta>(item) ||
           std::holds_alternative<upstream::reasoning_delta>(item) ||
           std::holds_alternative<upstream::refusal_delta>(item) ||
           std::holds_alternative<upstream::tool_call_delta>(item) ||
           std::holds_alternative<upstream::media_delta>(item);
}

}  // namespace

void meter::see(const upstream::batch& batch, clock::time_point now) {
    for (const auto& item : batch.items) {
        if (is_token(item)) {
            ++content_items_;
            if (!first_content_) first_content_ = now;
        } else if (const auto* report = std::get_if<upstream::usage>(&item)) {
            usage_ = *report;
        }
    }
}

upstream::usage meter::usage() const {
    auto usage = usage_;
    if (!usage.output_tokens) usage.output_tokens = content_items_;
    return usage;
}

}  // namespace sluice::gateway
