#include "gateway/streams/meter.hpp"

#include <utility>
#include <variant>

namespace sluice::gateway {

namespace {

template <class Delta>
bool holds_text(const upstream::item& item) {
    const auto* part = std::get_if<Delta>(&item);
    return part && !part->text.empty();
}

/// Whether an item is about one token of output. A finish is content, but no token.
bool is_token(const upstream::item& item) {
    return holds_text<upstream::text_delta>(item) || holds_text<upstream::reasoning_delta>(item) ||
           holds_text<upstream::refusal_delta>(item) ||
           std::holds_alternative<upstream::tool_call_delta>(item) ||
           std::holds_alternative<upstream::media_delta>(item);
}

bool is_content_frame(const upstream::item& item) {
    const auto* frame = std::get_if<upstream::verbatim>(&item);
    return frame && frame->content;
}

}  // namespace

void meter::see(const upstream::batch& batch, clock::time_point now) {
    for (const auto& item : batch.items) {
        // A relayed frame comes behind its finish, if it tells one.
        const bool finish =
            std::exchange(told_finish_, std::holds_alternative<upstream::finish>(item));
        const bool frame = is_content_frame(item);
        if (is_token(item) || (frame && !finish)) ++content_items_;
        if (!first_content_ && (is_token(item) || frame)) first_content_ = now;
        if (const auto* report = std::get_if<upstream::usage>(&item)) {
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
