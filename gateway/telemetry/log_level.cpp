#include "gateway/telemetry/log_level.hpp"

#include <spdlog/spdlog.h>

namespace sluice::gateway {

void set_log_level(log_level level) {
    static_assert(static_cast<int>(log_level::trace) == spdlog::level::trace);
    static_assert(static_cast<int>(log_level::error) == spdlog::level::err);
    const auto same = static_cast<spdlog::level::level_enum>(level);
    // The logger stays: who is writing a line holds no share of it.
    spdlog::default_logger_raw()->set_level(level == log_level::off ? spdlog::level::off : same);
}

log_level present_log_level() {
    const auto level = spdlog::default_logger_raw()->level();
    return level == spdlog::level::off || level == spdlog::level::critical
               ? log_level::off
               : static_cast<log_level>(level);
}

}  // namespace sluice::gateway
