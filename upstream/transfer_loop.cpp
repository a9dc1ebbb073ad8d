#include "upstream/transfer_loop.hpp"

#include "upstream/transfer_memory.hpp"

#include <boost/asio/post.hpp>

#include <cassert>
#include <new>
#include <stdexcept>
#include <utility>

namespace sluice::upstream {

namespace {

/// Idle handles that are kept: about 6 KiB each, and the page of the send buffer that was used.
constexpr std::size_t spare_handles_max = 256;
constexpr int trimmed_at_once = 8;
/// URLs hold model names of clients' choosing in some protocols.
constexpr std::size_t known_targets_max = 256;
/// Idle connections that are kept for further requests. libcurl's own limit would be four times
/// the number of running transfers, which closes them all when a burst is over.
constexpr long idle_connections_max = 1024;

/// Marks that a part of the turn is under way. Entering one twice is a bug of ours; libcurl, for
/// one, answers a call from within its callbacks with an error.
class entering {
 public:
    explicit entering(bool& inside) : inside_(inside) {
        assert(!inside_);
        inside_ = true;
    }
    ~entering() { inside_ = false; }
    entering(const entering&) = delete;
    entering& operator=(const entering&) = delete;

 private:
    bool& inside_;
};

}  // namespace

transfer_loop::transfer_loop(boost::asio::io_context& context)
    : context_(context), timer_(context.get_executor()) {
    if (start_libcurl() != CURLE_OK) throw std::runtime_error("libcurl does not start");
    open();
}

transfer_loop::~transfer_loop() {
    assert(running_.empty());
    for (const auto& spare : spare_)
        curl_easy_cleanup(spare.easy);
    close();
}

void transfer_loop::open() {
    alive_ = std::make_shared<char>();
    notice_scheduled_ = false;
    trim_scheduled_ = false;
    sockets_.emplace(context_);
    multi_ = curl_multi_init();
    if (multi_ == nullptr) throw std::bad_alloc();
    curl_multi_setopt(multi_, CURLMOPT_SOCKETFUNCTION, &transfer_loop::on_socket);
    curl_multi_setopt(multi_, CURLMOPT_SOCKETDATA, this);
    curl_multi_setopt(multi_, CURLMOPT_TIMERFUNCTION, &transfer_loop::on_timer);
    curl_multi_setopt(multi_, CURLMOPT_TIMERDATA, this);
    curl_multi_setopt(multi_, CURLMOPT_MAXCONNECTS, idle_connections_max);
    const long sharing = SLUICE_UPSTREAM_HTTP2 ? CURLPIPE_MULTIPLEX : CURLPIPE_NOTHING;
    curl_multi_setopt(multi_, CURLMOPT_PIPELINING, sharing);
    await_readiness();
}

void transfer_loop::close() {
    // Calls on_socket for each connection that it closes, so the sockets go last.
    curl_multi_cleanup(multi_);
    multi_ = nullptr;
    timer_.cancel();
    sockets_.reset();
}

void transfer_loop::renew() {
    while (!running_.empty())
        running_.front().abandon();
    close();
    open();
    if (!in_turn_ && !news_.empty()) schedule_notice();
}

// ---- what libcurl asks for ----

int transfer_loop::on_socket(CURL*, curl_socket_t fd, int what, void* self, void*) {
    return static_cast<transfer_loop*>(self)->sockets_->watch(fd, what) ? 0 : -1;
}

int transfer_loop::on_timer(CURLM*, long timeout_ms, void* self) {
    static_cast<transfer_loop*>(self)->arm_timer(timeout_ms);
    return 0;
}

void transfer_loop::arm_timer(long timeout_ms) {
    const auto round = ++timer_round_;
    timer_.cancel();
    if (timeout_ms < 0) return;
    auto due = [this, round, alive = std::weak_ptr(alive_)] {
        if (!alive.expired() && round == timer_round_) serve_timer();
    };
    // "At once" is what every new transfer asks for; a timer would take system calls of its own.
    if (timeout_ms == 0) return boost::asio::post(context_, std::move(due));
    timer_.expires_after(std::chrono::milliseconds(timeout_ms));
    timer_.async_wait([due = std::move(due)](boost::system::error_code error) {
        if (!error) due();
    });
}

void transfer_loop::await_readiness() {
    sockets_->readiness().async_wait(
        transfer_sockets::descriptor::wait_read,
        [this, alive = std::weak_ptr(alive_)](boost::system::error_code error) {
            if (alive.expired() || error == boost::asio::error::operation_aborted) return;
            if (error) return renew();
            serve_ready();
        }
    );
}

// ---- a turn ----

void transfer_loop::serve_ready() {
    in_turn_ = true;
    bool working = true;
    for (const auto& ready : sockets_->poll()) {
        // An earlier action of this turn may have closed this socket and opened another in its
        // place.
        if (!working || ready.bits == 0 || !sockets_->current(ready)) continue;
        working = act(ready.fd, ready.bits);
    }
    if (working) await_readiness();
    end_turn(working);
}

void transfer_loop::serve_timer() {
    in_turn_ = true;
    end_turn(act(CURL_SOCKET_TIMEOUT, 0));
}

bool transfer_loop::act(int fd, int bits) {
    const entering guard(inside_);
    int running = 0;
    return curl_multi_socket_action(multi_, fd, bits, &running) == CURLM_OK;
}

void transfer_loop::end_turn(bool working) {
    collect();
    if (!working) renew();
    in_turn_ = false;
    notify();
}

void transfer_loop::collect() {
    int left = 0;
    while (const CURLMsg* message = curl_multi_info_read(multi_, &left)) {
        if (message->msg != CURLMSG_DONE) continue;
        // The message dies when its handle is removed.
        const CURLcode result = message->data.result;
        void* job = nullptr;
        curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &job);
        static_cast<transfer_job*>(job)->finish(result);
    }
}

