#pragma once

#include "tests/faults/conversation.hpp"
#include "tests/faults/faulty_provider.hpp"

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// The ways in which a provider misbehaves, and what a client may see of each.
namespace sluice::faults {

/// What a fault does to a request, in the order of how much of the answer has come.
enum class effect {
    benign,   ///< unusual, and correct: the whole text, whatever the route
    odd,      ///< the whole text or a failure before content
    before,   ///< a failure before content: another target can help
    silence,  ///< nothing comes, and only the total clock counts: another target may help
    after,    ///< a failure after content: only a continuation helps
    either,   ///< all was said, but the end is not as it should be
    refused,  ///< the request is at fault: no target is of help
    endless,  ///< the text never ends: no target is of help
};

/// How the route of a request is made.
enum class scenario { one, fallback, continuation };

/// What a client may see.
enum class verdict { text, error, either };
verdict expected(effect what, scenario route);

struct fault {
    std::string id;
    std::string what;  ///< a sentence
    effect streamed = effect::before;
    effect document = effect::before;  ///< where one document was asked for
    std::function<void(conversation&)> act;
    /// What a client may see on a route with one target while the status line is unsent; empty: any
    /// error.
    std::vector<int> statuses = {};
    std::string retry_after = {};  ///< likewise; empty: nothing is promised
    bool keeps_alive = false;      ///< the connection can be used again
    bool finish_may_lack = false;  ///< a client of the provider's own protocol sees no reason
    std::optional<odd_door::manner> door = {};  ///< not the provider, but such a door
};

const std::vector<fault>& all_faults();
const fault* find_fault(std::string_view id);

/// Where redirects lead to, and nobody may go.
const odd_door& canary();
/// In every web page that a provider answers with; never in what a client sees.
inline constexpr std::string_view web_page_mark = "canary-of-a-web-page";

// The parts of the table.
void add_breaks(std::vector<fault>& to);     ///< answers that break off
void add_spellings(std::vector<fault>& to);  ///< event streams written in unusual ways
void add_carriage(std::vector<fault>& to);   ///< HTTP around the body
void add_statuses(std::vector<fault>& to);   ///< refusals
void add_reports(std::vector<fault>& to);  ///< errors under status 200, and terminals out of place
void add_floods(std::vector<fault>& to);   ///< too much, or without an end
void add_garbage(std::vector<fault>& to);  ///< what is no HTTP, no event stream, no JSON

}  // namespace sluice::faults
