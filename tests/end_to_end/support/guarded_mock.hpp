#pragma once

#include "tests/end_to_end/support/configuration_text.hpp"
#include "tests/end_to_end/support/event_stream.hpp"
#include "tests/end_to_end/support/gateway_process.hpp"
#include "tests/end_to_end/support/http.hpp"

#include <string>

/// A gateway in front of the mock whose keys and models have bounds.
namespace sluice::end_to_end {

inline const std::string user_key = "sk-sluice-user-0123456789";
inline const std::string operator_key = "sk-sluice-operator-0123456789";

/// Model `mock` as fast as it can, keys `team-a` and `ops`. `key` and `model` are more settings of
/// team-a and of the model, such as `limits: {requests_per_minute: 5}`; `top` is lines of its own.
inline std::string guarded_mock(
    const std::string& key,
    const std::string& model = {},
    const std::string& top = {},
    int workers = 1
) {
    const auto more = [](const std::string& text) { return text.empty() ? text : ", " + text; };
    return top + "server: {listen: [\"127.0.0.1:0\"], workers: " + std::to_string(workers) +
           "}\nlog: {format: json}\nproviders:\n  mock: {kind: mock, ttft: 0ms, rate: 0}\n"
           "models:\n  - {name: mock, targets: [{provider: mock, model: mock}]" +
           more(model) + "}\nkeys:\n  - {id: team-a, sha256: \"" + sha256_hex(user_key) + "\"" +
           more(key) + "}\n  - {id: ops, role: operator, sha256: \"" + sha256_hex(operator_key) +
           "\"}\n";
}

inline request with_key(request message, const std::string& key = user_key) {
    return message.header("Authorization", "Bearer " + key);
}

/// A prompt of the mock's, with team-a's key, for an answer of so many tokens.
inline request ask_mock(int tokens, bool stream = true) {
    return with_key(post("/v1/streams", {{"prompt", "Hi"}, {"stream", stream}})
    ).header("X-Mock-Tokens", std::to_string(tokens));
}

}  // namespace sluice::end_to_end
