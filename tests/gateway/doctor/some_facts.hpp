#pragma once

#include "gateway/doctor/facts.hpp"

#include <cstddef>
#include <string>
#include <utility>

namespace sluice::gateway::doctor::testing {

/// The head of an event stream as the gateway writes it.
inline reply stream_head() {
    reply head;
    head.status = 200;
    head.headers = {
        {"content-type", "text/event-stream; charset=utf-8"},
        {"cache-control", "no-cache, no-transform"},
        {"x-accel-buffering", "no"}};
    return head;
}

/// `count` tokens of 100 bytes, one made each 40 ms; they come as `came_ms(made_ms)` says.
template <class Came>
stream_facts tokens(std::size_t count, Came came_ms) {
    stream_facts seen{.answer = stream_head(), .pace_ms = 40};
    for (std::size_t i = 0; i < count; ++i) {
        const double made = 40.0 * static_cast<double>(i);
        // The maker's clock is another than ours.
        seen.pieces.push_back({came_ms(made), 7'000'000 + made, 100});
        seen.watched_ms = seen.pieces.back().came_ms;
    }
    return seen;
}

inline stream_facts tokens_as_made() {
    return tokens(100, [](double made) { return made + 12; });
}

/// All behind the last, which is made at 3960 ms.
inline stream_facts tokens_at_the_end() {
    auto seen = tokens(100, [](double) { return 4'000.0; });
    seen.answer.ended = true;
    return seen;
}

/// A gateway by HTTP/2 over TLS, with a mock, that nothing stands before.
inline facts well() {
    facts found;
    found.url = "https://chat.example.com";
    found.tls = true;
    found.models.status = 200;
    found.models.http2 = true;
    found.is_gateway = true;
    found.model = "mock";
    found.stream = tokens_as_made();
    return found;
}

}  // namespace sluice::gateway::doctor::testing
