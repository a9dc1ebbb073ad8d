#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace sluice::gateway {

/// The most that the id of a chat may have: it is kept for as long as the chat's stream.
inline constexpr std::size_t ui_chat_id_bytes_max = 256;

/// The chat that a body of the AI SDK's `useChat` belongs to, by its client's own name. Empty where
/// the body names none, or by a name that is too long. Reads nothing else of the body.
std::string ui_chat_id(std::string_view body);

}  // namespace sluice::gateway
