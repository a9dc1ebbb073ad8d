#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace sluice::gateway::load {

/// Where the reader of a stream stands, by the `id: {stream}/{N}` of its events, over all of the
/// connections that brought them. Pure; owned by one thread.
class event_position {
 public:
    /// The id in force at an event.
    void see(std::string_view id);

    /// For `Last-Event-ID`. Empty: no event with an id that can be sent back has come.
    const std::string& last_id() const { return last_id_; }
    /// Events whose numbers were passed over.
    std::uint64_t lost() const { return lost_; }
    /// Events whose numbers had been seen.
    std::uint64_t doubled() const { return doubled_; }

 private:
    std::string last_id_;
    std::uint64_t next_ = 0;  // what the next event's number should be
    std::uint64_t lost_ = 0;
    std::uint64_t doubled_ = 0;
};

}  // namespace sluice::gateway::load
