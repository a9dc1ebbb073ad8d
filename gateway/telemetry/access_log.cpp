#include "gateway/telemetry/access_log.hpp"

#include <nlohmann/json.hpp>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <atomic>
#include <unistd.h>

namespace sluice::gateway {

namespace {

using json = nlohmann::ordered_json;

std::atomic<bool> as_json{false};

spdlog::level::level_enum to_spdlog(log_level level) {
    switch (level) {
        case log_level::trace:
            return spdlog::level::trace;
        case log_level::debug:
            return spdlog::level::debug;
        case log_level::info:
            return spdlog::level::info;
        case log_level::warn:
            return spdlog::level::warn;
        case log_level::error:
            return spdlog::level::err;
        case log_level::off:
            return spdlog::level::off;
    }
    return spdlog::level::info;
}

json describe(const access_record& record) {
    json line{{"event", "request"}, {"request_id", record.request_id}, {"method", record.method}};
    line["path"] = record.path;
    const auto put = [&](const char* name, const std::string& value) {
        if (!value.empty()) line[name] = value;
    };
    put("key", record.key);
    put("model", record.model);
    put("target", record.target);
    put("stream", record.stream);
    line["status"] = record.status;
    put("outcome", record.outcome);
    if (record.ttft) line["ttft_ms"] = record.ttft->count();
    if (record.input_tokens) line["input_tokens"] = *record.input_tokens;
    if (record.output_tokens) line["output_tokens"] = *record.output_tokens;
    line["duration_ms"] = record.duration.count();
    return line;
}

std::string dump(const json& line) {
    return line.dump(-1, ' ', true, json::error_handler_t::replace);
}

/// `name=value` pairs; values that hold more than plain characters are quoted as JSON.
std::string as_text(const json& line) {
    std::string text;
    for (const auto& [name, value] : line.items()) {
        if (!text.empty()) text += ' ';
        const bool bare = value.is_string() &&
                          value.get_ref<const std::string&>().find_first_not_of(
                              "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./:*"
                          ) == std::string::npos;
        text.append(name).append("=").append(bare ? value.get<std::string>() : dump(value));
    }
    return text;
}

void write(log_level level, json line) {
    if (!spdlog::should_log(to_spdlog(level))) return;
    spdlog::log(to_spdlog(level), as_json ? dump(line).substr(1) : as_text(line));
}

}  // namespace

void set_up_log(const log_settings& settings) {
    as_json = settings.format == log_format::json ||
              (settings.format == log_format::automatic && isatty(STDERR_FILENO) == 0);
    spdlog::drop("sluice");  // of an earlier call
    auto logger = spdlog::stderr_logger_mt("sluice");
    // The line's own object is continued behind the time and level that spdlog writes.
    logger->set_pattern(
        as_json ? R"({"time":"%Y-%m-%dT%H:%M:%S.%e%z","level":"%l",%v)"
                : "%Y-%m-%d %H:%M:%S.%e %-5l %v"
    );
    logger->set_level(to_spdlog(settings.level));
    logger->flush_on(spdlog::level::info);
    spdlog::set_default_logger(std::move(logger));
}

void log_access(const access_record& record) {
    write(log_level::info, describe(record));
}

void log_event(log_level level, std::string_view event, std::string_view detail) {
    json line{{"event", event}};
    if (!detail.empty()) line["detail"] = detail;
    write(level, std::move(line));
}

}  // namespace sluice::gateway
