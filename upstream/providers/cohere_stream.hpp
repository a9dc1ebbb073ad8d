#pragma once

#include "upstream/providers/cohere_citations.hpp"
#include "upstream/providers/event_stream.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::upstream {

/// Decodes Cohere's stream of a chat, version 2. The terminal event is `message-end`. The plan of
/// tool calls is told as reasoning, like thoughts.
class cohere_stream final : public event_stream {
 public:
    /// More than any answer has; a bound for what a hostile server makes us remember.
    static constexpr std::size_t calls_max = 256;

    explicit cohere_stream(const provider_errors& errors) : event_stream(way::translated, errors) {}

 private:
    struct call_state {
        std::int64_t provider_index = -1;
        bool has_arguments = false;
        bool ended = false;
    };

    void read(const sse::frame& frame, std::string_view data, batch& out) override;
    void conclude(batch& /*out*/) override {}
    bool is_error(const nlohmann::json& value) const override;
    bool is_document(const nlohmann::json& value) const override;

    void read_event(const nlohmann::json& event, batch& out);
    void read_start(const nlohmann::json& event, batch& out);
    void read_content(const nlohmann::json& event, const nlohmann::json& message, batch& out);
    void read_plan(const nlohmann::json& message, batch& out);
    void begin_call(const nlohmann::json& event, const nlohmann::json& message, batch& out);
    void read_arguments(const nlohmann::json& event, const nlohmann::json& message, batch& out);
    void put_arguments(call_state& call, std::string_view arguments, batch& out);
    void end_call(call_state& call, batch& out);
    call_state* find_call(const nlohmann::json& event);
    void read_end(const nlohmann::json& delta, batch& out);
    void finish(std::string_view word, batch& out);

    std::string id_;
    std::vector<call_state> calls_;
    cohere_citations citations_;
};

}  // namespace sluice::upstream
