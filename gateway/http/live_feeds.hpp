#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <utility>

namespace sluice::gateway {

/// A text that is told again for a moment, since it is dear to make.
class brief_text {
 public:
    using clock = std::chrono::steady_clock;
    /// Shorter than any tick that has such texts: nobody who watches is told one twice.
    static constexpr std::chrono::milliseconds good_for{200};

    bool good(clock::time_point now) const { return made_ && now - *made_ < good_for; }
    void put(std::string text, clock::time_point now) {
        text_ = std::move(text);
        made_ = now;
    }
    const std::string& text() const { return text_; }

 private:
    std::string text_;
    std::optional<clock::time_point> made_;
};

/// What those who watch at one worker share, so that many cost little more than one.
struct live_feeds {
    /// More would keep the worker from its streams.
    static constexpr std::size_t feeds_max = 64;

    explicit live_feeds(boost::asio::io_context& context) : gathered(context) {
        gathered.expires_at(boost::asio::steady_timer::time_point::max());
    }

    std::size_t open = 0;
    brief_text targets;
    brief_text keys;
    brief_text streams;
    bool gathering = false;              ///< one asks the other workers; the rest wait for it
    boost::asio::steady_timer gathered;  ///< never expires; cancelled when that one has done
};

}  // namespace sluice::gateway
