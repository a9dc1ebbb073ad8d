#pragma once

#include <chrono>
#include <optional>
#include <string>

/// What an operator decides about a route and its targets.
namespace sluice::upstream {

/// The clocks of one generation. Content counts, pings do not.
struct timeouts {
    std::optional<std::chrono::milliseconds> connect;  ///< nothing: as the provider has it
    std::chrono::milliseconds first_token{120'000};    ///< of each attempt
    std::chrono::milliseconds progress{120'000};
    std::optional<std::chrono::milliseconds> total;  ///< of the generation, whatever its attempts
};

/// How the targets of one priority share a route's requests.
enum class balance_rule {
    weighted,           ///< by their weights, at random
    least_outstanding,  ///< of two chosen by weight, the one with fewer requests under way
    lowest_ttft,        ///< of two chosen by weight, the one with the lower time to first token
};

/// What keeps requests that belong together at one target, so that its prompt cache is of use.
struct sticky_rule {
    enum class by {
        nothing,
        header,       ///< the value of a request header
        conversation  ///< the model, the system text and the first message of the user
    };
    by what = by::nothing;
    std::string header;  ///< lower case
};

/// Extra load for the sake of requests that failed.
struct retry_rules {
    int attempts = 3;     ///< of one request, the first included
    double budget = 0.2;  ///< attempts at targets that fail, as a part of all requests
    std::chrono::milliseconds backoff{100};       ///< the most before the first repetition; doubles
    std::chrono::milliseconds backoff_max{1000};  ///< a target that wants more is not asked again
};

/// When a target is left alone.
struct breaker_rules {
    int failures = 5;         ///< in a row; 0: however many
    double error_rate = 0.5;  ///< within the window, of `requests_min` at least
    int requests_min = 20;
    std::chrono::milliseconds window{30'000};
    /// Doubles with each trial that fails, eightfold at most.
    std::chrono::milliseconds cool_down{10'000};
    bool on = true;  ///< false: no failure makes it be left alone

    bool operator==(const breaker_rules&) const = default;
};

/// Whether and how a stream that breaks after content goes on at another target.
struct continuation_rules {
    bool on = false;
    /// Said to a target that does not continue an answer that it is given the beginning of.
    std::string instruction =
        "Your last answer was cut off. Go on exactly where it stopped: repeat nothing of it and "
        "add "
        "no remark about the interruption.";
};

struct routing_rules {
    balance_rule balance = balance_rule::weighted;
    sticky_rule sticky;
    retry_rules retry;
    bool hedge = false;  ///< asks a second target when the first is later than usual
    continuation_rules continuation;
};

}  // namespace sluice::upstream
