#include "gateway/admission/ledger/record_row.hpp"

#include "upstream/utf8.hpp"

#include <nlohmann/json.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sluice::gateway {

namespace {

constexpr std::string_view insertion =
    "INSERT INTO requests (started, request_id, stream, key, labels, model, target, dialect, "
    "streamed, outcome, attempts, input_tokens, cached_tokens, cache_write_tokens, output_tokens, "
    "reasoning_tokens, input_audio_tokens, output_audio_tokens, cost, ttft_ms, duration_ms) "
    "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";

void cut(std::string& text) {
    if (text.size() <= ledger_text_bytes_max) return;
    std::size_t end = ledger_text_bytes_max;
    const auto continues = [&](std::size_t at) {
        return (static_cast<unsigned char>(text[at]) & 0xc0) == 0x80;
    };
    while (end > 0 && continues(end))
        --end;
    text.resize(end);
    text.shrink_to_fit();
}

std::string labels_of(const ledger_record& record) {
    using nlohmann::json;
    return json(record.labels).dump(-1, ' ', false, json::error_handler_t::replace);
}

std::int64_t unix_milliseconds(std::chrono::system_clock::time_point when) {
    return std::chrono::floor<std::chrono::milliseconds>(when).time_since_epoch().count();
}

}  // namespace

void cut_texts(ledger_record& record) {
    cut(record.request_id);
    cut(record.stream);
    cut(record.key);
    cut(record.model);
    cut(record.target);
    cut(record.dialect);
}

record_insertion::record_insertion(sqlite3* database) : statement_(database, insertion) {}

int record_insertion::run(const ledger_record& record) {
    int next = 1;
    const auto put = [&](auto value) { statement_.bind(next++, value); };
    const auto put_text = [&](std::string_view text) { put(text); };
    const auto put_number = [&](std::int64_t number) { put(number); };

    put_number(unix_milliseconds(record.started));
    put_text(record.request_id);
    put_text(record.stream);
    put_text(record.key);
    put_text(labels_of(record));
    put_text(record.model);
    put_text(record.target);
    put_text(record.dialect);
    put_number(record.streamed ? 1 : 0);
    put_text(upstream::to_string(record.outcome));
    put_number(record.attempts);
    put(record.usage.input_tokens);
    put(record.usage.cached_tokens);
    put(record.usage.cache_write_tokens);
    put(record.usage.output_tokens);
    put(record.usage.reasoning_tokens);
    put(record.usage.input_audio_tokens);
    put(record.usage.output_audio_tokens);
    put(record.cost);
    put(record.ttft ? std::optional<std::int64_t>(record.ttft->count()) : std::nullopt);
    put_number(record.duration.count());

    const int code = statement_.step();
    statement_.reset();
    return code;
}

}  // namespace sluice::gateway
