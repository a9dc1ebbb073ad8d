#pragma once

#include "upstream/generation.hpp"

#include <nlohmann/json.hpp>

#include <cstdint>
#include <optional>

namespace sluice::upstream {

/// The usage of one message, told in parts: each figure replaces what was told of it before. The
/// API counts what comes from the cache, and what goes there, apart from the other input.
class anthropic_usage {
 public:
    /// `usage` at the beginning of a stream. Its output is a stub and left out.
    void begin(const nlohmann::json* usage);
    /// `usage` of a message_delta, of a whole message, or the count of tokens.
    void add(const nlohmann::json* usage);

    /// Nothing before any figure was told.
    std::optional<upstream::usage> total() const;

 private:
    void add_input(const nlohmann::json& usage);

    std::optional<std::int64_t> input_;
    std::optional<std::int64_t> cache_read_;
    std::optional<std::int64_t> cache_write_;
    std::optional<std::int64_t> output_;
    std::optional<std::int64_t> thinking_;
};

}  // namespace sluice::upstream
