#pragma once

#include "tests/upstream/aws_messages.hpp"
#include "tests/upstream/codec_run.hpp"
#include "upstream/providers/bedrock.hpp"

#include <chrono>
#include <string_view>
#include <vector>

/// Runs Bedrock's codec.
namespace sluice::upstream::testing {

inline constexpr auto signing_time =
    std::chrono::sys_days(std::chrono::year(2015) / std::chrono::August / 30) +
    std::chrono::hours(12) + std::chrono::minutes(36);

inline provider_settings bedrock_provider() {
    auto provider = plain_provider();
    provider.kind = provider_settings::protocol::bedrock;
    provider.name = "aws";
    provider.base_url.clear();
    provider.api_key.clear();
    provider.region = "eu-west-1";
    provider.access_key_id = "AKIDEXAMPLE";
    provider.secret_access_key = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
    return provider;
}

/// The end comes into the batch of the last piece, so that what that piece told has to outlive it.
inline told run_bedrock(const std::vector<std::string_view>& pieces) {
    const auto codec = make_bedrock_codec(signing_time);
    (void)codec->encode(translated_call(), bedrock_provider(), "model");
    told result;
    batch out;
    for (const auto piece : pieces) {
        result.add(out);
        out.clear();
        const std::vector<char> exact(piece.begin(), piece.end());
        codec->feed({exact.data(), exact.size()}, out);
    }
    codec->end(out);
    result.add(out);
    return result;
}

}  // namespace sluice::upstream::testing
