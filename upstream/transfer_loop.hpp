#pragma once

#include "upstream/transfer_options.hpp"
#include "upstream/transfer_sockets.hpp"

#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/intrusive/list.hpp>
#include <boost/system/error_code.hpp>
#include <curl/curl.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

namespace sluice::upstream {

class transfer_exchange;

/// Membership in a list of the loop's, ended by destruction.
template <typename Tag>
using transfer_hook = boost::intrusive::list_base_hook<
    boost::intrusive::tag<Tag>,
    boost::intrusive::link_mode<boost::intrusive::auto_unlink>>;
using running_hook = transfer_hook<struct running_tag>;
using news_hook = transfer_hook<struct news_tag>;

/// What an exchange is for the loop that runs it.
class transfer_job : public running_hook, public news_hook {
 public:
    /// libcurl has finished with it. May start it again.
    virtual void finish(CURLcode result) = 0;
    /// The multi handle broke. Has to take itself out of the loop.
    virtual void abandon() = 0;
    /// Tells its listener, who may destroy it.
    virtual void notify() = 0;

 protected:
    ~transfer_job() = default;
};

/// The multi handle on the worker's event loop.
///
/// libcurl is never called from its own callbacks: they only note down (a timer, a socket's
/// events, bytes), and listeners are told when libcurl has returned. One thread; destroyed after
/// all jobs.
class transfer_loop {
 public:
    explicit transfer_loop(boost::asio::io_context& context);
    ~transfer_loop();
    transfer_loop(const transfer_loop&) = delete;
    transfer_loop& operator=(const transfer_loop&) = delete;

    /// As target_of; a worker asks few URLs again and again.
    const std::optional<transfer_target>& target(const std::string& url);

    /// Connections to this host:port that finished requests have left behind, as far as is known.
    /// libcurl looks for one among all that it has, those in use included, so that it should be
    /// asked to only where there is one. A wrong count costs time, and nothing else: libcurl checks
    /// that the connection lives, and opens one where there is none.
    bool take_idle(const std::string& authority);
    void add_idle(const std::string& authority) { ++idle_[authority]; }
    void forget_idle(const std::string& authority) { idle_.erase(authority); }

    /// Makes `easy` a handle that is set up for `profile`: a fresh one, or one that was used
    /// before.
    CURLcode lease(const transfer_profile& profile, CURL*& easy);
    /// With the profile that it was leased for. Only a handle that holds no trace of a failure is
    /// `reusable`.
    void give_back(CURL* easy, transfer_profile profile, bool reusable);

    /// Starts a transfer; its first actions happen in a later turn.
    void add(transfer_job& job, CURL* easy);
    /// Ends it: an incomplete exchange's connection is closed. Nothing, where it is not running.
    void remove(transfer_job& job, CURL* easy);
    /// Goes on with a paused transfer, whose write callback may be called before this returns.
    CURLcode resume(CURL* easy);

    /// The job has news: its listener is told at the end of this turn or in one of its own.
    void has_news(transfer_job& job);

    /// See transfer_engine.
    void when_told(std::function<void()> callback) { told_ = std::move(callback); }
    bool telling() const { return telling_; }

 private:
    using clock = std::chrono::steady_clock;
    using timer = boost::asio::basic_waitable_timer<
        clock,
        boost::asio::wait_traits<clock>,
        boost::asio::io_context::executor_type>;

    struct spare_handle {
        CURL* easy;
        transfer_profile profile;
    };

    static int on_socket(CURL* easy, curl_socket_t fd, int what, void* self, void* watch);
    static int on_timer(CURLM* multi, long timeout_ms, void* self);

    void open();
    void close();
    void renew();
    void await_readiness();
    void arm_timer(long timeout_ms);
    void schedule_notice();
    void schedule_trim();

    void serve_ready();
    void serve_timer();
    bool act(int fd, int bits);
    void collect();
    void end_turn(bool working);
    void notify();

    boost::asio::io_context& context_;
    std::optional<transfer_sockets> sockets_;
    timer timer_;
    std::uint64_t timer_round_ = 0;  ///< a wait that ended but was replaced before its handler ran
    CURLM* multi_ = nullptr;
    bool inside_ = false;   ///< libcurl is at work, so a callback may be on the stack
    bool in_turn_ = false;  ///< news will be told without further ado
    bool notice_scheduled_ = false;
    bool trim_scheduled_ = false;
    bool telling_ = false;
    std::function<void()> told_;
    std::vector<spare_handle> spare_;
    std::unordered_map<std::string, std::optional<transfer_target>> targets_;
    std::unordered_map<std::string, std::size_t> idle_;  ///< by host:port; none is 0

    using running_list = boost::intrusive::list<
        transfer_job,
        boost::intrusive::base_hook<running_hook>,
        boost::intrusive::constant_time_size<false>>;
    using news_list = boost::intrusive::list<
        transfer_job,
        boost::intrusive::base_hook<news_hook>,
        boost::intrusive::constant_time_size<false>>;
    running_list running_;
    news_list news_;
    /// Handlers that are still queued when the multi handle dies find it expired.
    std::shared_ptr<void> alive_;
};

}  // namespace sluice::upstream
