#pragma once

#include "upstream/providers/codec.hpp"

#include <memory>

namespace sluice::upstream {

/// The codec of OpenAI's chat completions, which Azure OpenAI, vLLM, llama.cpp, Ollama, Groq,
/// Mistral, DeepSeek, OpenRouter, xAI, Perplexity and many others speak, each with an accent of its
/// own.
///
/// A call of `api::openai_chat` takes the transparent way: its body goes up byte for byte but for
/// the model and the wish for usage, and what comes back are `verbatim` items. Beside them stand
/// only identity, finish and usage: the deltas are left in the bytes. Where the client did not ask
/// for usage and the gateway did, the one frame of `choices: []` with usage is left out. Any other
/// call is translated: always streamed, and told in deltas.
std::unique_ptr<codec> make_openai_chat_codec();

}  // namespace sluice::upstream
