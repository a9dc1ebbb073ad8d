#include "upstream/transfer.hpp"

#include "upstream/alarm.hpp"
#include "upstream/transfer_exchange.hpp"
#include "upstream/transfer_loop.hpp"

#include <curl/curl.h>

#include <chrono>
#include <utility>
#include <vector>

namespace sluice::upstream {

namespace {

/// Transfers that nobody listens to any more, until they have ended by themselves. What goes on for
/// longer than a second, or brings much more, is not worth a connection.
class leftovers final : public transfer_listener {
 public:
    explicit leftovers(boost::asio::io_context& context) : alarm_(context) {}

    void add(std::unique_ptr<transfer> transfer) {
        transfer->consume();
        if (transfer->ended()) return;
        transfer->listen(*this);
        if (left_.empty()) arm();
        left_.push_back({std::move(transfer), 0, std::chrono::steady_clock::now()});
    }

    void on_transfer() override {
        std::erase_if(left_, [](leftover& one) {
            one.bytes += one.transfer->body().size();
            one.transfer->consume();
            return one.transfer->ended() || one.bytes > bytes_max;
        });
        if (left_.empty()) alarm_.cancel();
    }

 private:
    static constexpr std::size_t bytes_max = 64 * 1024;
    static constexpr std::chrono::seconds time_max{1};

    struct leftover {
        std::unique_ptr<upstream::transfer> transfer;
        std::size_t bytes;
        std::chrono::steady_clock::time_point since;
    };

    void arm() {
        alarm_.set(std::chrono::steady_clock::now() + time_max, [this] { expire(); });
    }

    void expire() {
        const auto now = std::chrono::steady_clock::now();
        std::erase_if(left_, [now](const leftover& one) { return now - one.since >= time_max; });
        if (!left_.empty()) arm();
    }

    alarm alarm_;
    std::vector<leftover> left_;
};

}  // namespace

class transfer_engine::implementation {
 public:
    explicit implementation(boost::asio::io_context& context) : loop(context), left(context) {}

    transfer_loop loop;
    std::uint64_t resent = 0;
    leftovers left;
};

transfer_engine::transfer_engine(boost::asio::io_context& context)
    : implementation_(std::make_unique<implementation>(context)) {}

transfer_engine::~transfer_engine() = default;

std::unique_ptr<transfer> transfer_engine::start(
    transfer_request request, transfer_listener& listener
) {
    return std::make_unique<transfer_exchange>(
        implementation_->loop, std::move(request), listener, implementation_->resent
    );
}

void transfer_engine::let_finish(std::unique_ptr<transfer> transfer) {
    implementation_->left.add(std::move(transfer));
}

void transfer_engine::when_told(std::function<void()> callback) {
    implementation_->loop.when_told(std::move(callback));
}

bool transfer_engine::telling() const {
    return implementation_->loop.telling();
}

std::uint64_t transfer_engine::resent() const {
    return implementation_->resent;
}

bool transfer_engine::can_http2() {
#if SLUICE_UPSTREAM_HTTP2 && LIBCURL_VERSION_NUM >= 0x080100
    // The library that is loaded may be older than the headers were.
    static const auto* const loaded = curl_version_info(CURLVERSION_NOW);
    return loaded->version_num >= 0x080100 && (loaded->features & CURL_VERSION_HTTP2) != 0;
#else
    return false;
#endif
}

}  // namespace sluice::upstream
