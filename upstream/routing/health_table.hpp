#pragma once

#include "upstream/routing/rules.hpp"
#include "upstream/routing/target_health.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace sluice::upstream {

/// The health of every upstream model that was asked for, by provider and model: the models behind
/// a wildcard do not take each other down. Bounded, since clients choose those names: beyond
/// `models_max`, ones that nobody uses make room. Safe to use from any thread.
class health_table {
 public:
    static constexpr std::size_t models_max = 4096;
    /// No model has a longer name; a client that sends one gets a health of its own.
    static constexpr std::size_t name_bytes_max = 512;

    using time_point = target_health::time_point;

    /// With the rules as they are now. Where every place is in use, it is not kept: that model's
    /// requests do not learn from each other. `configured`: the target's model as the configuration
    /// has it, perhaps a pattern; empty: the model.
    std::shared_ptr<target_health> find(
        const std::string& provider,
        const std::string& model,
        const breaker_rules& rules,
        time_point now = target_health::clock::now(),
        const std::string& configured = {}
    );

    struct entry {
        std::string provider;
        std::string model;
        std::shared_ptr<target_health> health;
    };
    /// Those that are known, sorted by name.
    std::vector<entry> all() const;

    using target_name = std::pair<std::string, std::string>;  ///< provider and model
    /// How often breakers have opened, by what the configuration calls their targets. Never falls:
    /// those that made room count on.
    std::map<target_name, std::int64_t> opened() const;

 private:
    struct place {
        std::shared_ptr<target_health> health;
        std::string configured;
        std::uint64_t asked = 0;  ///< the number of the last question for it
    };
    using places = std::map<target_name, place>;
    void make_room(time_point now);

    mutable std::mutex mutex_;
    places known_;
    std::map<target_name, std::int64_t> opened_before_;  ///< of those that made room
    std::uint64_t questions_ = 0;
};

}  // namespace sluice::upstream
