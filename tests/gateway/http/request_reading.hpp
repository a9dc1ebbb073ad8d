#pragma once

#include "gateway/http/request_reader.hpp"

#include <algorithm>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

/// Runs the request reader over pieces and keeps what it told, for comparison.
namespace sluice::gateway::testing {

struct reading {
    request_reader::state state = request_reader::state::need_more;
    int status = 0;  ///< of a refusal
    std::string message;
    bool head_done = false;
    bool expects_continue = false;
    http_request request;
    std::string rest;  ///< what a request that is done left in the input
    int heads = 0;     ///< how often head_done was told
};

/// The outcome does not depend on the cuts: this is what has to agree.
inline bool agree(const reading& a, const reading& b) {
    if (a.state != b.state || a.status != b.status || a.message != b.message) return false;
    if (a.head_done != b.head_done || a.expects_continue != b.expects_continue) return false;
    if (a.state != request_reader::state::done) return true;
    return a.request.method == b.request.method && a.request.target == b.request.target &&
           a.request.path == b.request.path && a.request.query == b.request.query &&
           a.request.http10 == b.request.http10 && a.request.keep_alive == b.request.keep_alive &&
           a.request.headers == b.request.headers && a.request.body == b.request.body &&
           a.rest == b.rest;
}

inline reading read(
    const std::vector<std::string_view>& pieces, const request_limits& limits = request_limits{}
) {
    using state = request_reader::state;
    request_reader reader{limits};
    reading told;
    for (const auto piece : pieces) {
        told.rest += piece;
        if (told.state == state::done || told.state == state::refused) continue;
        do {
            told.state = reader.feed(told.rest);
            told.heads += told.state == state::head_done;
        } while (told.state == state::head_done);
    }
    told.head_done = reader.head_done();
    told.expects_continue = reader.expects_continue();
    if (told.state == state::refused) {
        told.status = reader.refusal().status;
        told.message = reader.refusal().message;
    }
    told.request = std::move(reader.request());
    return told;
}

inline std::vector<std::string_view> single_bytes(std::string_view wire) {
    std::vector<std::string_view> pieces;
    for (std::size_t i = 0; i < wire.size(); ++i)
        pieces.push_back(wire.substr(i, 1));
    return pieces;
}

inline std::ostream& operator<<(std::ostream& out, const reading& told) {
    return out << "state " << static_cast<int>(told.state) << ", " << told.status << " '"
               << told.message << "', body of " << told.request.body.size() << ", rest of "
               << told.rest.size();
}

}  // namespace sluice::gateway::testing
