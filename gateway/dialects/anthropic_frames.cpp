#include "gateway/dialects/anthropic_frames.hpp"

#include "gateway/dialects/anthropic_answers.hpp"
#include "gateway/dialects/continued_mark.hpp"
#include "gateway/dialects/json_text.hpp"

#include <utility>

namespace sluice::gateway {

using json = nlohmann::ordered_json;

void anthropic_frames::know(const upstream::identity& part) {
    if (!part.model.empty()) model_ = part.model;
}

void anthropic_frames::append(std::string_view type, const json& data, frame_writer& out) {
    frame_.assign("event: ").append(type).append("\ndata: ");
    frame_.append(dump_json(data)).append("\n\n");
    out.append(frame_);
}

/// Some clients add the output that is told here to what is told at the end, so it is none.
void anthropic_frames::start(frame_writer& out) {
    if (std::exchange(started_, true)) return;
    auto so_far = usage_;
    so_far.output_tokens.reset();
    so_far.reasoning_tokens.reset();
    const json message{
        {"id", id_},
        {"type", "message"},
        {"role", "assistant"},
        {"model", model_},
        {"content", json::array()},
        {"stop_reason", nullptr},
        {"stop_sequence", nullptr},
        {"usage", anthropic_usage_object(so_far)}};
    append("message_start", {{"type", "message_start"}, {"message", message}}, out);
}

void anthropic_frames::resume(int block) {
    started_ = true;
    is_open_ = block >= 0;
    if (is_open_) blocks_ = block;
}

void anthropic_frames::open_block(const json& block, frame_writer& out) {
    start(out);
    close_block(out);
    is_open_ = true;
    append(
        "content_block_start",
        {{"type", "content_block_start"}, {"index", blocks_}, {"content_block", block}},
        out
    );
}

void anthropic_frames::delta(
    std::string_view type, std::string_view key, std::string_view text, frame_writer& out
) {
    frame_.assign("event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":");
    frame_.append(std::to_string(blocks_)).append(",\"delta\":{\"type\":\"").append(type);
    frame_.append("\",\"").append(key).append("\":");
    append_json_string(frame_, text);
    frame_.append("}}\n\n");
    out.append(frame_);
}

void anthropic_frames::delta(const json& delta, frame_writer& out) {
    append(
        "content_block_delta",
        {{"type", "content_block_delta"}, {"index", blocks_}, {"delta", delta}},
        out
    );
}

void anthropic_frames::close_block(frame_writer& out) {
    if (!std::exchange(is_open_, false)) return;
    append("content_block_stop", {{"type", "content_block_stop"}, {"index", blocks_++}}, out);
}

void anthropic_frames::finish(
    std::string_view stop_reason,
    std::string_view stop_sequence,
    const upstream::usage& usage,
    int continued,
    frame_writer& out
) {
    start(out);
    close_block(out);
    json delta{{"stop_reason", stop_reason}, {"stop_sequence", nullptr}};
    if (!stop_sequence.empty()) delta["stop_sequence"] = stop_sequence;
    json end{{"type", "message_delta"}, {"delta", delta}, {"usage", anthropic_usage_object(usage)}};
    mark_continued(end, continued);
    append("message_delta", end, out);
    append("message_stop", {{"type", "message_stop"}}, out);
}

}  // namespace sluice::gateway
