#pragma once

#include "gateway/load/report/objectives.hpp"
#include "gateway/load/speech/speech.hpp"
#include "gateway/load/wire/source_addresses.hpp"
#include "gateway/load/wire/target.hpp"
#include "gateway/load/work/arrivals.hpp"
#include "gateway/load/work/workload.hpp"
#include "upstream/mock/distribution.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace sluice::gateway::load {

/// Shares (0 to 1) of clients that do not simply read to the end.
struct behaviours {
    double abort_share = 0;                        ///< goes away in the middle
    upstream::mock::distribution abort_after{10};  ///< events
    double slow_share = 0;                         ///< reads slowly
    double slow_bytes_per_s = 1000;
    double drop_share = 0;  ///< loses its connection and comes back with Last-Event-ID
    upstream::mock::distribution drop_after{10};   ///< events
    upstream::mock::distribution back_after{0.1};  ///< seconds
    std::size_t subscribers = 1;  ///< readers of each stream, the one that began it included
    std::size_t turns = 1;        ///< of each conversation
    upstream::mock::distribution think{0};  ///< seconds between two turns

    bool follows_ids() const { return drop_share > 0; }
    bool needs_names() const { return drop_share > 0 || subscribers > 1; }
};

/// What of the streams is known beforehand.
enum class check {
    protocol,  ///< nothing but how a stream ends
    stamps,    ///< the number of tokens, which a paced provider stamps
    content,   ///< every byte: the mock answers, and the prompts say how
};

/// What one run does. Times are seconds unless named otherwise.
struct plan {
    target to;
    const speech* spoken = nullptr;  ///< of `speeches()`
    std::string method = "POST";     ///< GET: every stream is the URL itself
    std::string model = "mock";
    std::string api_key;
    std::vector<std::pair<std::string, std::string>> headers;
    bool insecure = false;  ///< believe any certificate
    bool reuse = true;      ///< keep connections between streams, where the server does

    /// An open loop; nothing: a closed one.
    std::optional<arrival_settings> arriving;
    std::size_t clients = 1;        ///< closed: streams at a time; open: at most so many
    double ramp_s = 0;              ///< closed: the first starts are spread evenly over it
    std::uint64_t streams_max = 0;  ///< conversations begun in all; 0: until `duration_s`
    double duration_s = 0;          ///< of starting streams; 0: until `streams_max`
    double warmup_s = 0;            ///< what is due within it is in no figure
    double drain_s = 120;           ///< for streams to end once none is started any more
    double timeout_s = 60;          ///< a stream fails that brings nothing for so long

    workload_settings work;
    behaviours how;
    check checked = check::protocol;
    bool stamped = false;                     ///< with `content`: the mock stamps its tokens
    std::map<std::string, std::string> mock;  ///< settings for the prompts, by suffix
    objectives wanted;
    double objective_share = 0.99;

    unsigned workers = 1;
    source_addresses sources;
    std::string events_file;  ///< every event is written there; empty: none is
};

}  // namespace sluice::gateway::load
