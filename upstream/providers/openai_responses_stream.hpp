#pragma once

#include "upstream/providers/event_stream.hpp"
#include "upstream/providers/openai_responses_items.hpp"

#include <string_view>

namespace sluice::upstream {

/// Decodes the event stream of a response.
///
/// It is complete with `response.completed` or `response.incomplete`; `response.failed` and `error`
/// are failures, and so is any other end of the file. Events of unknown types are relayed, and left
/// alone otherwise. What clones send behind the terminal event is ignored.
class responses_stream final : public event_stream {
 public:
    using event_stream::event_stream;

 private:
    void read(const sse::frame& frame, std::string_view data, batch& out) override;
    void conclude(batch&) override {}
    bool is_error(const nlohmann::json& value) const override;
    bool is_document(const nlohmann::json& value) const override;
    bool read_last(std::string_view tail, batch& out) override;

    void relay(const sse::frame& frame, std::string_view data, batch& out);
    void relay_lifecycle(
        std::string_view raw, std::string_view type, std::string_view data, batch& out
    );
    void translate(std::string_view data, batch& out);
    void note_call(std::string_view type, std::string_view data);
    void identify(const nlohmann::json& response, batch& out);
    /// Tells how the response ended, if it did.
    void settle(const nlohmann::json& response, std::string_view type, batch& out);

    responses_items items_;
    bool identified_ = false;
    bool called_ = false;  ///< on the transparent way: a tool of the client's was called
    bool settled_ = false;
};

}  // namespace sluice::upstream
