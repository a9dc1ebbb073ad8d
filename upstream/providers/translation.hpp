#pragma once

#include "upstream/generation.hpp"
#include "upstream/providers/codec.hpp"
#include "upstream/providers/settings.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// What the codecs need to say a request in their provider's words.
namespace sluice::upstream {

/// What a target is called in messages: 'provider/model'.
std::string target_name(const provider_settings& provider, std::string_view model);

/// Refuses a call that a target can't carry without changing its meaning: 400, with the field by
/// the client's own name. `field`: its name in OpenAI's chat completions. `why` begins with a verb:
/// "takes no ...".
failure cannot_carry(
    const call& call,
    const provider_settings& provider,
    std::string_view model,
    std::string_view field,
    std::string_view why
);

/// The refusal of a call with parts that only its own protocol can carry; nothing if there are
/// none.
std::optional<failure> refuse_untranslatable(
    const call& call, const provider_settings& provider, std::string_view model
);

/// Another refusal before anything is sent: another target may be able to carry the call.
failure rejected(int status, std::string type, std::string message);

/// The key that the provider is asked with: its own, or the client's where that is passed on. A
/// failure where the client's is wanted and there is none. Empty: none is configured.
boost::system::result<std::string, failure> key_for(
    const call& call, const provider_settings& provider
);

/// Gathers the names of fields that only tune and are left out.
class dropped_fields {
 public:
    explicit dropped_fields(const call& call) : call_(call) {}
    /// `field` as above; does nothing unless `present`.
    void note(bool present, std::string_view field);
    std::vector<std::string> take() { return std::move(names_); }

 private:
    const call& call_;
    std::vector<std::string> names_;
};

/// `data:image/png;base64,AAAA` taken apart. Views into `url`.
struct data_url {
    std::string_view type;
    std::string_view data;  ///< base64
};
/// Nothing where it is no data URL in base64.
std::optional<data_url> parse_data_url(std::string_view url);

/// A tool call's arguments as an object: {} for empty ones; nothing where they are no JSON object.
std::optional<nlohmann::json> arguments_object(std::string_view arguments);

/// Percent-encodes all but RFC 3986's unreserved characters.
std::string percent_encode(std::string_view text);

/// JSON for a provider, valid whatever bytes its strings hold.
std::string dump_body(const nlohmann::json& body);

/// The texts of a message's parts, joined; other parts are left out.
std::string text_of(const message& message);

}  // namespace sluice::upstream
