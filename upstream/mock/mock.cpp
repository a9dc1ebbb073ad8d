#include "upstream/mock/mock.hpp"

#include "upstream/mock/answer.hpp"
#include "upstream/mock/options.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/smart_ptr/intrusive_ptr.hpp>
#include <boost/smart_ptr/intrusive_ref_counter.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <ctime>
#include <optional>
#include <string>
#include <utility>
#include <variant>

namespace sluice::upstream {
namespace {

using clock = std::chrono::steady_clock;

/// What one `take` brings at most, so that a model without a rate leaves the event loop to others.
constexpr std::int64_t tokens_per_take_max = 64;
constexpr std::size_t bytes_per_take_max = 16 * 1024;

/// Far enough ahead never to come, near enough to be added to any time.
constexpr double wait_seconds_max = 1e8;

/// How much an item holds.
struct measure {
    std::size_t operator()(const text_delta& item) const { return item.text.size(); }
    std::size_t operator()(const reasoning_delta& item) const { return item.text.size(); }
    std::size_t operator()(const refusal_delta& item) const { return item.text.size(); }
    std::size_t operator()(const media_delta& item) const {
        return item.data.size() + item.transcript.size();
    }
    std::size_t operator()(const tool_call_delta& item) const {
        return item.id.size() + item.name.size() + item.arguments.size();
    }
    std::size_t operator()(const reasoning_state_delta& item) const { return item.data.size(); }
    std::size_t operator()(const citation_delta& item) const {
        return item.url.size() + item.title.size() + item.cited_text.size();
    }
    std::size_t operator()(const logprobs_delta& item) const { return item.content.size(); }
    std::size_t operator()(const embedding_delta& item) const { return item.numbers.size(); }
    std::size_t operator()(const finish&) const { return 0; }
    std::size_t operator()(const usage&) const { return 0; }
    std::size_t operator()(const identity&) const { return 0; }
    std::size_t operator()(const verbatim& item) const { return item.bytes.size(); }
};

std::size_t bytes_of(const item& item) {
    return std::visit(measure{}, item);
}

/// The timing half of the mock model: hands out the answer's tokens as they fall due.
///
/// Token n is due at the start plus the time to the first token plus n/rate, whatever came late
/// before it. At most one handler is under way at a time: a post when something is due already,
/// else the timer.
class mock_source final : public source {
 public:
    mock_source(boost::asio::io_context& context, source_listener& listener)
        : timer_(context), listener_(listener), handle_(new handle(this)) {}

    ~mock_source() override { handle_->owner = nullptr; }
    mock_source(const mock_source&) = delete;
    mock_source& operator=(const mock_source&) = delete;

    void start(const mock_settings& settings, const call& call);

    void take(batch& out) override;
    bool waiting() const override { return !over_ && clock::now() >= due_; }
    bool can_pause() const override { return true; }
    void cancel() override;
    const response_head& head() const override { return head_; }

 private:
    /// What handlers hold of the source, which may be gone when they run. All on one thread.
    struct handle : boost::intrusive_ref_counter<handle, boost::thread_unsafe_counter> {
        explicit handle(mock_source* source) : owner(source) {}
        mock_source* owner;  ///< null: gone
    };

    void refuse(failure why);
    void introduce(batch& out);
    void speak(batch& out);
    void conclude(batch& out);
    void await_due();
    void on_due();
    clock::time_point due_time(std::int64_t round) const;

    boost::asio::steady_timer timer_;
    source_listener& listener_;
    boost::intrusive_ptr<handle> handle_;
    bool waking_ = false;  ///< a handler is under way

