// What providers say besides their answers: errors with a status, lists of their models, tokens of
// IBM's. Whatever the bytes are, they are understood or not, and never thrown at; what becomes of
// an error has a status of an error, and can be said to a client.
//
// Input: one byte for the status; the lines of a head, `name: value`; an empty line; the body.

#include "gateway/dialects/dialect.hpp"
#include "tests/fuzz/check.hpp"
#include "upstream/providers/iam_token.hpp"
#include "upstream/providers/make_codec.hpp"
#include "upstream/providers/model_listing.hpp"
#include "upstream/routing/http_date.hpp"
#include "upstream/transfer_head.hpp"
#include "upstream/utf8.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace {

using namespace sluice::upstream;
using time_point = std::chrono::system_clock::time_point;

constexpr time_point now{std::chrono::hours(400'000)};
constexpr std::array statuses{400, 401, 403, 404, 408, 413, 422, 429, 500, 502, 503, 529, 100, 999};

/// Reads a head line by line, as it comes from libcurl, and takes it off `input`.
header_list head_before(std::string_view& input) {
    transfer_head head;
    bool whole = head.feed("HTTP/1.1 429 Too Many Requests\r\n");
    while (!input.empty() && whole) {
        const auto line = input.substr(0, input.find('\n'));
        input.remove_prefix(std::min(line.size() + 1, input.size()));
        whole = head.feed(std::string(line) + "\r\n");
        if (line.empty()) break;
    }
    for (const auto& [name, value] : head.headers())
        FUZZ_CHECK((name + value).find('\n') == std::string::npos);
    return head.headers();
}

provider_settings provider_of(provider_settings::protocol kind) {
    provider_settings provider;
    provider.name = "far";
    provider.kind = kind;
    provider.base_url = "https://provider.example";
    provider.api_key = "sk-secret-key";
    provider.region = "eu-west-1";
    provider.access_key_id = "AKIDEXAMPLE";
    provider.secret_access_key = "secret-of-aws";
    return provider;
}

void check_failure(const failure& reason) {
    FUZZ_CHECK(reason.status >= 400 && reason.status <= 599);
    for (const auto* dialect :
         {&sluice::gateway::native_dialect(),
          &sluice::gateway::openai_chat_dialect(),
          &sluice::gateway::openai_responses_dialect(),
          &sluice::gateway::anthropic_messages_dialect(),
          &sluice::gateway::gemini_dialect(),
          &sluice::gateway::ollama_chat_dialect(),
          &sluice::gateway::ui_messages_dialect()}) {
        const auto said = dialect->error_body(reason);
        FUZZ_CHECK(nlohmann::json::accept(said));
        FUZZ_CHECK(is_utf8(said));
        FUZZ_CHECK(said.find("sk-secret-key") == std::string::npos);
        const auto status = dialect->error_status(reason);
        FUZZ_CHECK(status >= 400 && status <= 599);
    }
}

}  // namespace

// NOLINTNEXTLINE(readability-identifier-naming)
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    std::string_view input(reinterpret_cast<const char*>(data), size);
    const auto status = statuses[data[0] % statuses.size()];
    input.remove_prefix(1);
    const auto headers = head_before(input);
    for (const auto& [name, value] : headers)
        (void)read_http_date(value, now);
    call asked;
    for (const auto& row : protocols()) {
        const auto provider = provider_of(row.kind);
        const auto codec = make_codec(provider, api::native, now);
        (void)codec->encode(asked, provider, "model");
        check_failure(codec->refuse(status, headers, input));
        for (const auto& model : listed_models_in(provider, input))
            FUZZ_CHECK(!model.empty());
    }
    const auto watsonx = provider_of(provider_settings::protocol::watsonx);
    const auto token =
        read_iam_answer(watsonx, data[0] % 2 == 0 ? 200 : status, headers, input, now);
    if (token) FUZZ_CHECK(!token->text.empty() && token->life.count() > 0);
    return 0;
}