void transfer_loop::notify() {
    // What becomes news while listeners are told, waits for the next turn.
    news_list now;
    now.swap(news_);
    {
        const entering guard(telling_);
        while (!now.empty()) {
            auto& job = now.front();
            now.pop_front();
            job.notify();
        }
    }
    if (told_) told_();
}

// ---- what exchanges ask for ----

const std::optional<transfer_target>& transfer_loop::target(const std::string& url) {
    const auto known = targets_.find(url);
    if (known != targets_.end()) return known->second;
    if (targets_.size() == known_targets_max) targets_.clear();
    return targets_.emplace(url, target_of(url)).first->second;
}

bool transfer_loop::take_idle(const std::string& authority) {
    const auto found = idle_.find(authority);
    if (found == idle_.end()) return false;
    if (--found->second == 0) idle_.erase(found);
    return true;
}

CURLcode transfer_loop::lease(const transfer_profile& profile, CURL*& easy) {
    if (spare_.empty()) {
        easy = curl_easy_init();
    } else {
        // A GET is sent again by libcurl itself, which counts that for as long as a handle lives.
        const bool fits =
            spare_.back().profile == profile && profile.method == transfer_method::post;
        easy = spare_.back().easy;
        spare_.pop_back();
        if (fits) return CURLE_OK;
        curl_easy_reset(easy);
    }
    return easy == nullptr ? CURLE_OUT_OF_MEMORY : set_profile(easy, profile);
}

void transfer_loop::give_back(CURL* easy, transfer_profile profile, bool reusable) {
    if (!reusable) return curl_easy_cleanup(easy);
    // What is its owner's goes with him.
    curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, static_cast<char*>(nullptr));
    curl_easy_setopt(easy, CURLOPT_CURLU, static_cast<CURLU*>(nullptr));
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, static_cast<curl_slist*>(nullptr));
    spare_.push_back({easy, std::move(profile)});
    if (spare_.size() > spare_handles_max) schedule_trim();
}

/// After a burst, and some at a time: ending its transfers comes first.
void transfer_loop::schedule_trim() {
    if (std::exchange(trim_scheduled_, true)) return;
    boost::asio::post(context_, [this, alive = std::weak_ptr(alive_)] {
        if (alive.expired()) return;
        trim_scheduled_ = false;
        for (int i = 0; i < trimmed_at_once && spare_.size() > spare_handles_max; ++i) {
            curl_easy_cleanup(spare_.back().easy);
            spare_.pop_back();
        }
        if (spare_.size() > spare_handles_max) schedule_trim();
    });
}

void transfer_loop::add(transfer_job& job, CURL* easy) {
    curl_easy_setopt(easy, CURLOPT_PRIVATE, &job);
    static_cast<running_hook&>(job).unlink();
    running_.push_back(job);
    CURLMcode result;
    {
        const entering guard(inside_);
        result = curl_multi_add_handle(multi_, easy);
    }
    if (result != CURLM_OK) renew();
}

void transfer_loop::remove(transfer_job& job, CURL* easy) {
    auto& running = static_cast<running_hook&>(job);
    if (!running.is_linked()) return;
    running.unlink();
    const entering guard(inside_);
    curl_multi_remove_handle(multi_, easy);
}

CURLcode transfer_loop::resume(CURL* easy) {
    const entering guard(inside_);
    return curl_easy_pause(easy, CURLPAUSE_CONT);
}

void transfer_loop::has_news(transfer_job& job) {
    auto& news = static_cast<news_hook&>(job);
    if (!news.is_linked()) news_.push_back(job);
    if (!in_turn_) schedule_notice();
}

void transfer_loop::schedule_notice() {
    if (notice_scheduled_) return;
    notice_scheduled_ = true;
    boost::asio::post(context_, [this, alive = std::weak_ptr(alive_)] {
        if (alive.expired()) return;
        notice_scheduled_ = false;
        notify();
    });
}

}  // namespace sluice::upstream
