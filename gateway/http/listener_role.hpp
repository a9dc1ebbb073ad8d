#pragma once

namespace sluice::gateway {

enum class endpoint;
enum class audience;

/// Whom a listener is for. Every connection knows that of the listener it came by.
enum class listener_role {
    everybody,  ///< the one kind there is where `server.admin` is not set
    clients,    ///< what operators ask for has a listener of its own
    operators   ///< and this is it
};

/// Whether an endpoint exists for who comes by such a listener. Where it does not, it is answered
/// as a path that nobody has heard of. Who may ask is another matter: keys are judged alike on all
/// listeners.
bool is_served(gateway::audience whom, gateway::endpoint what, listener_role by);

}  // namespace sluice::gateway
