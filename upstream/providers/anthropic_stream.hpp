#pragma once

#include "upstream/providers/anthropic_blocks.hpp"
#include "upstream/providers/anthropic_usage.hpp"
#include "upstream/providers/event_stream.hpp"

#include <optional>
#include <string_view>

namespace sluice::upstream {

/// Decodes the event stream of a message. It is complete when `message_stop` was seen after a
/// reason to stop; anything else is a failure.
class anthropic_stream final : public event_stream {
 public:
    using event_stream::event_stream;

 private:
    void read(const sse::frame& frame, std::string_view data, batch& out) override;
    void conclude(batch&) override {}
    bool is_error(const nlohmann::json& value) const override;
    bool is_document(const nlohmann::json& value) const override;
    bool read_last(std::string_view data, batch& out) override;

    bool read_words(const sse::frame& frame, std::string_view data, batch& out);
    void read_event(const sse::frame& frame, std::string_view data, batch& out);
    bool read_block(std::string_view type, const nlohmann::json& event, batch& out);
    void read_start(const nlohmann::json& event, batch& out);
    void read_message_delta(const nlohmann::json& event, batch& out);
    void read_stop(std::string_view last_frame, batch& out);
    bool answered() const;
    void finish(std::string_view word, std::string_view stop_sequence, batch& out);
    void tell_usage(batch& out);
    void fail_reported(const nlohmann::json& event, batch& out);
    void fail_if(anthropic_blocks::broken why, batch& out);

    anthropic_blocks blocks_;
    anthropic_usage usage_;
    std::optional<upstream::usage> told_usage_;
    bool identified_ = false;
    bool finished_ = false;
    bool relayed_content_ = false;  ///< on the transparent way: the answer has some
};

}  // namespace sluice::upstream
