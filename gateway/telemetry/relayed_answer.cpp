#include "gateway/telemetry/relayed_answer.hpp"

#include "upstream/providers/document_items.hpp"
#include "upstream/providers/make_codec.hpp"

#include <cstddef>
#include <optional>

namespace sluice::gateway {

namespace {

/// A frame that says more than is kept of a whole answer: a picture, or what means harm. Neither a
/// tree of it nor room for it is worth an operator's curiosity.
constexpr std::size_t frame_bytes_max = 256U << 10;

using protocol = upstream::provider_settings::protocol;
using upstream::api;

/// A provider of the API; nothing where no words are streamed in it, or none is relayed.
std::optional<upstream::provider_settings> provider_of(api spoken) {
    upstream::provider_settings provider;
    switch (spoken) {
        case api::openai_chat:
        case api::openai_completions:  // read by the same codec
            provider.apis = {api::openai_chat};
            return provider;
        case api::openai_responses:
            provider.apis = {api::openai_responses};
            return provider;
        case api::anthropic_messages:
            provider.kind = protocol::anthropic;
            return provider;
        case api::gemini:
            provider.kind = protocol::gemini;
            return provider;
        case api::ollama_chat:
        case api::ollama_generate:
            provider.kind = protocol::ollama;
            return provider;
        case api::native:
        case api::openai_embeddings:
        case api::anthropic_count_tokens:
        case api::ui_messages:
            return {};
    }
    return {};
}

/// As it would read the answer for a client of another API: a codec relays what the provider
/// speaks.
std::unique_ptr<upstream::codec> make_reader(api spoken) {
    const auto provider = provider_of(spoken);
    if (!provider) return nullptr;
    auto reader = upstream::make_codec(*provider, api::native, {});
    // The request goes nowhere, but the answer begins with it.
    static_cast<void>(reader->encode(upstream::call{}, *provider, "any"));
    return reader;
}

}  // namespace

relayed_answer::relayed_answer(api spoken, bool streamed)
    : spoken_(spoken), streamed_(streamed), codec_(streamed ? make_reader(spoken) : nullptr) {}

const std::vector<upstream::item>& relayed_answer::read(std::string_view bytes) {
    if (told_.ending) codec_.reset();
    told_.clear();
    if (!streamed_) {
        texts_.clear();
        broken_ = !upstream::read_document_items(spoken_, bytes, texts_, told_);
    } else if (bytes.size() > frame_bytes_max) {
        broken_ = codec_ != nullptr;
    } else if (codec_) {
        codec_->feed(bytes, told_);
        broken_ = told_.ending && told_.ending->outcome != upstream::outcome::completed;
    }
    return told_.items;
}

const std::vector<upstream::item>& relayed_answer::end() {
    const bool ended = told_.ending.has_value();
    told_.items.clear();
    if (codec_ && !ended) codec_->end(told_);
    return told_.items;
}

}  // namespace sluice::gateway
