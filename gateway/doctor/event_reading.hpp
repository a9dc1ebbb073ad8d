#pragma once

#include "gateway/doctor/facts.hpp"
#include "sse/parser.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::gateway::doctor {

/// Which of a gateway's streams is read.
enum class kind_of_stream { feed, native };

/// Takes the bytes of an event stream as they come and notes down when each event was made and
/// came. Pure: the time comes in. Bounded: `pieces_max` events, 1 MiB each.
class event_reading {
 public:
    static constexpr std::size_t pieces_max = 20'000;

    explicit event_reading(kind_of_stream kind) : kind_(kind) {}

    /// From now on bytes come that hold no events to be seen.
    void take_compressed(std::string_view bytes, double came_ms);
    void take(std::string_view bytes, double came_ms);

    const std::vector<piece>& pieces() const { return pieces_; }
    /// No more is taken.
    bool is_full() const { return pieces_.size() >= pieces_max || parser_.failed(); }

    /// Of the `stats` events; empty: they do not say.
    const std::string& version() const { return version_; }
    /// The stream's name, by the ids of its events.
    const std::string& stream_id() const { return stream_id_; }
    /// The numbers in the ids of the first and of the last event.
    std::optional<std::uint64_t> first() const { return first_; }
    std::optional<std::uint64_t> last() const { return last_; }
    /// A `done` has come.
    bool is_done() const { return done_; }
    /// Texts that came without the stamp that a mock was asked for.
    bool has_unstamped() const { return unstamped_; }

 private:
    void take_feed(const sse::frame& event, piece& into);
    bool take_native(const sse::frame& event, piece& into);
    void take_id(std::string_view id);

    kind_of_stream kind_;
    sse::parser parser_;
    std::vector<piece> pieces_;
    std::string version_;
    std::string stream_id_;
    std::optional<std::uint64_t> first_;
    std::optional<std::uint64_t> last_;
    bool done_ = false;
    bool unstamped_ = false;
};

}  // namespace sluice::gateway::doctor
