#pragma once

#include "upstream/generation.hpp"

#include <chrono>
#include <string>
#include <vector>

namespace sluice::upstream {

struct openai_host;

/// How to reach one provider, as configured. Immutable while it is in use.
struct provider_settings {
    enum class protocol {
        openai,
        azure,
        anthropic,
        gemini,
        watsonx,
        ollama,
        bedrock,
        cohere,
        mock,
        replay,
    };

    std::string name;
    protocol kind = protocol::openai;
    std::string base_url;               ///< without a trailing slash; the protocol appends its path
    std::string api_key;                ///< empty: none is sent
    bool client_key = false;            ///< `api_key: client`: the client's own key is passed on
    const openai_host* host = nullptr;  ///< openai: a compatible host that is known by name
    std::vector<api> apis;              ///< openai, azure: what it speaks; empty: chat
    std::string api_version;            ///< azure
    std::string organization;           ///< openai
    std::string version;                ///< anthropic, watsonx: of the interface, a date
    std::string bearer_token;           ///< gemini on Vertex: sent in place of a key
    std::string project_id;             ///< watsonx: this or space_id
    std::string space_id;
    std::string iam_url;            ///< watsonx: where a key is exchanged for a token
    std::string region;             ///< bedrock
    std::string access_key_id;      ///< bedrock
    std::string secret_access_key;  ///< bedrock
    std::string session_token;      ///< bedrock, of temporary credentials
    header_list headers;            ///< sent with every request
    std::vector<std::string>
        forward_headers;  ///< of the client's, lower case, besides the standard ones
    bool http2 = false;
    bool ask_usage = true;  ///< ask for usage in streams; off for servers that refuse the field
    std::chrono::milliseconds connect_timeout{5000};
    std::string proxy;    ///< empty: none, whatever the environment says
    std::string ca_file;  ///< empty: the system's
};

}  // namespace sluice::upstream
