#include "gateway/load/speech/completions_codec.hpp"

#include "gateway/load/speech/client_request.hpp"
#include "gateway/load/speech/client_words.hpp"
#include "upstream/providers/json_read.hpp"
#include "upstream/providers/openai_usage.hpp"
#include "upstream/providers/translation.hpp"

#include <utility>

namespace sluice::gateway::load {

namespace {

using nlohmann::json;
using upstream::find;
using upstream::find_text;

/// Completions know no conversation: what was said stands one below the other.
std::string prompt_of(const upstream::request& request) {
    std::string prompt;
    for (const auto& message : request.messages) {
        if (!prompt.empty()) prompt += "\n\n";
        prompt += upstream::text_of(message);
    }
    return prompt;
}

}  // namespace

void completions_stream::read(
    const sse::frame& /*frame*/, std::string_view data, upstream::batch& out
) {
    if (data == "[DONE]") return complete(out);
    const json event = parse_event(data, out);
    if (ended()) return;
    const json* const choices = find(event, "choices");
    if (choices != nullptr && choices->is_array() && !choices->empty()) {
        const json& choice = choices->front();
        const auto text = texts().keep(find_text(choice, "text"));
        if (!text.empty()) out.items.emplace_back(upstream::text_delta{0, text});
        const auto finish = texts().keep(find_text(choice, "finish_reason"));
        if (!finish.empty())
            out.items.emplace_back(upstream::finish{0, reason_named(finish), finish});
    }
    const json* const usage = find(event, "usage");
    if (usage == nullptr || !usage->is_object()) return;
    if (const auto counts = upstream::read_openai_usage(*usage)) out.items.emplace_back(*counts);
}

bool completions_stream::is_document(const json& value) const {
    return find(value, "choices") != nullptr;
}

boost::system::result<upstream::http_request, upstream::failure> completions_codec::encode(
    const upstream::call& call, const upstream::provider_settings& server, std::string_view model
) {
    errors_ = errors_of(server);
    stream_.emplace(errors_);
    json body = {
        {"model", model},
        {"prompt", prompt_of(call.request)},
        {"stream", true},
        {"stream_options", {{"include_usage", true}}}};
    if (call.request.max_tokens) body["max_tokens"] = *call.request.max_tokens;
    auto request = post_to("/v1/completions", call, server);
    request.body = upstream::dump_body(body);
    return request;
}

}  // namespace sluice::gateway::load
