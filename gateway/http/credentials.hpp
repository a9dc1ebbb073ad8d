#pragma once

#include "gateway/http/message.hpp"
#include "upstream/generation.hpp"

#include <string>
#include <string_view>

/// Keys of clients are in memory for as long as it takes to judge them, and no longer.
namespace sluice::gateway {

/// Whether the header of that lower-case name holds what lets its sender in.
bool is_credential(std::string_view name);

/// Overwrites the values of such headers and leaves them empty.
void wipe_credentials(upstream::header_list& headers);

/// Takes a parameter out of the query, wherever it stands in it; its value is overwritten.
void wipe_parameter(http_request& request, std::string_view name);

}  // namespace sluice::gateway
