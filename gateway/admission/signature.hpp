#pragma once

#include <chrono>
#include <string>
#include <string_view>

namespace sluice::gateway {

/// HMAC-SHA256 of a text, in hexadecimal digits.
std::string sign_text(std::string_view secret, std::string_view text);

/// Whether a signature is that text's. Takes as long for a wrong one as for the right one.
bool is_signature_of(std::string_view signature, std::string_view secret, std::string_view text);

/// A time in decimal digits, as Unix seconds.
std::string unix_text(std::chrono::system_clock::time_point at);

/// Whether that time, as `unix_text` writes it, is still to come. False for any other text.
bool is_ahead(std::string_view unix_seconds, std::chrono::system_clock::time_point now);

}  // namespace sluice::gateway
