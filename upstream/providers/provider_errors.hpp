#pragma once

#include "upstream/generation.hpp"
#include "upstream/providers/settings.hpp"

#include <nlohmann/json.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace sluice::upstream {

/// What a provider says about an error, in whichever of the many shapes. Empty: not said.
struct error_details {
    std::string message;
    std::string type;
    std::string code;
    std::string param;
    int status = 0;  ///< an HTTP status told within the body
};

/// Finds the details in an error body: `{error: {...}}`, `{error: "..."}`, `{errors: [{...}]}`,
/// `{message}`, `{detail}`, FastAPI's lists of details, Google's one-element arrays, flat objects.
error_details error_details_of(const nlohmann::json& body);

/// What is wrong with an answer whose terminal event says that it is over, but nothing why.
inline constexpr std::string_view unexplained_end = "ended its answer without saying why";
/// And of one with content behind its end, where clients have stopped reading.
inline constexpr std::string_view late_content = "went on after it had finished its answer";

/// Turns what a provider says about an error into a failure for the client: the status mapped, the
/// text cleaned and bounded, credentials taken out, pages of HTML and other garbage left out.
class provider_errors {
 public:
    provider_errors() = default;
    /// `client_key` is the client's own key where that one is passed on, else empty.
    provider_errors(const provider_settings& provider, std::string_view client_key);

    /// An answer whose status was not 200.
    failure refused(int status, const header_list& headers, std::string_view body) const;

    /// An error object, or a text, that came under status 200.
    failure reported(const nlohmann::json& error) const;
    failure reported(std::string_view text) const;

    /// The answer broke a rule of the protocol, or off.
    failure broken(outcome how, std::string_view message, bool retryable) const;

    /// A text that goes on to the client, with the credentials taken out that the provider was
    /// asked with. What it was, where it holds none.
    std::string redact(std::string text) const;

 private:
    failure describe(int status, const error_details& details, std::string_view fallback) const;
    std::string retry_after_in(const header_list& headers) const;
    std::string subject() const;

    std::string name_;
    bool own_key_ = true;  ///< the gateway's key was sent, not the client's
    std::vector<std::string> secrets_;
};

}  // namespace sluice::upstream
