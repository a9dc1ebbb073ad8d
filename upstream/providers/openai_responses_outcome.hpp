#pragma once

#include "upstream/generation.hpp"
#include "upstream/providers/batch_texts.hpp"
#include "upstream/providers/provider_errors.hpp"
#include "upstream/source.hpp"

#include <nlohmann/json.hpp>

#include <optional>
#include <string_view>

/// What the `response` object tells, in a stream's first and last events and as a document.
namespace sluice::upstream {

/// Tokens in the words of this API. Nothing where no figure is told.
std::optional<usage> responses_usage_of(const nlohmann::json& response);

/// How a response ended. `status` wins over the name of the event that brought it, which clones get
/// wrong; but a failure stays one, whether the event, the status or an error tells it.
enum class responses_end { completed, incomplete, failed, not_yet };
responses_end responses_end_of(const nlohmann::json& response, std::string_view event);

/// The reason of a response that ended well enough. `called`: it holds calls of the client's tools.
finish responses_finish_of(
    const nlohmann::json& response, responses_end end, bool called, batch_texts& texts
);

/// Why a response failed.
failure responses_failure_of(const nlohmann::json& response, const provider_errors& errors);

/// The failure that an `error` event tells, nested or flat.
failure responses_error_of(const nlohmann::json& event, const provider_errors& errors);

/// Whether output of this type is a call of one of the client's tools.
bool is_responses_call(std::string_view item_type);

}  // namespace sluice::upstream
