#pragma once

#include "gateway/config/configuration.hpp"

#include <chrono>
#include <cstdint>
#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace sluice::gateway {

/// What was asked and answered, as gateway::transcript has it.
struct logged_content {
    std::string prompt;
    bool prompt_cut = false;  ///< it is not all of it
    std::string answer;
    bool answer_cut = false;
};

/// What the access log tells of one request. Never a secret, nor prompt or answer text unless
/// `log.content` is on; a stream's id only as a short hash. Model, target and figures are those of
/// the request that began a stream; one that joins it later has none of its own.
struct access_record {
    std::string request_id;
    std::string method;
    std::string path;
    std::string key;       ///< the client key's id
    std::string model;     ///< as the client named it
    std::string target;    ///< provider/model that answered, or was asked last
    int attempts = 0;      ///< at how many targets, the same one counted again; 0: none was asked
    std::string stream;    ///< short hash of the stream's id
    std::string trace_id;  ///< of the trace that the request belongs to; empty: none
    int status = 0;
    std::string outcome;
    std::optional<std::chrono::milliseconds> ttft;  ///< from the request to the first content
    std::optional<std::int64_t> input_tokens;
    std::optional<std::int64_t> output_tokens;
    std::int64_t discarded_tokens = 0;  ///< of attempts whose answer nobody got
    std::chrono::milliseconds duration{0};
    std::optional<logged_content> content;  ///< only with `log.content`
};

/// Sets up the process's log on standard error, human-readable or one JSON object per line.
/// `automatic` is human-readable on a terminal and JSON elsewhere.
void set_up_log(const log_settings& settings);

/// Writes what waits to be written, as far as somebody reads it within 100 ms. Lines otherwise are
/// written within 20 ms and when the process ends in order.
void flush_log();

/// One line per request, at level info.
void log_access(const access_record& record);

/// A line of the gateway's own, at the given level; `event` is a short phrase, `detail` may be
/// empty. Control characters are taken out of both.
void log_event(log_level level, std::string_view event, std::string_view detail = {});

/// What an exception says of itself that may stand in a log: the words of JSON's quote the text
/// that they are about, which may be a prompt.
std::string loggable(const std::exception& thrown);

/// A line of the gateway's own, whatever the log's level is: who makes it silent stands in it.
void log_notice(std::string_view event, std::string_view detail);

}  // namespace sluice::gateway
