#include "gateway/http/wakeup.hpp"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace sluice::gateway {

boost::asio::awaitable<void> wakeup::wait() {
    boost::system::error_code ignored;
    while (!notified_) {
        co_await timer_.async_wait(boost::asio::redirect_error(boost::asio::use_awaitable, ignored)
        );
    }
    notified_ = false;
}

}  // namespace sluice::gateway
