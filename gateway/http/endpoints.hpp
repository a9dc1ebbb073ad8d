#pragma once

#include "gateway/dialects/dialect.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace sluice::gateway {

/// What the gateway can be asked for.
enum class endpoint {
    page,
    live,
    ready,
    metrics,
    models,
    model,
    native_post,
    native_get,
    stream_list,
    stream_attach,
    stream_stop,
    target_list,
    live_events,
    generate,  ///< a client dialect's own endpoint
    gemini,    ///< `{model}:{method}`
    ui_post,
    ui_resume,
    ui_stop,
    ollama_tags,
    ollama_version,
};

/// A path and method understood.
struct route_match {
    gateway::endpoint endpoint;
    std::string argument;                       ///< what a path's variable part holds
    const gateway::dialect* dialect = nullptr;  ///< in whose words it is answered
    std::string_view name;   ///< the path with its variable part named, for the log
    bool generates = false;  ///< starts a generation
    bool stops = false;
    bool needs_key = true;  ///< false: nobody needs one, or the answer judges that itself
};

/// What became of looking a request up.
struct route_lookup {
    std::optional<route_match> match;
    std::string allow;      ///< methods of a known path; empty for an unknown one
    std::string_view name;  ///< of a known path, with its variable part named; for the log
};

route_lookup find_endpoint(std::string_view method, std::string_view path);

/// In whose words errors about this path are told: those of the API that it belongs to, the native
/// ones elsewhere.
const dialect& dialect_of(std::string_view path);

}  // namespace sluice::gateway
