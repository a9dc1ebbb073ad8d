#pragma once

#include "upstream/generation.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

/// What of a request and its answer may be written down. Everything that is not known to be
/// harmless counts as a credential.
namespace sluice::upstream {

/// The headers with the values of all but the harmless ones replaced by `***`. What is no header is
/// `***` altogether.
header_list redacted(const header_list& headers);
/// The same of "name: value" lines. Those of `configured`, which an operator may have put a secret
/// into, are not harmless, whatever their names are.
header_list redacted(const std::vector<std::string>& lines, const header_list& configured);

/// The credentials of one request, so that an answer that repeats them can be written down.
class secrets {
 public:
    /// Shorter ones are no credentials, and would be found in every text.
    static constexpr std::size_t bytes_min = 8;

    secrets() = default;
    /// Of "name: value" lines what `redacted` hides by name, and of the URL's query likewise.
    secrets(const std::vector<std::string>& lines, std::string_view url);

    /// Puts a `*` in the place of each byte of a secret.
    void hide(std::string& text) const;
    /// How many bytes of the end may be the beginning of a secret, whose rest comes later.
    std::size_t begun_at_end(std::string_view text) const;

 private:
    void add(std::string_view value);

    std::vector<std::string> values_;
};

/// What HTTP takes as a header's name (a token), and as its value (no control characters).
bool is_header_name(std::string_view text);
bool is_header_value(std::string_view text);

/// A URL without user, password and fragment; values of its query but for the harmless ones are
/// `***`.
std::string redacted_url(std::string_view url);

}  // namespace sluice::upstream
