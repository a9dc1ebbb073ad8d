#pragma once

#include "tests/end_to_end/support/http.hpp"
#include "tests/faults/faults.hpp"
#include "tests/faults/judges.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

/// The matrix: each fault behind each kind of route, seen by each client in both forms.
namespace sluice::faults {

/// No client and no log may ever show it.
inline constexpr std::string_view provider_key = "sk-canary-1f9d4c27ab";

/// The clocks of the gateway under test: short, and far enough apart to be told one from another on
/// a busy machine.
struct clocks {
    static constexpr int connect_ms = 500;
    static constexpr int heartbeat_ms = 200;
    static constexpr int commit_ms = 300;
    static constexpr int token_ms = 1000;  ///< the first and any later one
    static constexpr int total_ms = 4000;
};
/// Nothing may take longer: the total clock, and what a busy machine adds.
inline constexpr end_to_end::milliseconds answer_limit{9000};

struct cell {
    const fault* what = nullptr;
    scenario route = scenario::one;
    client kind = client::openai;
    bool streamed = true;

    std::string model() const;
    effect seen() const;
    /// Whether the provider's own refusal shows: one target, and the status line still unsent.
    bool shows_status() const;
};
std::string_view to_string(scenario route);

/// All of them, fault by fault; the order of columns is that of `column_names`.
std::vector<cell> all_cells();
std::vector<std::string> column_names();

struct door_ports {
    std::uint16_t provider = 0;
    std::map<odd_door::manner, std::uint16_t> doors;
};
/// The gateway's configuration: a wildcard route for each scenario, protocol and door.
std::string gateway_yaml(const door_ports& ports);

/// What came of one cell.
struct result {
    finding found;
    bool passed = false;
    std::string complaint;  ///< why not
    int status = 0;
    end_to_end::milliseconds took{0};
    std::string bytes;  ///< of a cell that failed: its body, escaped
};

end_to_end::request question_of(const cell& asked);
/// Asks the gateway, and holds the answer to what is expected.
result run(const cell& asked, std::uint16_t gateway_port);

}  // namespace sluice::faults
