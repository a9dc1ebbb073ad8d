#pragma once

#include "upstream/generation.hpp"
#include "upstream/providers/settings.hpp"
#include "upstream/source.hpp"

#include <boost/system/result.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace sluice::upstream {

/// One HTTP request to a provider.
struct http_request {
    std::string url;
    std::vector<std::string> headers;  ///< "name: value" without CR, LF or NUL
    std::string body;
    /// Fields of the request that this target can't carry and that only tune, by the client's
    /// names.
    std::vector<std::string> dropped = {};
};

/// One exchange in a provider's protocol: encodes the request, then decodes the answer.
///
/// Pure and incremental: bytes in, items out; no sockets, no clocks. One codec serves one attempt.
/// Items point into the codec and are valid until its next `feed`; `end` may add to their batch.
class codec {
 public:
    virtual ~codec() = default;

    /// The request for `model` of this provider, or why this target can't carry it.
    virtual boost::system::result<http_request, failure> encode(
        const call& call, const provider_settings& provider, std::string_view model
    ) = 0;

    /// Bytes of a successful answer. Appends to `out`; sets the ending once the terminal event or
    /// an error was decoded. Whatever comes after an ending is ignored.
    virtual void feed(std::string_view bytes, batch& out) = 0;

    /// The answer's end of file. Sets the ending if none was set: without the terminal event, that
    /// is a failure.
    virtual void end(batch& out) = 0;

    /// What an unsuccessful answer means to the client. `body` may be cut short and be anything.
    virtual failure refuse(int status, const header_list& headers, std::string_view body) const = 0;

    /// A text of the provider's with the credentials taken out that it was asked with. As it is,
    /// where a codec is given none.
    virtual std::string redact(std::string text) const { return text; }
};

}  // namespace sluice::upstream