    clock::time_point start_ = clock::now();
    clock::time_point due_ = start_;  ///< when there is something to take
    mock::options options_;
    std::string model_;
    std::optional<mock::answer> answer_;
    std::optional<failure> refusal_;
    response_head head_;
    bool introduced_ = false;
    bool counts_ = false;  ///< the prompt's tokens are all that was asked for
    bool over_ = false;    ///< nothing more comes: ended, stalled or cancelled
};

void mock_source::start(const mock_settings& settings, const call& call) {
    using kind = mock_error::kind;
    model_ = call.request.model;
    head_.status = 200;
    auto read = mock::read_options(settings, call.mock);
    if (auto* const bad = std::get_if<failure>(&read)) {
        refuse(std::move(*bad));
    } else {
        options_ = std::get<mock::options>(std::move(read));
        const mock_error& error = options_.error;
        if (error.what == kind::status) {
            refuse(mock::failure_of_status(static_cast<int>(error.value)));
        } else if (auto impossible = mock::answer::check(call, options_)) {
            refuse(*std::move(impossible));
        } else {
            answer_.emplace(call, options_, settings.seed);
            counts_ = call.api == api::anthropic_count_tokens;
            if (call.embedding) options_.rate = 0;  // vectors are not said one by one
            const bool breaks = error.what != kind::none && error.what != kind::cut_after;
            if (breaks) answer_->break_off_after(error.value);
        }
    }
    await_due();
}

void mock_source::refuse(failure why) {
    head_.status = why.status;
    refusal_ = std::move(why);
}

void mock_source::take(batch& out) {
    out.clear();
    if (over_) return;
    if (refusal_) {
        out.ending = ending{refusal_->outcome, std::move(refusal_)};
        over_ = true;
        return;
    }
    answer_->forget();
    if (!introduced_) introduce(out);
    speak(out);
    if (answer_->complete() || answer_->broken_off()) return conclude(out);
    due_ = due_time(answer_->round());
    await_due();
}

void mock_source::introduce(batch& out) {
    introduced_ = true;
    if (counts_) {
        usage counted;
        counted.input_tokens = answer_->used().input_tokens;
        out.items.emplace_back(counted);
        return;
    }
    out.items.emplace_back(identity{answer_->id(), model_, std::time(nullptr)});
}

void mock_source::speak(batch& out) {
    const clock::time_point now = clock::now();
    const std::int64_t tokens_max = answer_->tokens() + tokens_per_take_max;
    std::size_t bytes = 0;
    while (!answer_->complete() && !answer_->broken_off() && answer_->tokens() < tokens_max &&
           bytes < bytes_per_take_max && due_time(answer_->round()) <= now) {
        const std::size_t before = out.items.size();
        answer_->next(out.items);
        for (std::size_t i = before; i < out.items.size(); ++i)
            bytes += bytes_of(out.items[i]);
    }
}

void mock_source::conclude(batch& out) {
    over_ = true;
    if (answer_->complete()) {
        out.ending = ending{outcome::completed, std::nullopt};
        return;
    }
    failure why;
    why.type = "api_error";
    switch (options_.error.what) {
        case mock_error::kind::reset_after:
            why.message = "connection reset by the mock";
            break;
        case mock_error::kind::truncate_after:
            why.outcome = outcome::upstream_eof;
            why.message = "the mock's stream broke off without its end";
            break;
        default:
            return;  // stalled: the owner's clock ends it
    }
    out.ending = ending{why.outcome, std::move(why)};
}

void mock_source::cancel() {
    over_ = true;
    timer_.cancel();
}

clock::time_point mock_source::due_time(std::int64_t round) const {
    if (options_.rate <= 0) return start_ + options_.ttft;
    const double seconds = std::min(static_cast<double>(round) / options_.rate, wait_seconds_max);
    const std::chrono::duration<double> wait(seconds);
    return start_ + options_.ttft + std::chrono::duration_cast<clock::duration>(wait);
}

void mock_source::await_due() {
    if (waking_) return;
    waking_ = true;
    auto wake = [handle = handle_](auto&&...) {
        if (handle->owner != nullptr) handle->owner->on_due();
    };
    if (clock::now() >= due_) {
        boost::asio::post(timer_.get_executor(), std::move(wake));
    } else {
        timer_.expires_at(due_);
        timer_.async_wait(std::move(wake));
    }
}

/// The listener may destroy this source: nothing comes after telling it.
void mock_source::on_due() {
    waking_ = false;
    if (over_) return;
    if (waiting()) {
        listener_.on_ready();
    } else {
        await_due();
    }
}

}  // namespace

std::unique_ptr<source> start_mock(
    boost::asio::io_context& context,
    const mock_settings& settings,
    const call& call,
    source_listener& listener
) {
    auto made = std::make_unique<mock_source>(context, listener);
    made->start(settings, call);
    return made;
}

}  // namespace sluice::upstream
