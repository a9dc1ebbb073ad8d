#pragma once

#include "upstream/providers/answer_codec.hpp"
#include "upstream/providers/event_stream.hpp"

#include <nlohmann/json.hpp>

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sluice::gateway::load {

/// Decodes a UI message stream of the Vercel AI SDK as `useChat` does. It is complete with `[DONE]`
/// behind its `finish`; without both it failed. Tells text, reasoning, tool calls, files, identity,
/// usage and finish. Refusals are text there.
class ui_stream final : public upstream::event_stream {
 public:
    explicit ui_stream(const upstream::provider_errors& errors)
        : event_stream(upstream::way::translated, errors) {}

 private:
    struct tool_call {
        std::string id;
        bool argued = false;  ///< some of its arguments have been told
    };

    void read(const sse::frame& frame, std::string_view data, upstream::batch& out) override;
    void conclude(upstream::batch&) override {}
    bool is_document(const nlohmann::json& value) const override;

    bool read_delta(std::string_view data, upstream::batch& out);
    void read_part(const nlohmann::json& part, upstream::batch& out);
    void read_text(std::string_view type, const nlohmann::json& part, upstream::batch& out);
    void read_tool_part(std::string_view type, const nlohmann::json& part, upstream::batch& out);
    void read_file(const nlohmann::json& part, upstream::batch& out);
    void read_start(const nlohmann::json& part, upstream::batch& out);
    void read_finish(const nlohmann::json& part, upstream::batch& out);
    void read_terminator(upstream::batch& out);
    int call_at(const nlohmann::json& part, upstream::batch& out);

    std::string id_;
    std::vector<tool_call> calls_;
    bool finished_ = false;
};

/// The client's end of the AI SDK's UI message stream, `POST /v1/ui/chat`.
class ui_codec final : public upstream::answer_codec<ui_stream> {
 public:
    /// `chat`: the client's own name of its conversation, by which it could come back; empty: it
    /// has none.
    explicit ui_codec(std::string chat = {}) : chat_(std::move(chat)) {}

    boost::system::result<upstream::http_request, upstream::failure> encode(
        const upstream::call& call,
        const upstream::provider_settings& server,
        std::string_view model
    ) override;

 private:
    std::string chat_;
};

}  // namespace sluice::gateway::load
