#include "upstream/mock/answer.hpp"
#include "upstream/mock/json_instance.hpp"
#include "upstream/mock/picture.hpp"
#include "upstream/mock/tools.hpp"

#include <algorithm>
#include <utility>

namespace sluice::upstream::mock {
namespace {

using content = decltype(choice::content);

/// A refusal is short when nobody says.
constexpr std::string_view refusal_text =
    "I cannot help with that: the mock model was asked to refuse.";

/// The JSON text that `response_format` asks for.
std::optional<std::string> json_asked_for(const request& request, std::uint64_t seed) {
    using form = response_format::form;
    if (!request.response_format || request.response_format->kind == form::text)
        return std::nullopt;
    const bool given = request.response_format->kind == form::json_schema;
    return make_instance_text(given ? request.response_format->schema : nlohmann::json(), seed);
}

bool wants(const request& request, std::string_view modality) {
    return std::ranges::find(request.output_modalities, modality) !=
           request.output_modalities.end();
}

passage thoughts_of(const options& options, std::uint64_t seed) {
    if (!options.thoughts.empty()) return passage::verbatim(options.thoughts);
    return {text_style::prose, seed, options.reasoning};
}

/// What is spoken.
passage words_of(const options& options, std::uint64_t seed, std::int64_t tokens) {
    if (options.reply) return passage::verbatim(*options.reply);
    return {text_style::prose, seed, tokens};
}

/// Something that is asked for by name goes before a reply, and that before what the request says.
bool asks_for_calls(const options& options) {
    return !options.scripted_calls.empty() || !options.tool_call.empty() || options.tool_calls > 0;
}

content refusal_of(const options& options, std::uint64_t seed) {
    if (options.reply) return passage::verbatim(*options.reply);
    if (options.tokens) return passage(text_style::prose, seed, *options.tokens);
    return document{std::string(refusal_text), ""};
}

content text_of(const options& options, std::uint64_t seed, std::int64_t tokens) {
    const text_style style = find_text_style(options.content).value_or(text_style::prose);
    if (style == text_style::json && !options.tokens)
        return document{make_instance_text(nlohmann::json(), seed), ""};
    return passage(style, seed, tokens);
}

content content_of(const request& request, const options& options, std::uint64_t seed) {
    const std::int64_t tokens = options.tokens.value_or(usual_tokens(seed));
    const bool speaks = wants(request, "audio");
    if (options.refusal) return refusal_of(options, seed);
    if (!options.reply || asks_for_calls(options)) {
        auto calls = make_calls(request, options, seed);
        if (!calls.empty()) return tool_calls{std::move(calls)};
    }
    if (options.reply && !speaks) return passage::verbatim(*options.reply);
    if (!options.media.empty() || wants(request, "image")) {
        const auto type = options.media.empty() ? picture_type : options.media;
        return document{encode_base64(make_png(seed)), type};
    }
    if (auto text = json_asked_for(request, seed)) return document{*std::move(text), ""};
    if (speaks) return speech{words_of(options, seed, tokens)};
    return text_of(options, seed, tokens);
}

}  // namespace

choice answer::make_choice(const request& request, const options& options, std::uint64_t seed)
    const {
    choice made;
    made.content = content_of(request, options, seed);
    made.seed = seed;
    made.cuts = dice(seed);
    made.tokens_left = request.max_tokens.value_or(std::numeric_limits<std::int64_t>::max());
    made.filter = stop_filter(request.stop);
    made.thoughts = thoughts_of(options, mix(seed, 0x7468696e6bU));
    made.signature = "mock-thought-" + hex(mix(seed, 0x7369676eU));
    made.refuses = options.refusal;
    return made;
}

}  // namespace sluice::upstream::mock
