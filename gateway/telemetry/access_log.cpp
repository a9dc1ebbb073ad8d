#include "gateway/telemetry/access_log.hpp"

#include "gateway/telemetry/log_line.hpp"
#include "gateway/telemetry/log_sink.hpp"

#include <nlohmann/json.hpp>
#include <spdlog/spdlog.h>

#include <atomic>
#include <memory>
#include <unistd.h>

namespace sluice::gateway {

namespace {

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

/// The line's own object is continued behind the time and level that spdlog writes.
std::string rest_of_line(const log_line& line) {
    return as_json ? line.text() + '}' : line.text();
}

void write(log_level level, const log_line& line) {
    spdlog::log(to_spdlog(level), rest_of_line(line));
}

log_line event_line(std::string_view event, std::string_view detail) {
    log_line line(as_json);
    line.put("event", event);
    if (!detail.empty()) line.put("detail", detail);
    return line;
}

void put_content(log_line& line, const logged_content& content) {
    line.put("prompt", content.prompt);
    if (content.prompt_cut) line.put("prompt_cut", true);
    line.put("answer", content.answer);
    if (content.answer_cut) line.put("answer_cut", true);
}

std::string tell_dropped(std::size_t lines) {
    log_line line(as_json);
    line.put("event", "log lines were dropped: nobody read them in time");
    line.put("lines", lines);
    return rest_of_line(line);
}

}  // namespace

void set_up_log(const log_settings& settings) {
    as_json = settings.format == log_format::json ||
              (settings.format == log_format::automatic && isatty(STDERR_FILENO) == 0);
    spdlog::drop("sluice");  // of an earlier call
    auto logger = std::make_shared<spdlog::logger>(
        "sluice", std::make_shared<log_sink>(STDERR_FILENO, tell_dropped)
    );
    logger->set_pattern(
        as_json ? R"({"time":"%Y-%m-%dT%H:%M:%S.%e%z","level":"%l",%v)"
                : "%Y-%m-%d %H:%M:%S.%e %-5l %v"
    );
    logger->set_level(to_spdlog(settings.level));
    spdlog::set_default_logger(std::move(logger));
}

void flush_log() {
    spdlog::default_logger_raw()->flush();
}

void log_access(const access_record& record) {
    if (!spdlog::should_log(spdlog::level::info)) return;
    log_line line(as_json);
    const auto put_text = [&](std::string_view name, std::string_view value) {
        if (!value.empty()) line.put(name, value);
    };
    line.put("event", "request");
    line.put("request_id", record.request_id);
    line.put("method", record.method);
    line.put("path", record.path);
    put_text("key", record.key);
    put_text("model", record.model);
    put_text("target", record.target);
    if (record.attempts > 0) line.put("attempts", record.attempts);
    put_text("stream", record.stream);
    put_text("trace_id", record.trace_id);
    line.put("status", record.status);
    put_text("outcome", record.outcome);
    if (record.ttft) line.put("ttft_ms", record.ttft->count());
    if (record.input_tokens) line.put("input_tokens", *record.input_tokens);
    if (record.output_tokens) line.put("output_tokens", *record.output_tokens);
    if (record.discarded_tokens > 0) line.put("discarded_tokens", record.discarded_tokens);
    line.put("duration_ms", record.duration.count());
    if (record.content) put_content(line, *record.content);
    write(log_level::info, line);
}

void log_event(log_level level, std::string_view event, std::string_view detail) {
    if (!spdlog::should_log(to_spdlog(level))) return;
    write(level, event_line(event, detail));
}

std::string loggable(const std::exception& thrown) {
    const auto* of_json = dynamic_cast<const nlohmann::json::exception*>(&thrown);
    return of_json ? "JSON exception " + std::to_string(of_json->id) : thrown.what();
}

void log_notice(std::string_view event, std::string_view detail) {
    const auto text = rest_of_line(event_line(event, detail));
    const spdlog::details::log_msg message("sluice", spdlog::level::info, text);
    for (const auto& sink : spdlog::default_logger_raw()->sinks())
        sink->log(message);
}

}  // namespace sluice::gateway
