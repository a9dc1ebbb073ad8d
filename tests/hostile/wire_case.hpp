#pragma once

#include "tests/end_to_end/support/http.hpp"
#include "tests/end_to_end/support/socket.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

/// Bytes for one connection, and what may come back. The tables of this suite are made of these.
namespace sluice::hostile {

/// One connection's bytes. After them the connection has to end by itself: they hold a refusal's
/// cause, or say `Connection: close`.
struct wire_case {
    std::string name;
    std::string bytes;
    /// What the first answer's status may be; empty: any 4xx.
    std::vector<int> statuses = {};
    /// How many answers there are in all. One more is a ghost's.
    std::size_t answers = 1;
    /// The gateway may end the connection while much is still on its way, which can cost the
    /// answer.
    bool answer_may_be_lost = false;
};

/// What became of such a connection.
struct wire_outcome {
    std::vector<end_to_end::http_response> answers;
    bool closed = false;
    std::string trouble;  ///< why the answers could not be read, if so
};

/// Sends all that the gateway takes, and reads answers until it closes. Waits for `limit` at most
/// between two answers.
wire_outcome converse(
    std::uint16_t port,
    std::string_view bytes,
    end_to_end::milliseconds limit = end_to_end::milliseconds(5000)
);

/// What is wrong with an outcome; empty where it is as the case says.
std::string complaint(const wire_case& each, const wire_outcome& seen);

/// Runs all on eight connections at a time, and reports each complaint as the test's failure.
/// Returns what became of each, in their order.
std::vector<wire_outcome> run_all(const std::vector<wire_case>& cases, std::uint16_t port);

/// Calls `work(i)` for each i below `count`, on eight threads. What they throw is a failure.
void in_parallel(std::size_t count, const std::function<void(std::size_t)>& work);

/// Notes that so many cases of the running group were tried. The last line of the run tells the
/// sum.
void count_cases(std::size_t more);
std::size_t cases_counted();

/// Text for a message about bytes: what is no printable ASCII is escaped, what is long is cut.
std::string printable(std::string_view bytes, std::size_t length_max = 300);

/// A valid request that nobody may answer when it stands behind a refused one.
inline const std::string ghost = "GET /ghost HTTP/1.1\r\nHost: localhost\r\n\r\n";

}  // namespace sluice::hostile
