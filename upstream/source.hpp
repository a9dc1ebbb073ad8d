#pragma once

#include "upstream/attempt_record.hpp"
#include "upstream/generation.hpp"
#include "upstream/wire_fault.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace sluice::upstream {

/// What one turn of the event loop brought: items in order, then perhaps the ending.
/// Reused from turn to turn; holds no memory per token once it has grown.
struct batch {
    std::vector<item> items;
    std::optional<upstream::ending> ending;
    bool continued = false;  ///< the items are the first that go on where an attempt broke off

    void clear() {
        items.clear();
        ending.reset();
        continued = false;
    }
};

/// What the provider said before its body, and who it was. Filled when the first item or the ending
/// is there.
struct response_head {
    int status = 0;
    std::string request_id;            ///< the provider's, for X-Upstream-Request-Id
    header_list headers;               ///< rate-limit headers to hand on, lower-case names
    std::vector<std::string> dropped;  ///< fields that were not sent up, by the client's names
    upstream::wire_fault wire_fault;   ///< of the mock: what the answer's way to the client suffers
    bool asked_for = false;            ///< of the mock: its trouble is what the request asked for
    std::string target;                ///< provider/model that answers, or was asked last
    int attempts = 0;                  ///< made so far
    bool transparent = false;          ///< items hold the provider's own frames, to be passed on
    bool estimated = false;            ///< tokens are counted by the gateway
    std::int64_t discarded_tokens = 0;  ///< of attempts whose answer nobody gets
    std::vector<attempt_record> trail;  ///< all attempts that were begun, in this order
};

/// Told when a source has something to take. Called from the event loop or while the source is
/// begun, never from within `take`.
class source_listener {
 public:
    virtual void on_ready() = 0;

 protected:
    ~source_listener() = default;
};

/// What makes the tokens of one generation, as its owner sees it.
///
/// Pulled: nothing is delivered that is not taken, and an owner that stops taking makes the source
/// stop reading, so that the provider feels it. Lives on one worker. Destroying a source, or
/// `cancel`, ends the upstream exchange at once; nothing is called afterwards.
class source {
 public:
    virtual ~source() = default;

    /// Clears `out` and moves into it what has come since the last call. Never blocks, and may find
    /// nothing. After an ending there is nothing more. Views in `out` are valid until the next
    /// call.
    virtual void take(batch& out) = 0;

    /// Something waits to be taken. While it does, the lack of progress is not the provider's
    /// fault.
    virtual bool waiting() const = 0;

    /// Whether not taking slows the provider (HTTP/1.1 does; a shared HTTP/2 connection does not).
    virtual bool can_pause() const = 0;

    virtual void cancel() = 0;

    /// What the provider answered, once it has.
    virtual const response_head& head() const = 0;
};

}  // namespace sluice::upstream
