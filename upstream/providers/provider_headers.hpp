#pragma once

#include "upstream/generation.hpp"
#include "upstream/providers/settings.hpp"

#include <string>
#include <string_view>
#include <vector>

/// Which headers go up to a provider. The client's go by an allow-list, never by default.
namespace sluice::upstream {

/// The key that the client itself sent: a bearer token, `x-api-key`, `api-key` or `x-goog-api-key`.
/// Empty: none.
std::string_view client_key_of(const header_list& client_headers);

/// The headers of one request, each name once; what is set later replaces what was set before.
class request_headers {
 public:
    /// Leaves out what is no header: a name that is no token, a value with control characters.
    void set(std::string_view name, std::string_view value);
    /// Those of the client's headers, whose names are in lower case, that this provider is to see,
    /// and those of the trace that the call belongs to.
    void forward(
        const header_list& client_headers,
        const std::vector<std::string>& standard,
        const std::vector<std::string>& configured
    );
    /// As written in the configuration, less what belongs to the connection.
    void add_configured(const header_list& headers);
    /// As "name: value" lines.
    std::vector<std::string> lines() const;

 private:
    header_list list_;
};

}  // namespace sluice::upstream
