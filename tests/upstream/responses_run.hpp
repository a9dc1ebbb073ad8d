#pragma once

#include "tests/upstream/codec_run.hpp"
#include "upstream/providers/openai_responses.hpp"

#include <nlohmann/json.hpp>

#include <string>
#include <string_view>
#include <vector>

/// Runs the codec of the Responses API.
namespace sluice::upstream::testing {

inline provider_settings responses_provider() {
    auto provider = plain_provider();
    provider.apis = {api::openai_responses};
    return provider;
}

inline call responses_relay_call(bool stream = true) {
    call asked;
    asked.api = api::openai_responses;
    asked.body = R"({"model":"m","input":"hi","stream":true})";
    asked.stream = stream;
    return asked;
}

inline told run_responses(const call& asked, const std::vector<std::string_view>& pieces) {
    return run(make_openai_responses_codec(), asked, responses_provider(), pieces);
}

/// Frames with `event` and `data`, as the API sends them, from the data alone.
inline std::string responses_wire(const std::vector<std::string>& datas) {
    std::string wire;
    for (const auto& data : datas) {
        const auto type = nlohmann::json::parse(data).value("type", "");
        wire += "event: " + type + "\ndata: " + data + "\n\n";
    }
    return wire;
}

}  // namespace sluice::upstream::testing
