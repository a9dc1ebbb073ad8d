#include "gateway/http/stream_list.hpp"

#include "gateway/dialects/json_text.hpp"
#include "gateway/http/authorize.hpp"
#include "gateway/http/refusal.hpp"
#include "gateway/http/wakeup.hpp"
#include "gateway/streams/stream_id.hpp"

#include <charconv>
#include <optional>
#include <utility>

namespace sluice::gateway {

namespace {

namespace asio = boost::asio;
using json = nlohmann::ordered_json;

constexpr std::size_t limit_default = 1000;
constexpr std::size_t limit_max = 100'000;

std::optional<std::size_t> asked_limit(const http_request& request) {
    const auto text = request.parameter("limit");
    if (!text) return limit_default;
    std::size_t limit = 0;
    const auto [stop, error] = std::from_chars(text->data(), text->data() + text->size(), limit);
    if (error != std::errc{} || stop != text->data() + text->size()) return std::nullopt;
    return limit > limit_max ? std::nullopt : std::optional{limit};
}

json describe(const stream_summary& stream) {
    json object{
        {"id", stream.id},
        {"stream", short_hash(stream.id)},  // as the log has it
        {"model", stream.model}};
    if (!stream.target.empty()) object["target"] = stream.target;  // none was asked yet
    object["dialect"] = stream.dialect;
    object["state"] = stream.outcome.empty() ? "running" : "ended";
    if (!stream.outcome.empty()) object["outcome"] = stream.outcome;
    if (!stream.key_id.empty()) object["key"] = stream.key_id;
    object["readers"] = stream.clients;
    object["detached"] = stream.detached;
    object["output_tokens"] = stream.output_tokens;
    object["created"] = stream.created;
    return object;
}

}  // namespace

asio::awaitable<listed_streams> list_streams(worker& on, stream_wish wish) {
    wakeup answered{on.context()};
    listed_streams streams;
    on.streams().list(wish, [&](listed_streams all) {
        streams = std::move(all);
        answered.notify();
    });
    co_await answered.wait();
    co_return streams;
}

json streams_object(const listed_streams& streams) {
    json body{{"streams", json::array()}, {"total", streams.total}};
    for (const auto& stream : streams.newest)
        body["streams"].push_back(describe(stream));
    return body;
}

asio::awaitable<bool> answer_stream_list(request_scope& scope) {
    const auto limit = asked_limit(scope.request);
    if (!limit) {
        auto reason = refusal(400, "invalid_request_error", "'limit' must be 0 to 100000");
        reason.param = "limit";
        co_return co_await respond_error(scope, std::move(reason));
    }
    const stream_wish wish{true, *limit};
    const auto streams = co_await list_streams(scope.worker, wish);
    http_response response;
    response.headers = {{"Cache-Control", "no-store"}};
    response.body = dump_json(streams_object(streams));
    scope.record.outcome = "completed";
    co_return co_await respond(scope, std::move(response));
}

}  // namespace sluice::gateway
