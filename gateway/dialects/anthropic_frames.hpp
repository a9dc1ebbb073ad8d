#pragma once

#include "gateway/dialects/dialect.hpp"

#include <nlohmann/json.hpp>

#include <string>
#include <string_view>

namespace sluice::gateway {

/// Writes the events of one message: its start ahead of the first block, blocks that open and close
/// one after the other, and its end. Keeps the order that clients insist on, whatever it is asked.
class anthropic_frames {
 public:
    explicit anthropic_frames(const stream_names& names)
        : id_("msg_" + names.id), model_(names.route) {}

    /// What the message's start is to say, if it was not written yet.
    void know(const upstream::identity& part);
    void know(const upstream::usage& part) { usage_ = part; }

    /// Somebody else wrote the start, and left this block open; -1: none.
    void resume(int block);

    /// Closes the block that is open and opens another.
    void open_block(const nlohmann::ordered_json& block, frame_writer& out);
    /// `{"type":TYPE,KEY:TEXT}` in the open block.
    void delta(
        std::string_view type, std::string_view key, std::string_view text, frame_writer& out
    );
    void delta(const nlohmann::ordered_json& delta, frame_writer& out);
    void close_block(frame_writer& out);

    /// `message_delta` and `message_stop`. `continued`: how often another attempt had to go on.
    void finish(
        std::string_view stop_reason,
        std::string_view stop_sequence,
        const upstream::usage& usage,
        int continued,
        frame_writer& out
    );

 private:
    void start(frame_writer& out);
    void append(std::string_view type, const nlohmann::ordered_json& data, frame_writer& out);

    std::string id_;
    std::string model_;
    upstream::usage usage_;
    bool started_ = false;
    bool is_open_ = false;
    int blocks_ = 0;
    std::string frame_;
};

}  // namespace sluice::gateway
