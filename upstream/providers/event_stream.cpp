#include "upstream/providers/event_stream.hpp"

#include "upstream/providers/json_read.hpp"
#include "upstream/providers/text.hpp"

#include <algorithm>
#include <utility>

namespace sluice::upstream {

namespace {

using nlohmann::json;

constexpr std::size_t opening_bytes_max = 8 * 1024;  // an error document is smaller

/// The value of a field called `error`, which llama.cpp sends where `data` ought to be.
std::string_view error_field(std::string_view block) {
    constexpr std::string_view name = "error:";
    while (!block.empty()) {
        const auto end = std::min(block.find_first_of("\r\n"), block.size());
        const auto line = block.substr(0, end);
        if (line.starts_with(name)) return trim(line.substr(name.size()));
        block.remove_prefix(std::min(end + 1, block.size()));
    }
    return {};
}

/// Google's proxies put a bare JSON document between the events.
bool looks_like_json(std::string_view text) {
    return text.starts_with('{') || text.starts_with('[');
}

}  // namespace

bool event_stream::is_error(const json& value) const {
    return is_truthy(find(value, "error"));
}

void event_stream::feed(std::string_view bytes, batch& out) {
    transparent() ? texts_.free() : texts_.clear();
    if (ended_) return;
    if (!has_events_) opening_ += bytes.substr(0, opening_bytes_max - opening_.size());
    parser_.feed(bytes);
    while (!ended_) {
        const auto frame = parser_.next();
        if (!frame) break;
        read_frame(*frame, out);
    }
    if (!ended_ && parser_.failed()) {
        fail(
            errors_.broken(outcome::upstream_error, "sent an event that is too large", false), out
        );
    }
}

void event_stream::read_frame(const sse::frame& frame, batch& out) {
    if (!frame.dispatched) return read_without_event(frame, out);
    if (!std::exchange(has_events_, true)) std::string().swap(opening_);
    const auto data = trim(frame.data);
    // An event without data is somebody's heartbeat; the official clients would choke on it.
    if (data.empty()) return skip_frame(frame.raw);
    read(frame, data, out);
}

/// Comments and fields without data, and errors that are in the wrong place.
void event_stream::read_without_event(const sse::frame& frame, batch& out) {
    const auto error = error_field(frame.raw);
    if (!error.empty()) return fail(errors_.reported(error), out);
    const auto text = trim(frame.raw);
    if (looks_like_json(text)) {
        const auto parsed = parse_json(text);
        const auto& first = parsed.is_array() && !parsed.empty() ? parsed.front() : parsed;
        if (is_error(first)) return fail(errors_.reported(first), out);
    }
    pass_frame(frame.raw, false, out);
}

void event_stream::end(batch& out) {
    if (ended_ || read_tail(trim(parser_.incomplete()), out)) return;
    conclude(out);
    if (ended_) return;
    if (!has_events_) return fail(without_events(), out);
    constexpr std::string_view message = "broke off its answer before the end";
    fail(errors_.broken(outcome::upstream_eof, message, true), out);
}

/// A last block without its blank line is no event, but may tell what happened.
bool event_stream::read_tail(std::string_view tail, batch& out) {
    constexpr std::string_view data = "data:";
    if (tail.starts_with(data)) tail = trim(tail.substr(data.size()));
    if (read_last(tail, out)) return true;
    const auto field = error_field(tail);
    const auto parsed = parse_json(field.empty() ? tail : field);
    const auto& first = parsed.is_array() && !parsed.empty() ? parsed.front() : parsed;
    if (field.empty() && !is_error(first)) return false;
    fail(field.empty() ? errors_.reported(first) : errors_.reported(field), out);
    return true;
}

/// What came under status 200 and is no event stream.
failure event_stream::without_events() const {
    const auto text = trim(opening_);
    if (text.empty()) {
        return errors_.broken(outcome::upstream_eof, "closed its answer without sending any", true);
    }
    const auto parsed = parse_json(text);
    if (is_error(parsed)) return errors_.reported(parsed);
    if (text.front() == '<') {
        return errors_.broken(
            outcome::upstream_eof, "answered with a web page; is the base_url right?", true
        );
    }
    return errors_.broken(
        outcome::upstream_eof,
        is_document(parsed) ? "answered with one document where a stream was asked for"
                            : "answered with something that is no event stream",
        true
    );
}

json event_stream::parse_event(std::string_view data, batch& out) {
    auto event = parse_json(data);
    if (event.is_discarded()) {
        fail_broken("sent an event that is not JSON", out);
    } else if (is_error(event)) {
        fail(errors_.reported(event), out);
        return json(json::value_t::discarded);
    }
    return event;
}

void event_stream::pass(std::string_view bytes, bool content, batch& out) {
    if (transparent() && !bytes.empty()) out.items.emplace_back(verbatim{bytes, content});
}

/// Between CR and LF a frame is known to be whole, but its last byte has not come: it would be lost
/// behind the terminal event, or behind a frame that is left out. So the LF is put where it
/// belongs, and taken off the next frame.
void event_stream::pass_frame(std::string_view raw, bool content, batch& out) {
    if (!transparent()) return;
    if (lent_line_feed_ && raw.starts_with('\n')) raw.remove_prefix(1);
    lent_line_feed_ = raw.ends_with("\r\n\r");
    if (!lent_line_feed_) return pass(raw, content, out);
    const auto whole = std::string(raw) + '\n';
    pass(texts_.keep(whole), content, out);
}

/// Its blank line may be cut as well, between CR and LF.
void event_stream::skip_frame(std::string_view raw) {
    lent_line_feed_ = raw.ends_with("\r\n\r");
}

void event_stream::complete(batch& out) {
    ended_ = true;
    out.ending = ending{outcome::completed, {}};
}

void event_stream::fail(failure why, batch& out) {
    ended_ = true;
    const auto how = why.outcome;
    out.ending = ending{how, std::move(why)};
}

void event_stream::fail_unexplained(batch& out) {
    fail(errors_.broken(outcome::upstream_eof, unexplained_end, true), out);
}

void event_stream::fail_broken(std::string_view what, batch& out) {
    fail(errors_.broken(outcome::upstream_error, what, true), out);
}

}  // namespace sluice::upstream
