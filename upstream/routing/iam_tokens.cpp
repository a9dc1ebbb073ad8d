#include "upstream/routing/iam_tokens.hpp"

#include "upstream/alarm.hpp"
#include "upstream/providers/iam_token.hpp"

#include <boost/asio/post.hpp>

#include <algorithm>
#include <chrono>
#include <utility>
#include <vector>

namespace sluice::upstream {

namespace {

using clock = std::chrono::steady_clock;

/// IAM answers within a second; a generation that waits for it has clocks of its own.
constexpr std::chrono::seconds exchange_time{15};
constexpr std::chrono::seconds failure_time{1};
constexpr std::size_t answer_bytes_max = 64 * 1024;
/// Keys of configurations that are gone; each holds a token.
constexpr std::size_t entries_max = 256;

transfer_request transfer_of(const provider_settings& provider) {
    auto asked = make_iam_request(provider);
    transfer_request request;
    request.url = std::move(asked.url);
    request.headers = std::move(asked.headers);
    request.body = std::move(asked.body);
    request.connect_timeout = provider.connect_timeout;
    request.proxy = provider.proxy;
    request.ca_file = provider.ca_file;
    return request;
}

failure unreachable(const provider_settings& provider, std::string_view why) {
    failure reason;
    reason.type = "upstream_error";
    reason.retryable = true;
    reason.remedy = remedy::again;
    reason.message = "the provider '" + provider.name +
                     "' got no access token: IAM could not be reached: " + std::string(why);
    return reason;
}

}  // namespace

struct token_cache::wait::state {
    callback told;  ///< null: withdrawn, or told
};

token_cache::wait::~wait() {
    // What it held may be anything: it goes when nothing here is touched any more.
    const auto gone = std::exchange(state_->told, nullptr);
}

/// One key's token, and the exchange for the next one.
class token_cache::entry final : private transfer_listener {
 public:
    entry(const token_cache& owner, provider_settings provider)
        : context_(owner.context_),
          engine_(owner.engine_),
          owner_(owner.alive_),
          provider_(std::move(provider)),
          alarm_(context_) {}

    std::optional<std::string> known();
    std::unique_ptr<wait> ask(callback told);
    void forget(std::string_view token);
    /// Nobody would miss it.
    bool idle() const { return !transfer_ && waiting_.empty() && !is_good(); }

 private:
    using waiter = std::shared_ptr<wait::state>;

    bool is_good() const { return !token_.empty() && clock::now() < good_until_; }
    bool has_failed() const { return failed_ && clock::now() < failed_until_; }
    void begin();
    void on_transfer() override;
    void end(boost::system::result<iam_token, failure> told);
    void tell(const waiter& to, result what);

    boost::asio::io_context& context_;
    transfer_engine& engine_;
    std::weak_ptr<const bool> owner_;
    provider_settings provider_;
    std::string token_;
    clock::time_point good_until_;
    clock::time_point refresh_at_;
    std::optional<failure> failed_;
    clock::time_point failed_until_;
    std::vector<waiter> waiting_;
    std::string answer_;
    alarm alarm_;
    std::unique_ptr<transfer> transfer_;  ///< of the exchange that is under way
};

std::optional<std::string> token_cache::entry::known() {
    if (!is_good()) return {};
    if (clock::now() >= refresh_at_ && !transfer_ && !has_failed()) begin();
    return token_;
}

std::unique_ptr<token_cache::wait> token_cache::entry::ask(callback told) {
    auto waiter = std::make_shared<wait::state>(wait::state{std::move(told)});
    if (const auto token = known()) {
        tell(waiter, *token);
    } else if (has_failed()) {
        tell(waiter, *failed_);
    } else {
        std::erase_if(waiting_, [](const auto& each) { return !each->told; });
        waiting_.push_back(waiter);
        if (!transfer_) begin();
    }
    return std::unique_ptr<wait>(new wait(std::move(waiter)));
}

void token_cache::entry::forget(std::string_view token) {
    if (token_ == token) token_.clear();
}

void token_cache::entry::begin() {
    answer_.clear();
    transfer_ = engine_.start(transfer_of(provider_), *this);
    alarm_.set(clock::now() + exchange_time, [this] {
        end(unreachable(provider_, "it did not answer in time"));
    });
}

void token_cache::entry::on_transfer() {
    answer_ += transfer_->body();
    transfer_->consume();
    if (answer_.size() > answer_bytes_max) {
        return end(unreachable(provider_, "its answer is too long"));
    }
    if (!transfer_->ended()) return;
    if (transfer_->error() != transfer_error::none) {
        return end(unreachable(provider_, transfer_->error_message()));
    }
    const auto now = std::chrono::system_clock::now();
    end(read_iam_answer(provider_, transfer_->status(), transfer_->headers(), answer_, now));
}

void token_cache::entry::end(boost::system::result<iam_token, failure> told) {
    alarm_.cancel();
    transfer_.reset();
    answer_.clear();
    const auto now = clock::now();
    failed_.reset();
    if (told) {
        token_ = std::move(told->text);
        good_until_ = now + iam_usable_for(told->life);
        refresh_at_ = now + iam_refresh_after(told->life);
    } else {
        failed_ = std::move(told).error();
        failed_until_ = now + failure_time;
    }
    for (const auto& waiter : std::exchange(waiting_, {}))
        failed_ ? tell(waiter, *failed_) : tell(waiter, token_);
}

/// From the event loop: who is told may ask again, or destroy whatever he likes.
void token_cache::entry::tell(const waiter& to, result what) {
    boost::asio::post(context_, [to, owner = owner_, what = std::move(what)] {
        if (owner.expired()) return;
        if (const auto told = std::exchange(to->told, nullptr)) told(what);
    });
}

token_cache::token_cache(boost::asio::io_context& context, transfer_engine& engine)
    : context_(context), engine_(engine) {}

token_cache::~token_cache() = default;

token_cache::entry& token_cache::entry_of(const provider_settings& provider) {
    key named{provider.name, provider.iam_url, provider.api_key, provider.proxy, provider.ca_file};
    const auto found = entries_.find(named);
    if (found != entries_.end()) return *found->second;
    if (entries_.size() >= entries_max) {
        std::erase_if(entries_, [](const auto& each) { return each.second->idle(); });
    }
    auto made = std::make_unique<entry>(*this, provider);
    return *entries_.emplace(std::move(named), std::move(made)).first->second;
}

std::optional<std::string> token_cache::known(const provider_settings& provider) {
    return entry_of(provider).known();
}

std::unique_ptr<token_cache::wait> token_cache::ask(
    const provider_settings& provider, callback told
) {
    return entry_of(provider).ask(std::move(told));
}

void token_cache::forget(const provider_settings& provider, std::string_view token) {
    entry_of(provider).forget(token);
}

}  // namespace sluice::upstream
