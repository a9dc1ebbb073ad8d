#pragma once

#include "upstream/providers/answer_codec.hpp"
#include "upstream/providers/event_stream.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace sluice::gateway::load {

/// Decodes a native stream as its client. It is complete with its `done` event; without one it
/// failed. Tells text, reasoning, refusals, tool calls, media, identity, usage and finish; what
/// else there is (citations, opaque state, probabilities) is of no use to a load client.
class native_stream final : public upstream::event_stream {
 public:
    explicit native_stream(const upstream::provider_errors& errors)
        : event_stream(upstream::way::translated, errors) {}

 private:
    void read(const sse::frame& frame, std::string_view data, upstream::batch& out) override;
    void conclude(upstream::batch&) override {}
    bool is_document(const nlohmann::json& value) const override;

    bool read_plain(std::string_view data, upstream::batch& out);
    void read_content(std::string_view data, upstream::batch& out);
    void read_tool_call(const nlohmann::json& call, upstream::batch& out);
    void read_media(const nlohmann::json& media, upstream::batch& out);
    void read_start(std::string_view data, upstream::batch& out);
    void read_done(std::string_view data, upstream::batch& out);
    void read_ending(const nlohmann::json& done, upstream::batch& out);
};

/// The client's end of Sluice's own dialect, `POST /v1/streams`.
class native_codec final : public upstream::answer_codec<native_stream> {
 public:
    boost::system::result<upstream::http_request, upstream::failure> encode(
        const upstream::call& call,
        const upstream::provider_settings& server,
        std::string_view model
    ) override;
};

}  // namespace sluice::gateway::load
