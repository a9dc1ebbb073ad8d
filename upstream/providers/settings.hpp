#pragma once

#include "upstream/generation.hpp"

#include <chrono>
#include <string>
#include <vector>

namespace sluice::upstream {

/// How to reach one provider, as configured. Immutable while it is in use.
struct provider_settings {
    enum class protocol { openai, azure, mock };

    std::string name;
    protocol kind = protocol::openai;
    std::string base_url;      ///< without a trailing slash; the protocol appends its path
    std::string api_key;       ///< empty: none is sent
    bool client_key = false;   ///< `api_key: client`: the client's own key is passed on
    std::string api_version;   ///< azure
    std::string organization;  ///< openai
    header_list headers;       ///< sent with every request
    std::vector<std::string>
        forward_headers;  ///< of the client's, lower case, besides the standard ones
    bool http2 = false;
    bool ask_usage = true;  ///< ask for usage in streams; off for servers that refuse the field
    std::chrono::milliseconds connect_timeout{5000};
    std::string proxy;    ///< empty: none, whatever the environment says
    std::string ca_file;  ///< empty: the system's
};

}  // namespace sluice::upstream
