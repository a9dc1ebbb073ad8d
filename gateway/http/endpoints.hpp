#pragma once

#include "gateway/dialects/dialect.hpp"
#include "gateway/http/listener_role.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace sluice::gateway {

/// What the gateway can be asked for.
enum class endpoint {
    page,  ///< the playground
    dashboard,
    page_file,  ///< what the pages refer to
    session_read,
    session_begin,
    session_end,
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
    key_list,
    log_read,
    log_change,
    live_events,
    generate,  ///< a client dialect's own endpoint
    gemini,    ///< `{model}:{method}`
    ui_post,
    ui_resume,
    ui_stop,
    ollama_tags,
    ollama_version,
};

/// Who may ask.
enum class audience {
    everybody,  ///< or the answer judges that itself
    keys,       ///< who has a key, where keys are on
    operators   ///< who has an operator's key, as soon as there are keys
};

/// A path and method understood.
struct route_match {
    gateway::endpoint endpoint;
    std::string argument;                       ///< what a path's variable part holds
    const gateway::dialect* dialect = nullptr;  ///< in whose words it is answered
    std::string_view name;   ///< the path with its variable part named, for the log
    bool generates = false;  ///< starts a generation
    bool stops = false;
    bool changes = false;  ///< how the gateway itself behaves
    gateway::audience audience = audience::keys;
};

/// What became of looking a request up.
struct route_lookup {
    std::optional<route_match> match;
    std::string allow;      ///< methods of a known path; empty for an unknown one
    std::string_view name;  ///< of a known path, with its variable part named; for the log
};

/// What a request asks for, of what there is for who comes by such a listener.
route_lookup find_endpoint(
    std::string_view method, std::string_view path, listener_role by = listener_role::everybody
);

/// In whose words errors about this path are told: those of the API that it belongs to, the native
/// ones elsewhere.
const dialect& dialect_of(std::string_view path);

}  // namespace sluice::gateway
