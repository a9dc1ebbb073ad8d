#include "gateway/http/log_endpoint.hpp"

#include "gateway/config/log_words.hpp"
#include "gateway/dialects/json_input.hpp"
#include "gateway/dialects/json_text.hpp"
#include "gateway/http/refusal.hpp"
#include "gateway/telemetry/log_level.hpp"

#include <boost/system/result.hpp>

#include <cstddef>
#include <optional>
#include <string>
#include <utility>

namespace sluice::gateway {

namespace {

namespace asio = boost::asio;

constexpr std::size_t body_bytes_max = 1 << 10;
constexpr std::size_t quoted_bytes_max = 64;

upstream::failure foreign_field(const std::string& key) {
    if (key.size() > quoted_bytes_max) return bad_request("'level' is the only field of this");
    return bad_request("'" + key + "' is no field of this", key);
}

boost::system::result<log_level, upstream::failure> asked_level(const std::string& text) {
    if (text.empty()) return bad_request("the request has no body");
    if (text.size() > body_bytes_max)
        return refusal(413, "invalid_request_error", "the body may have 1024 bytes at most");
    const auto body = parse_object(text);
    if (!body) return body.error();
    for (const auto& [key, value] : body->items()) {
        if (key != "level") return foreign_field(key);
    }
    std::optional<upstream::failure> problem;
    fields all{*body, "", problem};
    const auto word = all.text("level");
    if (!word && !problem) all.fail_missing("level");
    if (problem) return std::move(*problem);
    const auto level = parse_log_level(*word);
    if (!level)
        return bad_request("'level' must be trace, debug, info, warn, error or off", "level");
    return *level;
}

std::string describe_change(const request_scope& scope, log_level from, log_level to) {
    const auto& key = scope.record.key;
    return std::string{to_string(from)}
        .append(" to ")
        .append(to_string(to))
        .append(key.empty() ? ", by somebody without a key" : ", by the key " + key)
        .append(", request ")
        .append(scope.request.id);
}

}  // namespace

asio::awaitable<bool> answer_log(request_scope& scope) {
    const nlohmann::ordered_json body{{"level", to_string(present_log_level())}};
    http_response response;
    response.headers = {{"Cache-Control", "no-store"}};
    response.body = dump_json(body);
    scope.record.outcome = "completed";
    co_return co_await respond(scope, std::move(response));
}

asio::awaitable<bool> change_log(request_scope& scope) {
    auto level = asked_level(scope.request.body);
    if (!level) return respond_error(scope, std::move(level).error());
    const auto before = present_log_level();
    set_log_level(*level);
    log_notice("log level changed", describe_change(scope, before, *level));
    return answer_log(scope);
}

}  // namespace sluice::gateway
