#include "gateway/load/speech/client_words.hpp"

#include "upstream/json_members.hpp"
#include "upstream/providers/json_read.hpp"
#include "upstream/utf8.hpp"

#include <cstddef>

namespace sluice::gateway::load {

std::optional<std::string_view> plain_text(std::string_view raw, upstream::batch_texts& texts) {
    if (!upstream::is_utf8(raw)) return {};
    if (raw.find('\\') == std::string_view::npos) return texts.keep(raw);
    return texts.keep(upstream::unescape_json(raw));
}

upstream::finish_reason reason_named(std::string_view word) {
    using upstream::finish_reason;
    if (word == "length") return finish_reason::length;
    if (word == "tool_calls" || word == "tool-calls") return finish_reason::tool_calls;
    if (word == "content_filter" || word == "content-filter") return finish_reason::content_filter;
    return finish_reason::stop;
}

upstream::outcome outcome_named(std::string_view word) {
    using upstream::outcome;
    for (std::size_t i = 0; i < upstream::outcome_count; ++i) {
        const auto each = static_cast<outcome>(i);
        if (each != outcome::completed && to_string(each) == word) return each;
    }
    return outcome::upstream_error;
}

upstream::failure cancelled() {
    upstream::failure why;
    why.outcome = upstream::outcome::cancelled;
    why.type = "cancelled";
    why.message = "the stream was cancelled";
    return why;
}

upstream::usage usage_in(const nlohmann::json& counts, const usage_keys& keys) {
    const auto count = [&](const char* key) {
        return key == nullptr ? std::nullopt : upstream::find_count(counts, key);
    };
    upstream::usage usage;
    usage.input_tokens = count(keys.input);
    usage.output_tokens = count(keys.output);
    usage.total_tokens = count(keys.total);
    usage.cached_tokens = count(keys.cached);
    usage.cache_write_tokens = count(keys.cache_write);
    usage.reasoning_tokens = count(keys.reasoning);
    usage.input_audio_tokens = count(keys.input_audio);
    usage.output_audio_tokens = count(keys.output_audio);
    return usage;
}

}  // namespace sluice::gateway::load
