#include "gateway/http/health.hpp"

#include "upstream/alarm.hpp"
#include "upstream/transfer.hpp"

#include <boost/asio/io_context.hpp>

#include <chrono>
#include <iostream>
#include <memory>

namespace sluice::gateway {

namespace {

constexpr std::chrono::seconds answer_time{5};

struct stop_when_ended final : upstream::transfer_listener {
    explicit stop_when_ended(boost::asio::io_context& on) : context(on) {}
    void on_transfer() override {
        if (exchange->ended()) context.stop();
    }
    boost::asio::io_context& context;
    std::unique_ptr<upstream::transfer> exchange;
};

}  // namespace

int check_health(const std::string& url) {
    boost::asio::io_context context{1};
    upstream::transfer_engine engine{context};
    stop_when_ended waiting{context};
    upstream::transfer_request request;
    request.method = upstream::transfer_method::get;
    request.url = url.substr(0, url.find_last_not_of('/') + 1) + "/livez";
    waiting.exchange = engine.start(std::move(request), waiting);
    upstream::alarm late{context};
    late.set(std::chrono::steady_clock::now() + answer_time, [&] { context.stop(); });
    context.run();

    const auto& exchange = *waiting.exchange;
    if (exchange.ended() && exchange.status() == 200) return 0;
    std::cerr << "sluice: " << url << " is not healthy: ";
    if (!exchange.ended())
        std::cerr << "no answer within 5 s\n";
    else if (exchange.status() != 0)
        std::cerr << "/livez answered " << exchange.status() << '\n';
    else
        std::cerr << exchange.error_message() << '\n';
    return 1;
}

}  // namespace sluice::gateway
