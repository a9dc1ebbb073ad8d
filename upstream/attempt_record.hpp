#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

/// What is told of attempts to those who watch. Nothing is decided by it.
namespace sluice::upstream {

/// The trace that a call belongs to (W3C Trace Context). Each attempt is a span of its own, and its
/// provider is told that one's id.
struct trace_parent {
    std::array<std::uint8_t, 16> trace_id{};
    std::uint64_t first_span = 0;  ///< random; that of attempt 0
    std::uint8_t flags = 0;

    /// The span of the nth attempt. None is zero in practice, nor twice the same.
    std::uint64_t span_of(int attempt) const {
        return first_span + static_cast<std::uint64_t>(attempt) * 0x9E3779B97F4A7C15U;
    }
    /// The value of the header `traceparent` for the nth attempt.
    std::string header_of(int attempt) const;
};

/// One attempt at a target, as it went.
struct attempt_record {
    using clock = std::chrono::steady_clock;

    std::string provider;          ///< its configured name
    std::string_view vendor;       ///< upstream::vendor_of it; lives as long as the program
    std::string model;             ///< as the provider was asked for it
    bool named_by_client = false;  ///< the model is what a pattern matched: there is no end of them
    std::uint64_t span = 0;        ///< zero: not traced
    clock::time_point began{};
    std::optional<clock::time_point> first_content;
    clock::time_point ended{};  ///< meaningful once there is an outcome
    /// upstream::to_string of its outcome; `superseded` where another attempt was faster, `skipped`
    /// where its target could not carry the request and was not asked. Empty: it was under way when
    /// the generation ended, and fared as that did.
    std::string_view outcome;
    int status = 0;          ///< HTTP status of the answer; zero: there was none
    std::string error_type;  ///< the failure's, where it failed
    std::string request_id;  ///< the provider's
};

}  // namespace sluice::upstream
