#pragma once

#include "gateway/store/demand.hpp"
#include "gateway/store/idempotency.hpp"

#include <functional>
#include <string>
#include <vector>

namespace sluice::gateway {

/// What outlives one request and is one for the whole gateway: names of requests, conversations,
/// and what keys and models have used. Each worker has its own way in.
///
/// Callers pass callbacks and do not care when they come, so that a store which several machines
/// share can take this one's place. They come on the caller's worker; where the answer is at hand,
/// before the call returns. What one worker asks about one name is done in the order of its calls:
/// who finds the latest stream of a conversation, and then sets another one, finds the one before.
class store {
 public:
    virtual ~store() = default;

    /// Asks what to do about a request that its client named; see idempotency_table. Who is to
    /// begin a stream binds the name, or releases it. `name` is not empty here, nor below.
    virtual void claim(
        const std::string& name,
        const idempotency_table::digest& request,
        idempotency_table::listener decided
    ) = 0;
    virtual void bind(const std::string& name, const std::string& stream_id) = 0;
    /// `stream_id`: the stream that the name stood for; empty if none was begun.
    virtual void release(const std::string& name, const std::string& stream_id) = 0;

    /// The stream that answered last in a conversation; calls back with "" where there is none.
    virtual void set_latest(const std::string& conversation, const std::string& stream_id) = 0;
    virtual void find_latest(
        const std::string& conversation, std::function<void(std::string)> found
    ) = 0;
    virtual void forget_latest(const std::string& conversation, const std::string& stream_id) = 0;

    /// Takes all of the demands, or none of them.
    virtual void take(
        const std::vector<demand>& demands, std::function<void(const limit_verdict&)> decided
    ) = 0;
    /// Gives back what was taken and not used, once. A negative amount is what was used beyond: it
    /// is taken whatever the bound.
    virtual void give_back(const std::vector<demand>& demands) = 0;
    /// How the bounds of these demands stand, one for each; nothing is taken.
    virtual void look(
        const std::vector<demand>& demands, std::function<void(std::vector<standing>)> seen
    ) = 0;
};

}  // namespace sluice::gateway
