#pragma once

#include "tests/upstream/codec_run.hpp"
#include "upstream/providers/ollama.hpp"

#include <string>
#include <string_view>
#include <vector>

/// Runs Ollama's codec.
namespace sluice::upstream::testing {

inline provider_settings ollama_provider() {
    auto provider = plain_provider();
    provider.kind = provider_settings::protocol::ollama;
    provider.name = "local";
    provider.base_url.clear();
    return provider;
}

inline call ollama_call(api api = api::ollama_chat, bool stream = true) {
    call asked;
    asked.api = api;
    asked.body = R"({"model":"m","messages":[]})";
    asked.stream = stream;
    return asked;
}

inline told run_ollama(const call& asked, const std::vector<std::string_view>& pieces) {
    return run(make_ollama_codec(), asked, ollama_provider(), pieces);
}

}  // namespace sluice::upstream::testing
