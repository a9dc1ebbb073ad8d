#include "upstream/providers/bedrock_stream.hpp"

#include "upstream/providers/bedrock_content.hpp"
#include "upstream/providers/json_read.hpp"

#include <array>
#include <utility>

namespace sluice::upstream {

namespace {

using nlohmann::json;

finish_reason reason_of(std::string_view word, bool called) {
    if (word == "max_tokens" || word == "model_context_window_exceeded")
        return finish_reason::length;
    if (word == "guardrail_intervened" || word == "content_filtered")
        return finish_reason::content_filter;
    return called ? finish_reason::tool_calls : finish_reason::stop;
}

bool is_spoiled(std::string_view word) {
    return word == "malformed_tool_use" || word == "malformed_model_output";
}

/// The status that each exception has where it comes instead of a stream. A model that failed on
/// its way may well succeed next time.
int status_of(std::string_view exception) {
    struct meaning {
        std::string_view name;
        int status;
    };
    static constexpr std::array meanings{
        meaning{"throttlingException", 429},
        meaning{"validationException", 400},
        meaning{"serviceUnavailableException", 503},
        meaning{"modelTimeoutException", 408},
        meaning{"accessDeniedException", 403},
        meaning{"resourceNotFoundException", 404},
    };
    for (const auto& [name, status] : meanings) {
        if (exception == name) return status;
    }
    return 500;
}

std::int64_t index_of(const json& event) {
    return find_count(event, "contentBlockIndex").value_or(0);
}

}  // namespace

void bedrock_stream::feed(std::string_view bytes, batch& out) {
    texts_.clear();
    if (ended_) return;
    events_.feed(bytes);
    while (!ended_) {
        const auto message = events_.next();
        if (!message) break;
        read(*message, out);
    }
    if (!ended_ && !events_.problem().empty()) fail_broken(events_.problem(), out);
}

void bedrock_stream::end(batch& out) {
    if (ended_) return;
    if (stopped_ && events_.incomplete().empty()) return complete(out);
    const std::string_view message = begun_ || !events_.incomplete().empty()
                                         ? "broke off its answer before the end"
                                         : "closed its answer without sending any";
    fail(errors_.broken(outcome::upstream_eof, message, true), out);
}

void bedrock_stream::read(const aws_event_stream::message& message, batch& out) {
    begun_ = true;
    if (message.kind == "exception" || message.kind == "error") return read_exception(message, out);
    if (message.kind != "event") return;
    const auto event = parse_json(message.payload);
    if (!event.is_object()) return fail_broken("sent an event that is not JSON", out);
    read_event(message.type, event, out);
}

void bedrock_stream::read_event(std::string_view type, const json& event, batch& out) {
    const bool content = type == "contentBlockStart" || type == "contentBlockDelta";
    if (stopped_ && content) return fail_broken(late_content, out);
    if (type == "messageStart") {
        out.items.emplace_back(identity{{}, model_, 0});
    } else if (type == "contentBlockStart") {
        begin_block(event, out);
    } else if (type == "contentBlockDelta") {
        read_delta(event, out);
    } else if (type == "contentBlockStop") {
        end_block(event, out);
    } else if (type == "messageStop") {
        read_stop(event, out);
    } else if (type == "metadata") {
        read_usage(event, out);
    }
}

void bedrock_stream::read_exception(const aws_event_stream::message& message, batch& out) {
    auto told = parse_json(message.payload);
    if (!told.is_object()) told = json::object();
    const auto words = find_text(told, "message");
    const json error{
        {"message", words.empty() ? message.error : words},
        {"code", message.type},
        {"status_code", static_cast<unsigned>(status_of(message.type))}};
    fail(errors_.reported(error), out);
}

/// Tools that Bedrock runs itself are no calls for the client to answer.
void bedrock_stream::begin_block(const json& event, batch& out) {
    const auto* start = find(event, "start");
    const auto index = index_of(event);
    if (start == nullptr || (blocks_.size() == blocks_max && !blocks_.contains(index))) return;
    block begun;
    if (const auto* tool = find(*start, "toolUse");
        tool != nullptr && find_text(*tool, "type") != "server_tool_use") {
        const auto id = find_text(*tool, "toolUseId");
        begun.call = calls_++;
        const auto made_up = "call_" + std::to_string(begun.call);
        out.items.emplace_back(tool_call_delta{
            0,
            begun.call,
            texts_.keep(id.empty() ? std::string_view(made_up) : id),
            texts_.keep(find_text(*tool, "name")),
            {}});
    }
    if (const auto* image = find(*start, "image"))
        begun.image_type = "image/" + std::string(find_text(*image, "format"));
    blocks_[index] = std::move(begun);
}

void bedrock_stream::read_delta(const json& event, batch& out) {
    const auto* delta = find(event, "delta");
    if (delta == nullptr) return;
    const auto text = find_text(*delta, "text");
    if (!text.empty()) out.items.emplace_back(text_delta{0, texts_.keep(text)});
    if (const auto* tool = find(*delta, "toolUse"))
        tell_arguments(index_of(event), find_text(*tool, "input"), out);
    if (const auto* thoughts = find(*delta, "reasoningContent")) read_reasoning(*thoughts, out);
    if (const auto* citation = find(*delta, "citation")) read_citation(*citation, out);
    if (const auto* image = find(*delta, "image")) read_image(*image, index_of(event), out);
}

void bedrock_stream::tell_arguments(std::int64_t index, std::string_view text, batch& out) {
    const auto found = blocks_.find(index);
    if (text.empty() || found == blocks_.end() || found->second.call < 0) return;
    found->second.arguments = true;
    out.items.emplace_back(tool_call_delta{0, found->second.call, {}, {}, texts_.keep(text)});
}

void bedrock_stream::read_reasoning(const json& content, batch& out) {
    using form = reasoning_state::form;
    const auto text = find_text(content, "text");
    const auto signature = find_text(content, "signature");
    const auto redacted = find_text(content, "redactedContent");
    if (!text.empty()) out.items.emplace_back(reasoning_delta{0, texts_.keep(text)});
    if (!signature.empty()) {
        const auto from = reasoning_state::origin::anthropic;
        out.items.emplace_back(reasoning_state_delta{
            0, from, form::signature, texts_.keep(signature), {}});
    }
    if (!redacted.empty()) {
        const auto state = bedrock_redacted_state(redacted);
        out.items.emplace_back(reasoning_state_delta{
            0, state.from, state.how, texts_.keep(state.data), texts_.keep(state.id)});
    }
}

/// Where in a document the words stand has no place in the vocabulary; the words have.
void bedrock_stream::read_citation(const json& citation, batch& out) {
    std::string cited;
    if (const auto* sources = find(citation, "sourceContent"); sources && sources->is_array()) {
        for (const auto& source : *sources)
            cited += find_text(source, "text");
    }
    const auto* location = find(citation, "location");
    const auto* web = location == nullptr ? nullptr : find(*location, "web");
    auto title = find_text(citation, "title");
    if (title.empty() && web != nullptr) title = find_text(*web, "domain");
    const auto url = web == nullptr ? std::string_view() : find_text(*web, "url");
    out.items.emplace_back(citation_delta{
        0, texts_.keep(url), texts_.keep(title), texts_.keep(cited)});
}

void bedrock_stream::read_image(const json& image, std::int64_t index, batch& out) {
    const auto* source = find(image, "source");
    const auto found = blocks_.find(index);
    const auto bytes = source == nullptr ? std::string_view() : find_text(*source, "bytes");
    if (bytes.empty() || found == blocks_.end() || found->second.image_type.empty()) return;
    out.items.emplace_back(media_delta{0, texts_.keep(found->second.image_type), texts_.keep(bytes)}
    );
}

/// A call without arguments has none on the wire.
void bedrock_stream::end_block(const json& event, batch& out) {
    const auto found = blocks_.find(index_of(event));
    if (found == blocks_.end()) return;
    if (!found->second.arguments) tell_arguments(found->first, "{}", out);
    blocks_.erase(found);
}

/// What a spoiled answer cost is told all the same; its failure waits for that.
void bedrock_stream::read_stop(const json& event, batch& out) {
    if (std::exchange(stopped_, true)) return;
    const auto word = find_text(event, "stopReason");
    if (word.empty())
        return fail(errors_.broken(outcome::upstream_eof, unexplained_end, true), out);
    if (is_spoiled(word))
        spoiled_ = word;
    else
        out.items.emplace_back(finish{0, reason_of(word, calls_ > 0), texts_.keep(word)});
    if (counted_) complete(out);
}

/// What came from the cache or went into it is not among the input tokens.
void bedrock_stream::read_usage(const json& event, batch& out) {
    counted_ = true;
    if (const auto* told = find(event, "usage")) {
        usage counted;
        counted.input_tokens = find_count(*told, "inputTokens");
        counted.output_tokens = find_count(*told, "outputTokens");
        counted.total_tokens = find_count(*told, "totalTokens");
        counted.cached_tokens = find_count(*told, "cacheReadInputTokens");
        counted.cache_write_tokens = find_count(*told, "cacheWriteInputTokens");
        for (const auto& more : {counted.cached_tokens, counted.cache_write_tokens}) {
            constexpr std::int64_t sane_max = std::int64_t{1} << 60;
            const bool sane = counted.input_tokens < sane_max && more < sane_max;
            if (counted.input_tokens && more && sane) *counted.input_tokens += *more;
        }
        if (counted != usage_) out.items.emplace_back(usage_ = counted);
    }
    if (stopped_) complete(out);
}

void bedrock_stream::complete(batch& out) {
    if (!spoiled_.empty()) return fail_spoiled(out);
    ended_ = true;
    out.ending = ending{outcome::completed, {}};
}

/// The model wrote what can't be used; another attempt may do better.
void bedrock_stream::fail_spoiled(batch& out) {
    auto why = errors_.broken(outcome::upstream_error, "ended its answer with " + spoiled_, true);
    why.code = spoiled_;
    fail(std::move(why), out);
}

void bedrock_stream::fail(failure why, batch& out) {
    ended_ = true;
    const auto how = why.outcome;
    out.ending = ending{how, std::move(why)};
}

void bedrock_stream::fail_broken(std::string_view what, batch& out) {
    fail(errors_.broken(outcome::upstream_error, what, true), out);
}

}  // namespace sluice::upstream
