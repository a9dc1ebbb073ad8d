#include "gateway/http/endpoints.hpp"

#include <array>

namespace sluice::gateway {

namespace {

struct endpoint_row {
    std::string_view method;
    std::string_view path;  ///< a trailing {} stands for a rest that is not empty
    gateway::endpoint endpoint;
    bool generates = false;
    bool stops = false;
    bool needs_key = true;
};

constexpr std::array table{
    endpoint_row{"GET", "/", endpoint::page, false, false, false},
    endpoint_row{"GET", "/livez", endpoint::live, false, false, false},
    endpoint_row{"GET", "/healthz", endpoint::live, false, false, false},
    endpoint_row{"GET", "/readyz", endpoint::ready, false, false, false},
    endpoint_row{"GET", "/metrics", endpoint::metrics},
    endpoint_row{"GET", "/v1/models", endpoint::models},
    endpoint_row{"GET", "/v1/models/{}", endpoint::model},
    endpoint_row{"POST", "/v1/streams", endpoint::native_post, true},
    endpoint_row{"POST", "/v1/stream", endpoint::native_post, true},
    endpoint_row{"GET", "/v1/stream", endpoint::native_get, true, false, false},
    endpoint_row{"GET", "/v1/streams", endpoint::stream_list, false, false, false},
    endpoint_row{"GET", "/v1/streams/{}", endpoint::stream_attach, false, false, false},
    endpoint_row{"DELETE", "/v1/streams/{}", endpoint::stream_stop, false, true, false},
    endpoint_row{"GET", "/v1/events", endpoint::live_events},
    endpoint_row{"POST", "/v1/chat/completions", endpoint::chat_completions, true},
};

/// What `path` holds in the place of the pattern's {}: "" where there is none; nothing if it
/// differs.
std::optional<std::string_view> match_path(std::string_view pattern, std::string_view path) {
    if (!pattern.ends_with("{}")) {
        return pattern == path ? std::optional<std::string_view>{""} : std::nullopt;
    }
    pattern.remove_suffix(2);
    if (!path.starts_with(pattern) || path.size() == pattern.size()) return std::nullopt;
    return path.substr(pattern.size());
}

/// HEAD is GET without the body, where GET is harmless.
bool method_fits(const endpoint_row& row, std::string_view method) {
    if (row.method == method) return true;
    return method == "HEAD" && row.method == "GET" && !row.generates &&
           row.endpoint != endpoint::stream_attach && row.endpoint != endpoint::live_events;
}

void allow(std::string& list, std::string_view method) {
    if (!list.empty()) list += ", ";
    list += method;
}

}  // namespace

route_lookup find_endpoint(std::string_view method, std::string_view path) {
    route_lookup lookup;
    for (const auto& row : table) {
        const auto argument = match_path(row.path, path);
        if (!argument) continue;
        lookup.name = row.path;
        if (method_fits(row, method)) {
            lookup.match = route_match{
                row.endpoint,
                std::string{*argument},
                row.path,
                row.generates,
                row.stops,
                row.needs_key};
        }
        allow(lookup.allow, row.method);
        if (method_fits(row, "HEAD")) allow(lookup.allow, "HEAD");
    }
    if (!lookup.allow.empty()) allow(lookup.allow, "OPTIONS");
    return lookup;
}

const dialect& dialect_of(std::string_view path) {
    const bool native =
        !path.starts_with("/v1/") || path.starts_with("/v1/stream") || path == "/v1/events";
    return native ? native_dialect() : openai_chat_dialect();
}

}  // namespace sluice::gateway
