#pragma once

#include "sse/parser.hpp"
#include "tests/end_to_end/support/gateway_process.hpp"
#include "tests/end_to_end/support/raw_client.hpp"

#include <nlohmann/json.hpp>

#include <optional>
#include <string>
#include <vector>

namespace sluice::end_to_end {

/// One event as a client saw it.
struct received_event {
    std::string type;
    std::string data;
    std::string id;
    std::string raw;
    steady::time_point at;

    nlohmann::json json() const;
};
using event_list = std::vector<received_event>;

/// A request whose answer is an event stream, from the head to the last event. Not movable: the
/// parser's views and the connection stay where they are.
class open_stream {
 public:
    /// Sends the request and reads the answer's head, which may well be a refusal.
    open_stream(std::uint16_t port, const request& message, int receive_bytes = 0);
    open_stream(const gateway_process& gateway, const request& message, int receive_bytes = 0)
        : open_stream(gateway.port(), message, receive_bytes) {}
    open_stream(const open_stream&) = delete;
    open_stream& operator=(const open_stream&) = delete;

    const http_response& head() const { return head_; }
    /// The stream's id as X-Stream-Id gives it.
    std::string id() const { return head_.header("X-Stream-Id"); }
    std::string url() const { return "/v1/streams/" + id(); }
    raw_client& client() { return client_; }

    /// The next event; nothing when the body has ended, whole or not.
    std::optional<received_event> next(milliseconds limit = patience);
    /// The next event, which must come.
    received_event expect_next();
    /// All that follows up to the end of the body.
    event_list rest();
    /// Events up to and including the first one of that type, or all.
    event_list up_to(const std::string& type);
    bool ended_whole() const { return client_.body_is_whole(); }
    /// Every byte of the body so far, comments included.
    const std::string& body() const { return body_; }

 private:
    raw_client client_;
    http_response head_;
    sse::parser parser_;
    std::string body_;
};

/// The `text` of native events, joined.
std::string native_text(const event_list& events);
/// The `choices[0].delta.content` of chat completion chunks, joined; of choice `index`.
std::string chat_text(const event_list& events, int index = 0);
/// How many events have that type.
std::size_t count_type(const event_list& events, const std::string& type);
/// The number N of an id `{stream}/N`; a harness_error for anything else.
std::uint64_t sequence_of(const received_event& event, const std::string& stream_id);

}  // namespace sluice::end_to_end
