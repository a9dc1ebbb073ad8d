#include "gateway/http/listener_role.hpp"

#include "gateway/http/endpoints.hpp"

namespace sluice::gateway {

namespace {

/// Probes look at any port, and a page asks for its data where it came from itself: an operator's
/// dashboard stops streams there, too.
bool is_everywhere(endpoint what) {
    switch (what) {
        case endpoint::page:
        case endpoint::dashboard:
        case endpoint::page_file:
        case endpoint::session_read:
        case endpoint::session_begin:
        case endpoint::session_end:
        case endpoint::stream_stop:
        case endpoint::live:
        case endpoint::ready:
            return true;
        default:
            return false;
    }
}

}  // namespace

bool is_served(audience whom, endpoint what, listener_role by) {
    switch (by) {
        case listener_role::everybody:
            return true;
        case listener_role::clients:
            return whom != audience::operators;
        case listener_role::operators:
            return whom == audience::operators || is_everywhere(what);
    }
    return false;
}

}  // namespace sluice::gateway
