#pragma once

#include "gateway/doctor/facts.hpp"
#include "upstream/alarm.hpp"
#include "upstream/transfer.hpp"

#include <boost/asio/io_context.hpp>

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::gateway::doctor {

/// Where a gateway is, and who asks.
struct gateway_address {
    std::string url;      ///< without a slash at its end
    std::string key;      ///< empty: none is shown
    std::string ca_file;  ///< empty: the system's
};

struct question {
    upstream::transfer_method method = upstream::transfer_method::get;
    std::string path;                       ///< "v1/models"
    std::vector<std::string> headers = {};  ///< "name: value"
    std::string body = {};
    bool http2 = true;  ///< where TLS and the other side allow it
};

class wire;

/// One request and what comes of it. Destroying it leaves it, as a client does that goes away.
class exchange final : upstream::transfer_listener {
 public:
    /// Takes the bytes of a 200's body, and when they came. False: they are enough.
    using taker = std::function<bool(std::string_view bytes, double came_ms)>;

    exchange(wire& by, const question& asked, taker take);
    exchange(const exchange&) = delete;
    exchange& operator=(const exchange&) = delete;

    const reply& answer() const { return answer_; }
    bool over() const { return over_; }
    double age_ms() const;
    void mark_late();

 private:
    void on_transfer() override;
    void read_head();

    wire& wire_;
    taker take_;
    std::chrono::steady_clock::time_point began_;
    reply answer_;
    bool over_ = false;
    std::unique_ptr<upstream::transfer> transfer_;
};

/// The way to one gateway, on an event loop of its own. Owned by one thread.
class wire {
 public:
    explicit wire(gateway_address to);
    wire(const wire&) = delete;
    wire& operator=(const wire&) = delete;

    /// Asks and waits for the whole answer, or until the time is over.
    reply ask(const question& asked, std::chrono::milliseconds limit);
    /// Waits until all are over; when the time is, the rest is marked late.
    void wait_for(const std::vector<exchange*>& all, std::chrono::milliseconds limit);
    /// Lets a while pass.
    void pass(std::chrono::milliseconds while_ms);

 private:
    friend class exchange;

    boost::asio::io_context context_{1};
    upstream::transfer_engine engine_{context_};
    /// Of HTTP/1.1: libcurl takes a connection that is there, whichever of the two it speaks.
    upstream::transfer_engine old_engine_{context_};
    gateway_address to_;
};

}  // namespace sluice::gateway::doctor
