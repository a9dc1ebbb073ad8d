// The body of a client's request, in every dialect: it is decoded, or refused in the dialect's own
// words, and never thrown at. What was decoded is then encoded for every protocol of a provider:
// the request that goes out is JSON, and nothing of the client's forges a header of it or leads it
// to another server.
//
// Input: one byte that chooses the dialect (see `speakers`); one byte, odd: the path asks for a
// stream (Gemini's does); the body. What stands before the first LF of a body that does not begin
// with `{` is the model in the path.

#include "gateway/dialects/dialect.hpp"
#include "gateway/dialects/ui_messages.hpp"
#include "tests/fuzz/check.hpp"
#include "upstream/providers/make_codec.hpp"
#include "upstream/utf8.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace {

using namespace sluice::gateway;
using sluice::upstream::failure;
using sluice::upstream::is_utf8;
using sluice::upstream::protocols;
using sluice::upstream::provider_settings;

using speaker = std::pair<char, const dialect& (*)()>;

constexpr std::array speakers{
    speaker{'n', native_dialect},
    speaker{'c', openai_chat_dialect},
    speaker{'p', openai_completions_dialect},
    speaker{'r', openai_responses_dialect},
    speaker{'e', openai_embeddings_dialect},
    speaker{'a', anthropic_messages_dialect},
    speaker{'t', anthropic_count_tokens_dialect},
    speaker{'g', gemini_dialect},
    speaker{'G', gemini_array_dialect},
    speaker{'o', ollama_chat_dialect},
    speaker{'q', ollama_generate_dialect},
    speaker{'u', ui_messages_dialect},
};

const dialect& dialect_of(unsigned char head) {
    for (const auto& [letter, speaks] : speakers) {
        if (static_cast<unsigned char>(letter) == head) return speaks();
    }
    return speakers[head % speakers.size()].second();
}

void check_refusal(const dialect& dialect, const failure& reason) {
    FUZZ_CHECK(reason.status >= 400 && reason.status < 500);
    FUZZ_CHECK(!reason.message.empty());
    const auto body = dialect.error_body(reason);
    FUZZ_CHECK(nlohmann::json::accept(body));
    FUZZ_CHECK(is_utf8(body));
}

/// Whatever the outline is sure of, the decoder says as well.
void check_outline(const dialect& dialect, const std::string& body) {
    auto given = body;
    const auto outlined = dialect.outline(given);
    if (!outlined) {
        FUZZ_CHECK(given == body);
        return;
    }
    FUZZ_CHECK(outlined->call.body == body);
    const auto decoded = dialect.decode(body);
    if (!decoded) return;
    FUZZ_CHECK(outlined->call.request.model == decoded->call.request.model);
    FUZZ_CHECK(outlined->call.stream == decoded->call.stream);
}

provider_settings provider_of(const sluice::upstream::protocol_row& row) {
    provider_settings provider;
    provider.name = "far";
    provider.kind = row.kind;
    provider.base_url = "https://provider.example/base";
    provider.api_key = "sk-secret";
    provider.api_version = "v1";
    provider.project_id = "project";
    provider.region = "eu-west-1";
    provider.access_key_id = "AKIDEXAMPLE";
    provider.secret_access_key = "secret";
    return provider;
}

/// Only what a URL may hold, at the server that is configured; a model's name opens no query.
void check_url(std::string_view url) {
    constexpr std::string_view server = "https://provider.example/";
    FUZZ_CHECK(url.starts_with(server));
    FUZZ_CHECK(std::all_of(url.begin(), url.end(), [](char c) { return c > ' ' && c < 0x7f; }));
    FUZZ_CHECK(url.find('#') == std::string_view::npos);
    FUZZ_CHECK(std::count(url.begin(), url.end(), '?') <= 1);
    FUZZ_CHECK(url.find("/../") == std::string_view::npos);
}

void check_header(std::string_view line) {
    FUZZ_CHECK(line.find_first_of(std::string_view("\r\n\0", 3)) == std::string_view::npos);
    const auto colon = line.find(": ");
    FUZZ_CHECK(colon != std::string_view::npos && colon > 0);
}

/// `model` goes to the provider as the client named it, as where a route ends in `*`.
void encode_for_all(const sluice::upstream::call& call) {
    const auto& named = call.request.model;
    const auto model = named.empty() ? std::string_view("model") : std::string_view(named);
    constexpr std::chrono::system_clock::time_point now{std::chrono::hours(400'000)};
    for (const auto& row : protocols()) {
        const auto provider = provider_of(row);
        const auto codec = sluice::upstream::make_codec(provider, call.api, now);
        const auto request = codec->encode(call, provider, model);
        if (!request) {
            FUZZ_CHECK(!request.error().message.empty());
            continue;
        }
        check_url(request->url);
        for (const auto& line : request->headers)
            check_header(line);
        FUZZ_CHECK(nlohmann::json::accept(request->body));
    }
}

}  // namespace

// NOLINTNEXTLINE(readability-identifier-naming)
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < 2) return 0;
    const std::string_view input(reinterpret_cast<const char*>(data), size);
    const auto& dialect = dialect_of(data[0]);
    auto body = input.substr(2);
    said_in_path path;
    if (!body.starts_with('{')) {
        path.model = body.substr(0, body.find('\n'));
        body.remove_prefix(std::min(path.model.size() + 1, body.size()));
    }
    path.stream = data[1] % 2 == 1;
    FUZZ_CHECK(ui_chat_id(body).size() <= ui_chat_id_bytes_max);
    check_outline(dialect, std::string(body));
    auto decoded = dialect.decode(std::string(body), path);
    if (!decoded) {
        check_refusal(dialect, decoded.error());
        return 0;
    }
    FUZZ_CHECK(decoded->call.body == body);
    dialect.prepare_relay(decoded->call.body);
    encode_for_all(decoded->call);
    return 0;
}
