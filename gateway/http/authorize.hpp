#pragma once

#include "gateway/http/request_scope.hpp"
#include "upstream/generation.hpp"

#include <optional>
#include <string>

/// What a request may do, as its scope's settings have it. Each says why not, or nothing, and notes
/// in the scope who asks.
namespace sluice::gateway {

/// A key, where keys are configured.
std::optional<upstream::failure> require_key(request_scope& scope);

/// An operator's key, as soon as any key is configured; without keys anybody will do.
std::optional<upstream::failure> require_operator(request_scope& scope);

/// The right to read that stream: to know its id, or a signed URL, or the key that began it, as
/// `streams.attach` says. Whose the stream is remains to be compared with the scope's `who`.
std::optional<upstream::failure> require_reader(request_scope& scope, const std::string& id);

/// The right to stop that stream: a key, which must be its own or an operator's, or a signed URL.
std::optional<upstream::failure> require_stopper(request_scope& scope, const std::string& id);

}  // namespace sluice::gateway
