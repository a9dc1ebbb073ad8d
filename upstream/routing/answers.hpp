#pragma once

#include "upstream/generation.hpp"
#include "upstream/source.hpp"
#include "upstream/transfer.hpp"

#include <cstddef>
#include <string_view>

/// What a provider's answer comes to, apart from its body.
namespace sluice::upstream {

/// An error body is read for its message; more than this of it is of no use. It has to come before
/// the transfer pauses for bytes that nobody takes.
inline constexpr std::size_t refusal_bytes_max = transfer_engine::body_bytes_max / 4;

/// What of an answer's head is told on: the id of the request, and limits that look like some.
/// Whether a credential is in it is not known here.
void read_head(response_head& into, int status, const header_list& headers);

/// Why an exchange failed whose transfer did. `status` is 0 where there was no answer.
failure failure_of_transfer(transfer_error error, int status, std::string_view message);

}  // namespace sluice::upstream
