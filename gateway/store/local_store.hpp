#pragma once

#include "gateway/store/idempotency.hpp"
#include "gateway/store/latest_streams.hpp"
#include "gateway/store/limit_table.hpp"
#include "gateway/store/store.hpp"

#include <boost/asio/io_context.hpp>

#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace sluice::gateway {

/// The store of one process, in memory: one of these on each worker, and one limit_table for all.
///
/// A name lives on the worker that it hashes to, and the others ask there by message; what is
/// known here is answered within the call. Messages go through the workers' loops, behind what was
/// posted there before. Lives on its worker, and longer than any of the loops run.
class local_store final : public store {
 public:
    struct sibling {
        boost::asio::io_context* context;
        local_store* store;
    };

    /// `limits` outlives it.
    local_store(unsigned worker, limit_table& limits) : worker_(worker), limits_(limits) {}
    local_store(const local_store&) = delete;
    local_store& operator=(const local_store&) = delete;

    /// The stores of all workers by their numbers, this one among them; once, before the workers
    /// run. One that is told of none is alone.
    void know_siblings(std::vector<sibling> all) { siblings_ = std::move(all); }

    void claim(
        const std::string& name,
        const idempotency_table::digest& request,
        idempotency_table::listener decided
    ) override;
    void bind(const std::string& name, const std::string& stream_id) override;
    void release(const std::string& name, const std::string& stream_id) override;

    void set_latest(const std::string& conversation, const std::string& stream_id) override;
    void find_latest(const std::string& conversation, std::function<void(std::string)> found)
        override;
    void forget_latest(const std::string& conversation, const std::string& stream_id) override;

    /// Answers before it returns.
    void take(const std::vector<demand>& demands, std::function<void(const limit_verdict&)> decided)
        override;
    void give_back(const std::vector<demand>& demands) override;
    /// Answers before it returns.
    void look(const std::vector<demand>& demands, std::function<void(std::vector<standing>)> seen)
        override;

 private:
    unsigned home_of(const std::string& name) const;
    template <class Message>
    void send(unsigned worker, Message message) const;

    unsigned worker_;
    limit_table& limits_;
    std::vector<sibling> siblings_;
    idempotency_table names_;  ///< of requests that hash to this worker
    latest_streams latest_;    ///< of conversations that hash to this worker
};

}  // namespace sluice::gateway
