#include "upstream/providers/openai_stream.hpp"

#include "upstream/providers/json_read.hpp"
#include "upstream/providers/text.hpp"

#include <algorithm>
#include <utility>

namespace sluice::upstream {

namespace {

using nlohmann::json;

constexpr std::string_view terminator = "[DONE]";
constexpr std::size_t opening_bytes_max = 8 * 1024;  // an error document is smaller

/// `{"error": ...}`, or the flat object of old vLLM.
bool is_error(const json& chunk) {
    return is_truthy(find(chunk, "error")) || find_text(chunk, "object") == "error";
}

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

}  // namespace

openai_stream::openai_stream(way how, const provider_errors& errors)
    : way_(how),
      errors_(errors),
      chunks_(
          how == way::translated ? openai_chunk_reader::purpose::translation
                                 : openai_chunk_reader::purpose::metering
      ) {}

void openai_stream::feed(std::string_view bytes, batch& out) {
    transparent() ? texts_.free() : texts_.clear();
    if (ended_) return;
    if (!has_events_) opening_ += bytes.substr(0, opening_bytes_max - opening_.size());
    parser_.feed(bytes);
    while (!ended_) {
        const auto frame = parser_.next();
        if (!frame) break;
        read(*frame, out);
    }
    if (!ended_ && parser_.failed()) {
        fail(
            errors_.broken(outcome::upstream_error, "sent an event that is too large", false), out
        );
    }
}

void openai_stream::read(const sse::frame& frame, batch& out) {
    if (!frame.dispatched) return read_without_event(frame, out);
    if (!std::exchange(has_events_, true)) std::string().swap(opening_);
    const auto data = trim(frame.data);
    // An event without data is somebody's heartbeat; the official clients would choke on it.
    if (data.empty()) return;
    if (data == terminator) {
        pass_frame(frame.raw, false, out);
        return complete(out);
    }
    if (frame.type == "error") return fail(errors_.reported(data), out);
    read_chunk(frame, out);
}

void openai_stream::read_chunk(const sse::frame& frame, batch& out) {
    if (transparent()) {
        const auto glance = glancer_.look(frame.data, !chunks_.identified());
        if (glance) return pass_chunk(frame, chunks_.read(*glance, texts_, out), out);
    }
    const auto chunk = parse_json(frame.data);
    if (chunk.is_discarded()) {
        constexpr std::string_view message = "sent an event that is not JSON";
        return fail(errors_.broken(outcome::upstream_error, message, true), out);
    }
    if (is_error(chunk)) {
        chunks_.read_usage(chunk, out);
        return fail(errors_.reported(chunk), out);
    }
    pass_chunk(frame, chunks_.read(chunk, texts_, out), out);
}

void openai_stream::pass_chunk(
    const sse::frame& frame, const openai_chunk_reader::verdict& seen, batch& out
) {
    if (!seen.broken.empty()) {
        return fail(errors_.broken(outcome::upstream_error, seen.broken, true), out);
    }
    if (way_ == way::transparent_less_usage && seen.usage_only) {
        // Its blank line may be cut as well, between CR and LF.
        lent_line_feed_ = frame.raw.ends_with("\r\n\r");
        return;
    }
    pass_frame(frame.raw, seen.content, out);
}

/// Comments and fields without data.
void openai_stream::read_without_event(const sse::frame& frame, batch& out) {
    const auto error = error_field(frame.raw);
    if (!error.empty()) return fail(errors_.reported(error), out);
    pass_frame(frame.raw, false, out);
}

void openai_stream::end(batch& out) {
    if (ended_ || read_tail(trim(parser_.incomplete()), out)) return;
    if (chunks_.all_finished()) {
        pass("data: [DONE]\n\n", false, out);
        return complete(out);
    }
    if (!has_events_) return fail(without_events(), out);
    constexpr std::string_view message = "broke off its answer before the end";
    fail(errors_.broken(outcome::upstream_eof, message, true), out);
}

/// A last block without its blank line is no event, but may tell what happened.
bool openai_stream::read_tail(std::string_view tail, batch& out) {
    constexpr std::string_view data = "data:";
    if (tail.starts_with(data)) tail = trim(tail.substr(data.size()));
    if (tail == terminator) {
        pass("data: [DONE]\n\n", false, out);
        complete(out);
        return true;
    }
    const auto field = error_field(tail);
    const auto parsed = parse_json(field.empty() ? tail : field);
    if (field.empty() && !is_error(parsed)) return false;
    fail(field.empty() ? errors_.reported(parsed) : errors_.reported(field), out);
    return true;
}

/// What came under status 200 and is no event stream.
failure openai_stream::without_events() const {
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
    const bool document = find(parsed, "choices") != nullptr;
    return errors_.broken(
        outcome::upstream_eof,
        document ? "answered with one document where a stream was asked for"
                 : "answered with something that is no event stream",
        true
    );
}

/// The bytes stay where they are until the next `feed` or `end`.
void openai_stream::pass(std::string_view bytes, bool content, batch& out) {
    if (transparent() && !bytes.empty()) out.items.emplace_back(verbatim{bytes, content});
}

/// Between CR and LF a frame is known to be whole, but its last byte has not come: it would be lost
/// behind the terminal event, or behind a frame that is left out. So the LF is put where it
/// belongs, and taken off the next frame.
void openai_stream::pass_frame(std::string_view raw, bool content, batch& out) {
    if (!transparent()) return;
    if (lent_line_feed_ && raw.starts_with('\n')) raw.remove_prefix(1);
    lent_line_feed_ = raw.ends_with("\r\n\r");
    if (!lent_line_feed_) return pass(raw, content, out);
    const auto whole = std::string(raw) + '\n';
    pass(texts_.keep(whole), content, out);
}

void openai_stream::complete(batch& out) {
    ended_ = true;
    if (!transparent()) chunks_.finish_rest(out);
    out.ending = ending{outcome::completed, {}};
}

void openai_stream::fail(failure why, batch& out) {
    ended_ = true;
    const auto how = why.outcome;
    out.ending = ending{how, std::move(why)};
}

}  // namespace sluice::upstream
