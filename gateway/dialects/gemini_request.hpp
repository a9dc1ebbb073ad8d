#pragma once

#include "gateway/dialects/dialect.hpp"

#include <boost/system/result.hpp>

#include <string>
#include <string_view>

namespace sluice::gateway {

/// A GenerateContentRequest; model and method come from the path.
boost::system::result<decoded_request, upstream::failure> decode_gemini(
    std::string body, const said_in_path& path
);

/// What Gemini calls a field that OpenAI's chat completions call so.
std::string_view gemini_field_name(std::string_view field);

}  // namespace sluice::gateway
