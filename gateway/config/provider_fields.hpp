#pragma once

#include "gateway/config/configuration.hpp"
#include "gateway/config/section.hpp"

#include <string_view>
#include <vector>

/// Keys of a provider. Which of them one may have depends on its kind, see provider_table.cpp.
namespace sluice::gateway {

using provider_field = field<provider_entry>;

/// The word of the kind itself; stands first.
provider_field kind_field(std::string_view word, upstream::provider_settings::protocol kind);
provider_field base_url_field(bool required);
provider_field api_key_field();
provider_field ask_usage_field();
/// `apis`: what an OpenAI-compatible server speaks.
provider_field apis_field();

inline constexpr std::string_view openai_base_url = "https://api.openai.com/v1";
/// What a server is taken to speak where nothing is said: OpenAI itself everything, others mostly
/// what was there before Responses.
std::vector<upstream::api> usual_apis(std::string_view base_url);

/// A text of its own meaning.
provider_field setting_field(
    std::string_view key,
    std::string_view doc,
    std::string upstream::provider_settings::*member,
    bool required = false
);
/// A text that is shown to nobody.
provider_field secret_field(
    std::string_view key,
    std::string_view doc,
    std::string upstream::provider_settings::*member,
    bool required = false
);
provider_field url_field(
    std::string_view key, std::string_view doc, std::string upstream::provider_settings::*member
);

/// `headers` and `forward_headers`.
std::vector<provider_field> header_fields();
/// How its connections are made.
std::vector<provider_field> connection_fields();
/// Whether it goes on with an answer that it is given the beginning of.
provider_field prefill_field();
/// When it is left alone; every kind has it.
provider_field breaker_field();
/// What the mock model does.
std::vector<provider_field> mock_fields();
/// Rules between them; and what a profile says where nothing else was written.
void check_mock(const node& map, provider_entry& entry, problems& problems);

}  // namespace sluice::gateway
