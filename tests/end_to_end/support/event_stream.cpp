#include "tests/end_to_end/support/event_stream.hpp"

#include <algorithm>

namespace sluice::end_to_end {

nlohmann::json received_event::json() const {
    auto value = nlohmann::json::parse(data, nullptr, false);
    if (value.is_discarded()) throw harness_error("an event whose data is no JSON: " + raw);
    return value;
}

open_stream::open_stream(std::uint16_t port, const request& message, int receive_bytes)
    : client_(port, receive_bytes) {
    client_.send(message);
    head_ = client_.read_head();
}

std::optional<received_event> open_stream::next(milliseconds limit) {
    const deadline end{limit};
    for (;;) {
        while (const auto frame = parser_.next()) {
            if (!frame->dispatched) continue;
            return received_event{
                std::string(frame->type),
                std::string(frame->data),
                std::string(frame->last_event_id),
                std::string(frame->raw),
                steady::now()};
        }
        const auto part = client_.read_body_part(milliseconds(end.left_ms()));
        if (!part) return std::nullopt;
        body_ += *part;
        parser_.feed(*part);
    }
}

received_event open_stream::expect_next() {
    auto event = next();
    if (!event) throw harness_error("the stream ended; it held: " + body_);
    return *std::move(event);
}

event_list open_stream::rest() {
    event_list events;
    while (auto event = next())
        events.push_back(*std::move(event));
    return events;
}

event_list open_stream::up_to(const std::string& type) {
    event_list events;
    while (auto event = next()) {
        events.push_back(*std::move(event));
        if (events.back().type == type) break;
    }
    return events;
}

std::string native_text(const event_list& events) {
    std::string text;
    for (const auto& event : events) {
        if (event.type == "message") text += event.json().value("text", "");
    }
    return text;
}

std::string chat_text(const event_list& events, int index) {
    std::string text;
    for (const auto& event : events) {
        if (event.data == "[DONE]") continue;
        const auto chunk = event.json();
        for (const auto& choice : chunk.value("choices", nlohmann::json::array())) {
            const auto& delta = choice.at("delta");
            if (choice.value("index", 0) != index || !delta.contains("content")) continue;
            if (delta["content"].is_string()) text += delta["content"].get<std::string>();
        }
    }
    return text;
}

std::size_t count_type(const event_list& events, const std::string& type) {
    return static_cast<std::size_t>(std::count_if(
        events.begin(), events.end(), [&](const auto& event) { return event.type == type; }
    ));
}

std::uint64_t sequence_of(const received_event& event, const std::string& stream_id) {
    if (stream_id.empty() || event.id.rfind(stream_id + "/", 0) != 0) {
        throw harness_error("the id '" + event.id + "' is not of stream '" + stream_id + "'");
    }
    return std::stoull(event.id.substr(stream_id.size() + 1));
}

}  // namespace sluice::end_to_end
