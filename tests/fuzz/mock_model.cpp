// The mock model answers strangers' requests: whatever a request asks of it, by its fields, by the
// settings in its prompt or by `X-Mock-*` headers, it is refused with a status, or answered within
// bounds. What was asked to be JSON is JSON.
//
// Input: lines of settings, `name=value`; an empty line; the body of a chat completion.

#include "gateway/dialects/dialect.hpp"
#include "tests/fuzz/check.hpp"
#include "upstream/mock/answer.hpp"
#include "upstream/mock/options.hpp"
#include "upstream/mock/settings.hpp"
#include "upstream/utf8.hpp"

#include <algorithm>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace {

using namespace sluice::upstream;

constexpr std::size_t tokens_looked_at = 200;  // enough of them; answers may be long

/// Takes the settings off the front of `input`.
std::map<std::string, std::string> settings_before(std::string_view& input) {
    std::map<std::string, std::string> settings;
    while (!input.empty()) {
        const auto line = input.substr(0, input.find('\n'));
        input.remove_prefix(std::min(line.size() + 1, input.size()));
        if (line.empty()) break;
        const auto equals = std::min(line.find('='), line.size());
        settings[std::string(line.substr(0, equals))] =
            line.substr(std::min(equals + 1, line.size()));
    }
    return settings;
}

void check_refused(const failure& reason) {
    FUZZ_CHECK(reason.status >= 400);
    FUZZ_CHECK(!reason.message.empty());
}

void listen(mock::answer& answer, const request& asked) {
    std::map<int, std::string> texts;
    std::size_t tokens = 0;
    while (!answer.complete() && tokens < tokens_looked_at) {
        std::vector<item> items;
        answer.next(items);
        ++tokens;
        for (const auto& each : items) {
            if (const auto* text = std::get_if<text_delta>(&each))
                texts[text->choice] += text->text;
        }
        answer.forget();
    }
    FUZZ_CHECK(answer.tokens() >= 0 && answer.input_tokens() >= 0);
    for (const auto& [choice, text] : texts)
        FUZZ_CHECK(choice >= 0 && choice < asked.choices && is_utf8(text));
}

}  // namespace

// NOLINTNEXTLINE(readability-identifier-naming)
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    std::string_view input(reinterpret_cast<const char*>(data), size);
    const auto given = settings_before(input);
    const auto decoded = sluice::gateway::openai_chat_dialect().decode(std::string(input));
    if (!decoded) return 0;
    const auto& call = decoded->call;
    const auto read = mock::read_options(mock_settings(), call.request, given);
    if (const auto* reason = std::get_if<failure>(&read)) {
        check_refused(*reason);
        return 0;
    }
    const auto& options = std::get<mock::options>(read);
    if (const auto reason = mock::answer::check(call, options)) {
        check_refused(*reason);
        return 0;
    }
    mock::answer answer(call, options, 1);
    listen(answer, call.request);
    return 0;
}
