#pragma once

#include "upstream/generation.hpp"
#include "upstream/providers/openai_host.hpp"
#include "upstream/providers/settings.hpp"

#include <boost/system/result.hpp>
#include <nlohmann/json.hpp>

#include <string>
#include <string_view>

namespace sluice::upstream {

/// A request's messages as a host of chat completions takes them; or why it can't.
///
/// Only users can show pictures, sounds and files there: those of a tool or an assistant follow in
/// a message of the user's. Earlier thoughts go to the hosts that want them back.
boost::system::result<nlohmann::json, failure> translate_openai_messages(
    const call& call,
    const provider_settings& provider,
    std::string_view model,
    const openai_host& host
);

/// Whether the last of them is the assistant's, so that it can be gone on with.
bool ends_with_answer(const nlohmann::json& messages);

/// What a file is called whose data goes up: OpenAI takes no data without a name.
std::string openai_file_name(const file_part& file);

}  // namespace sluice::upstream
