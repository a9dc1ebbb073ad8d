#include "upstream/providers/ollama_stream.hpp"

#include "upstream/providers/json_read.hpp"
#include "upstream/providers/text.hpp"

#include <string>
#include <utility>

namespace sluice::upstream {

void ollama_stream::feed(std::string_view bytes, batch& out) {
    texts_.clear();
    if (ended_) return;
    lines_.feed(bytes);
    while (!ended_) {
        const auto line = lines_.next();
        if (!line) break;
        read(line->raw, line->text, out);
    }
    if (!ended_ && lines_.failed()) {
        constexpr std::string_view message = "sent a line that is too large";
        fail(errors_.broken(outcome::upstream_error, message, false), out);
    }
}

void ollama_stream::read(std::string_view raw, std::string_view text, batch& out) {
    if (text.empty()) return;  // the official clients would choke on it
    if (!text.starts_with('{') && !has_lines_) return fail(without_lines(text), out);
    has_lines_ = true;
    if (way_ == way::transparent)
        pass(raw, text, out);
    else
        tell(text, out);
}

void ollama_stream::pass(std::string_view raw, std::string_view text, batch& out) {
    const auto seen = glance_at_ollama(text);
    if (seen.error || seen.broken) {
        const auto line = parse_json(text);
        if (is_truthy(find(line, "error"))) return fail(errors_.reported(line), out);
        if (!line.is_object()) {
            constexpr std::string_view message = "sent a line that is no JSON object";
            return fail(errors_.broken(outcome::upstream_error, message, true), out);
        }
    }
    teller_.tell_outline(text, seen, texts_, out);
    out.items.emplace_back(verbatim{raw, seen.content});
    if (seen.done) complete(out);
}

void ollama_stream::tell(std::string_view text, batch& out) {
    const auto line = parse_json(text);
    if (!line.is_object()) {
        constexpr std::string_view message = "sent a line that is no JSON object";
        return fail(errors_.broken(outcome::upstream_error, message, true), out);
    }
    if (is_truthy(find(line, "error"))) return fail(errors_.reported(line), out);
    teller_.tell(line, texts_, out);
    const auto* done = find(line, "done");
    if (done != nullptr && done->is_boolean() && done->get<bool>()) complete(out);
}

/// A last line may lack its LF; a client gets it whole all the same.
void ollama_stream::end(batch& out) {
    if (ended_) return;
    const auto tail = trim(lines_.incomplete());
    const bool whole = tail.starts_with('{') && !parse_json(tail).is_discarded();
    if (whole) {
        const auto raw = std::string(tail) + '\n';
        read(texts_.keep(raw), tail, out);
    } else if (!has_lines_) {
        return fail(without_lines(tail), out);
    }
    if (ended_) return;
    constexpr std::string_view message = "broke off its answer before the end";
    fail(errors_.broken(outcome::upstream_eof, message, true), out);
}

/// What came under status 200 and is no line of JSON.
failure ollama_stream::without_lines(std::string_view text) const {
    std::string_view message = "answered with something that is no JSON lines";
    if (text.empty()) message = "closed its answer without sending any";
    if (text.starts_with('<')) message = "answered with a web page; is the base_url right?";
    return errors_.broken(outcome::upstream_eof, message, true);
}

void ollama_stream::complete(batch& out) {
    ended_ = true;
    out.ending = ending{outcome::completed, {}};
}

void ollama_stream::fail(failure why, batch& out) {
    ended_ = true;
    const auto how = why.outcome;
    out.ending = ending{how, std::move(why)};
}

}  // namespace sluice::upstream
