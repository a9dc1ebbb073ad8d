#include "upstream/providers/openai_stream.hpp"

#include "upstream/providers/json_read.hpp"
#include "upstream/utf8.hpp"

namespace sluice::upstream {

namespace {

using nlohmann::json;

constexpr std::string_view terminator = "[DONE]";
constexpr std::string_view terminal_frame = "data: [DONE]\n\n";

bool has_readable_texts(const openai_glance& chunk) {
    return is_utf8(chunk.text) && is_utf8(chunk.reasoning) && is_utf8(chunk.refusal);
}

}  // namespace

openai_stream::openai_stream(way how, wishes asked, const provider_errors& errors)
    : event_stream(how, errors),
      asked_(asked),
      chunks_(
          how == way::translated ? openai_chunk_reader::purpose::translation
                                 : openai_chunk_reader::purpose::metering
      ),
      glancer_(
          how == way::translated ? openai_glancer::purpose::translation
                                 : openai_glancer::purpose::metering
      ) {}

void openai_stream::read(const sse::frame& frame, std::string_view data, batch& out) {
    if (data == terminator) return finish(frame.raw, out);
    if (frame.type == "error") return fail(errors().reported(data), out);
    read_chunk(frame, data, out);
}

void openai_stream::read_chunk(const sse::frame& frame, std::string_view data, batch& out) {
    const auto glance = glancer_.look(frame.data, !chunks_.identified());
    // A tree mends texts that are no UTF-8; frames that are passed on stay as they are.
    if (glance && (transparent() || has_readable_texts(*glance))) {
        return pass_chunk(frame, chunks_.read(*glance, texts(), out), out);
    }
    const auto chunk = parse_json(data);
    if (chunk.is_discarded()) return fail_broken("sent an event that is not JSON", out);
    if (is_error(chunk)) {
        chunks_.read_usage(chunk, out);
        return fail(errors().reported(chunk), out);
    }
    pass_chunk(frame, chunks_.read(chunk, texts(), out), out);
}

void openai_stream::pass_chunk(
    const sse::frame& frame, const openai_chunk_reader::verdict& seen, batch& out
) {
    if (!seen.broken.empty()) return fail_broken(seen.broken, out);
    if (transparent() && asked_.less_usage && seen.usage_only) return skip_frame(frame.raw);
    pass_frame(frame.raw, seen.content, out);
}

void openai_stream::conclude(batch& out) {
    if (chunks_.all_finished(asked_.choices)) finish(terminal_frame, out);
}

/// Also the flat object of old vLLM.
bool openai_stream::is_error(const json& value) const {
    return event_stream::is_error(value) || find_text(value, "object") == "error";
}

bool openai_stream::is_document(const json& value) const {
    return find(value, "choices") != nullptr;
}

bool openai_stream::read_last(std::string_view data, batch& out) {
    if (data != terminator) return false;
    finish(terminal_frame, out);
    return true;
}

void openai_stream::finish(std::string_view last_frame, batch& out) {
    if (!chunks_.answered()) {
        return fail(errors().broken(outcome::upstream_eof, "ended without an answer", true), out);
    }
    if (!chunks_.settled()) return fail_unexplained(out);
    if (!transparent()) {
        const auto broken = chunks_.finish_rest(texts(), out);
        if (!broken.empty()) return fail_broken(broken, out);
    }
    pass_frame(last_frame, false, out);
    complete(out);
}

}  // namespace sluice::upstream
