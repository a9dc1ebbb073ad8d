#pragma once

#include "upstream/mock/answer.hpp"
#include "upstream/mock/model_state.hpp"
#include "upstream/mock/options.hpp"
#include "upstream/mock/pacing.hpp"
#include "upstream/mock/request_record.hpp"
#include "upstream/mock/stamps.hpp"
#include "upstream/source.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/smart_ptr/intrusive_ptr.hpp>
#include <boost/smart_ptr/intrusive_ref_counter.hpp>

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace sluice::upstream::mock {

/// The timing half of the mock model: hands out the answer's tokens as they fall due.
///
/// First it takes a slot of its model, perhaps in line behind others; from then on `pacing` says
/// when a token is due, whatever came late before it. At most one handler is under way at a time: a
/// post when something is due already, else the timer; in the line there is none but that of the
/// queue.
class mock_source final : public source {
 public:
    mock_source(
        boost::asio::io_context& context,
        std::shared_ptr<model_state> state,
        source_listener& listener
    )
        : timer_(context),
          listener_(listener),
          handle_(new handle(this)),
          state_(std::move(state)) {}

    ~mock_source() override {
        handle_->owner = nullptr;
        settle_limits();
    }
    mock_source(const mock_source&) = delete;
    mock_source& operator=(const mock_source&) = delete;

    void start(boost::asio::io_context& context, const mock_settings& settings, const call& call);

    void take(batch& out) override;
    bool waiting() const override { return !over_ && clock::now() >= due_; }
    bool can_pause() const override { return true; }
    void cancel() override;
    const response_head& head() const override { return head_; }

 private:
    using clock = std::chrono::steady_clock;

    /// What handlers hold of the source, which may be gone when they run. All on one thread.
    struct handle : boost::intrusive_ref_counter<handle, boost::thread_unsafe_counter> {
        explicit handle(mock_source* source) : owner(source) {}
        mock_source* owner;  ///< null: gone
    };

    std::optional<failure> prepare(const mock_settings& settings, const call& call);
    std::optional<failure> make_answer(const mock_settings& settings, const call& call);
    void go_on(const mock_settings& settings, const call& call);
    std::optional<failure> ask_limits(const call& call);
    std::optional<failure> enter_queue(boost::asio::io_context& context);
    failure fail_with(int status);
    void refuse(failure why);
    void begin();
    void introduce(batch& out);
    void speak(batch& out);
    void conclude(batch& out);
    void end(figures::end how);
    void settle_limits();
    void await_due();
    void on_due();

    boost::asio::steady_timer timer_;
    source_listener& listener_;
    boost::intrusive_ptr<handle> handle_;
    std::shared_ptr<model_state> state_;
    bool waking_ = false;  ///< a handler is under way

    clock::time_point arrived_ = clock::now();
    clock::time_point due_ = arrived_;  ///< when there is something to take
    std::uint64_t number_ = state_->next_number();
    options options_;
    upstream::api api_ = upstream::api::native;
    std::string model_;
    std::optional<answer> answer_;
    std::optional<pacing> pacing_;      ///< once there is a slot
    std::int64_t uncached_tokens_ = 0;  ///< of the prompt
    queue::place place_;
    std::optional<request_record> record_;  ///< not where tokens are only counted
    stamps stamps_;
    std::int64_t rounds_told_ = 0;  ///< to the record

    std::string limit_key_;
    std::int64_t reserved_tokens_ = 0;
    std::optional<failure> refusal_;
    response_head head_;
    bool introduced_ = false;
    bool counts_ = false;  ///< the prompt's tokens are all that was asked for
    bool embeds_ = false;  ///< vectors are not said one by one
    bool over_ = false;    ///< nothing more comes: ended, stalled or cancelled
};

}  // namespace sluice::upstream::mock
