#pragma once

#include "upstream/generation.hpp"
#include "upstream/routing/destination.hpp"
#include "upstream/routing/held_items.hpp"
#include "upstream/routing/target_health.hpp"
#include "upstream/source.hpp"

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>

namespace sluice::upstream {

/// Begins one attempt at a target, whose news go to the listener. The call may be changed while it
/// is read, and is as it was afterwards.
using begin_attempt =
    std::function<std::unique_ptr<source>(const candidate&, call&, source_listener&)>;

/// One attempt: a target's source, what it said before its first content, and its share in the
/// target's health. Owned by `attempts`.
class lane {
 public:
    using clock = std::chrono::steady_clock;

    lane(std::size_t index, candidate target, std::unique_ptr<target_health::attempt> health)
        : index_(index), target_(std::move(target)), health_(std::move(health)) {}

    /// `first_token`: nothing: the answer comes whole, and shows nothing before.
    void start(
        const begin_attempt& begin,
        call& call,
        std::optional<std::chrono::milliseconds> first_token,
        source_listener& listener
    );

    /// What has come, until the first content: held here, or, with the first content or the ending,
    /// put into `out`. True: it has content.
    bool take_first(batch& out);
    /// Whether its answer comes bit by bit; else its first content is all of it.
    bool streams() const { return streams_; }
    /// Everything, once the content has begun.
    void take(batch& out);

    bool waiting() const { return source_->waiting(); }
    bool can_pause() const { return source_->can_pause(); }
    const response_head& head() const { return source_->head(); }

    /// The provider failed, or the answer is whole.
    void settle(const ending& ending);

    std::size_t index() const { return index_; }
    const candidate& target() const { return target_; }
    clock::time_point began() const { return began_; }
    /// When the first token is overdue.
    clock::time_point deadline() const { return deadline_; }
    /// What is late is not the provider's fault.
    void grant(clock::time_point until) { deadline_ = until; }
    /// Tokens of the prompt, where the provider told them already.
    std::optional<std::int64_t> input_tokens() const { return held_.input_tokens(); }

    bool prefilled = false;  ///< it was given the beginning of its answer
    std::size_t number = 0;  ///< of its record in the trail

 private:
    void note_limits();
    bool tells_of_target(const ending& ending) const;

    std::size_t index_;
    candidate target_;
    clock::time_point began_ = clock::now();
    clock::time_point deadline_ = clock::time_point::max();
    held_items held_;
    bool streams_ = false;
    bool side_question_ = false;  ///< no generation: what it is refused tells nothing of those
    bool released_ = false;       ///< what was held is in use until the next take
    bool head_seen_ = false;
    std::unique_ptr<target_health::attempt> health_;
    std::unique_ptr<source> source_;  ///< last: it may call back until it is gone
};

}  // namespace sluice::upstream
