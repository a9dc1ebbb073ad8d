#pragma once

#include "upstream/generation.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

/// What becomes of an export, by what the collector said of it. Pure.
namespace sluice::gateway {

/// How often the same spans are sent at most.
inline constexpr int exports_max = 5;

/// How an export went. Nothing is known where there was no answer.
struct export_answer {
    int status = 0;  ///< zero: there was none
    std::string retry_after;
    std::string body;
};

/// The collector has the spans, or as many of them as it wants.
bool is_taken(const export_answer& answer);

/// How long to wait before the same spans are sent once more, after so many times; nothing: they
/// are given up. What may pass is worth another try: no answer, 429, 502, 503, 504. `chance` is in
/// [0, 1).
std::optional<std::chrono::milliseconds> pause_before_retry(
    const export_answer& answer, int times, double chance, std::chrono::system_clock::time_point now
);

/// What the collector says of spans that it did not want, though it took the export.
struct partial_success {
    std::int64_t rejected = 0;
    std::string message;  ///< of some hundred bytes
};
partial_success read_partial_success(std::string_view body);

}  // namespace sluice::gateway
