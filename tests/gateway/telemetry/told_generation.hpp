#pragma once

#include "gateway/telemetry/generation_record.hpp"

#include <chrono>
#include <string>

namespace sluice::gateway::testing {

/// A generation to tell of: asked at nothing, of a route `chat`, by its attempts.
struct told_generation {
    using clock = generation_record::clock;

    static clock::time_point at(std::chrono::milliseconds since_asked) {
        return clock::time_point{std::chrono::hours{1}} + since_asked;
    }

    upstream::attempt_record& add_attempt(std::string provider, std::string model) {
        auto& made = head.trail.emplace_back();
        made.provider = std::move(provider);
        made.vendor = "openai";
        made.model = std::move(model);
        made.began = at(std::chrono::milliseconds{0});
        return made;
    }

    generation_record record() const {
        return {
            .route = "chat",
            .model = "chat",
            .dialect = "openai_chat",
            .operation = "chat",
            .key_id = {},
            .request_id = {},
            .streamed = streamed,
            .measured = measured,
            .asked = at(std::chrono::milliseconds{0}),
            .begun = at(std::chrono::milliseconds{0}),
            .first_content = first_content,
            .ended = ended,
            .content_items = content_items,
            .usage = usage,
            .ending = ending,
            .upstream = head};
    }

    bool streamed = true;
    bool measured = true;
    std::optional<clock::time_point> first_content;
    clock::time_point ended = at(std::chrono::milliseconds{0});
    std::int64_t content_items = 0;
    upstream::usage usage;
    upstream::ending ending;
    upstream::response_head head;
};

}  // namespace sluice::gateway::testing
