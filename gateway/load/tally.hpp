#pragma once

#include "gateway/load/histogram.hpp"
#include "gateway/load/stamp.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace sluice::gateway::load {

/// What one run has seen. Speeds and times count only what happened within the measuring window;
/// whether all tokens came is asked of the whole run.
class tally {
 public:
    void open_window(std::int64_t now_ns);
    void close_window(std::int64_t now_ns);
    bool window_open() const { return open_; }
    /// The length so far of an open window.
    double window_s(std::int64_t now_ns) const;

    void token(std::int64_t sent_ns, std::int64_t received_ns);
    void first_token(std::int64_t asked_ns, std::int64_t received_ns);
    void whole(const stamp_check& check, std::int64_t asked_ns, std::int64_t ended_ns);
    /// A stream that ended by an error.
    void failed(const stamp_check& check, const std::string& why);
    /// A stream whose response ended without its terminator, or not at all.
    void incomplete(const stamp_check& check, const std::string& why);
    /// A stream that the client ended: what had not come yet is not lost.
    void broken_off(const stamp_check& check);
    /// The client has left stream `id`.
    void left(std::uint64_t id, std::int64_t at_ns);
    void reconnected() { ++reconnects_; }

    /// Streams that ended badly.
    std::uint64_t bad_streams() const { return failed_ + incomplete_; }
    /// Nothing was lost, doubled or disordered, and every stream ended well.
    bool sound() const;

 private:
    friend std::string report_of(const tally& all);

    void add(const stamp_check& check);
    void note(const std::string& why);

    bool open_ = false;
    std::int64_t opened_ns_ = 0;
    std::int64_t closed_ns_ = 0;

    std::uint64_t tokens_ = 0;
    std::uint64_t streams_ = 0;
    std::uint64_t lost_ = 0;
    std::uint64_t doubled_ = 0;
    std::uint64_t disordered_ = 0;
    std::uint64_t foreign_ = 0;
    std::uint64_t failed_ = 0;
    std::uint64_t incomplete_ = 0;
    std::uint64_t reconnects_ = 0;
    std::vector<std::string> examples_;
    histogram latency_;
    histogram ttft_;
    histogram stream_;
    std::map<std::uint64_t, std::int64_t> left_;
};

/// One line of JSON; README of tests/bench says what its fields mean.
std::string report_of(const tally& all);

}  // namespace sluice::gateway::load
