#pragma once

#include "upstream/generation.hpp"
#include "upstream/transfer.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace sluice::gateway::doctor {

/// What came of one request.
struct reply {
    int status = 0;                 ///< 0: no head came
    upstream::header_list headers;  ///< lower-case names
    bool http2 = false;
    std::string body;    ///< as much of it as was kept
    bool ended = false;  ///< all of it came
    bool late = false;   ///< the time was over, whatever had come
    upstream::transfer_error error = upstream::transfer_error::none;
    std::string problem;  ///< the error for people
    double head_ms = 0;   ///< from the request to its head
};

/// The field of that lower-case name; empty: there is none.
std::string field(const reply& answer, std::string_view name);

/// One event, or one read of a body whose events cannot be seen because it is compressed.
struct piece {
    double came_ms = 0;             ///< since the request
    std::optional<double> made_ms;  ///< by the clock of who made it; nothing: it does not say
    std::size_t bytes = 0;
};

/// How a stream came whose events are made one by one.
struct stream_facts {
    reply answer = {};
    std::vector<piece> pieces = {};
    double pace_ms = 0;     ///< between one event and the next, as they are made
    double watched_ms = 0;  ///< from the request until nobody looked any more
    bool compressed = false;
};

/// What came back to a reader that had seen `seen` and asked for the rest.
struct resume_facts {
    int status = 0;
    std::uint64_t seen = 0;
    std::optional<std::uint64_t> first = {};  ///< of the events that came
};

/// What came of a stream that was left with the wish that it be cancelled.
enum class leaving {
    noticed,
    unnoticed,
    wish_lost,  ///< the gateway did not hear the wish, and waits for the reader to come back
    unseen,     ///< nobody could say
};

/// What a silent stream came to.
struct idle_facts {
    reply answer;
    double asked_ms = 0;  ///< for how long the model says nothing
    double lived_ms = 0;
    bool whole = false;  ///< the token behind the silence came
};

/// All that was found out about the way to a gateway.
struct facts {
    std::string url;
    bool tls = false;
    bool loopback = false;
    bool key_shown = false;
    reply models;             ///< of GET v1/models, which comes first
    bool is_gateway = false;  ///< it was a list of models
    std::string version;      ///< of the gateway; empty: it does not say
    std::string model;        ///< the mock that was asked; empty: there is none
    std::optional<stream_facts> feed;
    std::optional<stream_facts> stream;
    std::optional<stream_facts> old_stream;  ///< by HTTP/1.1 where the others go by HTTP/2
    bool foreign_model = false;  ///< `model` is no mock: it was left with its first token
    std::optional<resume_facts> resume;
    std::optional<leaving> left;
    std::optional<idle_facts> idle;
};

}  // namespace sluice::gateway::doctor
