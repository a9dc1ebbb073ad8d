#pragma once

#include "upstream/providers/answer_codec.hpp"
#include "upstream/providers/event_stream.hpp"

#include <nlohmann/json.hpp>

#include <string_view>

namespace sluice::gateway::load {

/// Decodes a stream of OpenAI's legacy completions as its client: text, finish and usage. Complete
/// with `[DONE]`.
class completions_stream final : public upstream::event_stream {
 public:
    explicit completions_stream(const upstream::provider_errors& errors)
        : event_stream(upstream::way::translated, errors) {}

 private:
    void read(const sse::frame& frame, std::string_view data, upstream::batch& out) override;
    void conclude(upstream::batch&) override {}
    bool is_document(const nlohmann::json& value) const override;
};

/// The client's end of `POST /v1/completions`. The gateway relays this API to providers that speak
/// it, and so has no codec that tells its texts.
class completions_codec final : public upstream::answer_codec<completions_stream> {
 public:
    boost::system::result<upstream::http_request, upstream::failure> encode(
        const upstream::call& call,
        const upstream::provider_settings& server,
        std::string_view model
    ) override;
};

}  // namespace sluice::gateway::load
