#include "gateway/telemetry/traces/export/span_exporter.hpp"

#include "gateway/telemetry/access_log.hpp"
#include "gateway/telemetry/traces/generation_spans.hpp"
#include "gateway/telemetry/traces/request_span.hpp"

#include <boost/asio/post.hpp>

#include <algorithm>
#include <random>
#include <utility>

namespace sluice::gateway {

namespace {

constexpr std::chrono::seconds gathering_time{2};
constexpr std::chrono::seconds answer_time{10};
constexpr std::size_t answer_bytes_max = 64U << 10;

/// The same for all workers.
const std::string& instance_id() {
    static const std::string id = otlp::make_instance_id();
    return id;
}

double draw() {
    thread_local std::minstd_rand generator{std::random_device{}()};
    return std::uniform_real_distribution<double>{0, 1}(generator);
}

std::string header_of(const upstream::header_list& headers, std::string_view name) {
    const auto found =
        std::ranges::find(headers, name, &std::pair<std::string, std::string>::first);
    return found == headers.end() ? std::string{} : found->second;
}

std::string spans_text(std::size_t count) {
    return std::to_string(count) + (count == 1 ? " span" : " spans");
}

}  // namespace

span_exporter::span_exporter(
    boost::asio::io_context& context,
    upstream::transfer_engine& engine,
    gateway::counters& counters,
    export_notices& notices,
    const trace_settings& settings
)
    : context_(context),
      engine_(engine),
      counters_(counters),
      notices_(notices),
      queue_(settings.queue),
      alarm_(context),
      flush_alarm_(context) {
    adopt(settings);
}

span_exporter::~span_exporter() = default;

void span_exporter::adopt(const trace_settings& settings) {
    settings_ = settings;
    envelope_ = otlp::make_envelope(settings.service_name, instance_id());
    queue_.bound(settings.queue);
    if (!settings.endpoint.empty() || queue_.empty()) return;
    counters_.spans_dropped.add(static_cast<std::int64_t>(queue_.size()));
    queue_.clear();
}

void span_exporter::note(
    const generation_record& record, const request_trace& trace, const transcript* said
) {
    if (settings_.endpoint.empty()) return;
    const auto* told = settings_.content ? said : nullptr;
    for (auto& span : spans_of(record, trace, told, two_clocks::now()))
        push(std::move(span));
    look();
}

void span_exporter::note(const served_request& request, const request_trace& trace) {
    if (settings_.endpoint.empty()) return;
    push(span_of(request, trace, two_clocks::now()));
    look();
}

void span_exporter::push(std::string span) {
    const bool kept = !closed_ && queue_.push(std::move(span));
    if (kept) return;
    counters_.spans_dropped.add(1);
    if (!closed_ && notices_.dropped(clock::now())) {
        log_event(
            log_level::warn, "spans are dropped", "the collector does not take them fast enough"
        );
    }
}

/// Begins an export, where none is under way and it is time for one.
void span_exporter::look() {
    if (closed_ || batch_.count > 0) return;
    if (queue_.empty()) {
        if (flushed_) finish();
    } else if (flushed_ || queue_.has_batch()) {
        begin();
    } else if (!std::exchange(gathering_, true)) {
        alarm_.set(clock::now() + gathering_time, [this] { begin(); });
    }
}

void span_exporter::begin() {
    gathering_ = false;
    batch_ = queue_.take();
    times_ = 0;
    if (batch_.count > 0) send();
}

upstream::transfer_request span_exporter::request() const {
    upstream::transfer_request request;
    request.url = settings_.endpoint + "/v1/traces";
    request.headers.emplace_back("Content-Type: application/json");
    for (const auto& [name, value] : settings_.headers)
        request.headers.push_back(name + ": " + value);
    request.body.reserve(envelope_.head.size() + batch_.spans.size() + envelope_.tail.size());
    request.body.append(envelope_.head).append(batch_.spans).append(envelope_.tail);
    return request;
}

void span_exporter::send() {
    // The endpoint may have gone while the batch waited to be sent again.
    if (settings_.endpoint.empty()) return give_up("the endpoint is no longer configured");
    ++times_;
    answer_ = {};
    transfer_ = engine_.start(request(), *this);
    alarm_.set(clock::now() + answer_time, [this] {
        answer_ = {};
        conclude("no answer in time");
    });
}

/// Of a long answer the beginning is enough.
void span_exporter::on_transfer() {
    answer_.body += transfer_->body().substr(
        0, answer_bytes_max - std::min(answer_.body.size(), answer_bytes_max)
    );
    transfer_->consume();
    if (!transfer_->ended()) return;
    if (transfer_->error() != upstream::transfer_error::none) {
        answer_ = {};
        const std::string trouble = transfer_->error_message();
        return conclude(trouble);
    }
    answer_.status = transfer_->status();
    answer_.retry_after = header_of(transfer_->headers(), "retry-after");
    conclude("the collector answers " + std::to_string(answer_.status));
}

void span_exporter::conclude(std::string_view trouble) {
    alarm_.cancel();
    transfer_.reset();
    if (is_taken(answer_)) {
        note_taken();
        batch_ = {};
        return look();
    }
    const auto pause =
        pause_before_retry(answer_, times_, draw(), std::chrono::system_clock::now());
    if (!pause || flushed_) return give_up(trouble);
    if (notices_.failed(clock::now()))
        log_event(log_level::warn, "traces are not exported", trouble);
    alarm_.set(clock::now() + *pause, [this] { send(); });
}

void span_exporter::note_taken() {
    const auto told = read_partial_success(answer_.body);
    const auto sent = static_cast<std::int64_t>(batch_.count);
    const auto rejected = std::min(told.rejected, sent);
    counters_.spans_exported.add(sent - rejected);
    counters_.spans_failed.add(rejected);
    if (notices_.worked()) log_event(log_level::info, "traces are exported again");
    if ((rejected > 0 || !told.message.empty()) && notices_.refused(clock::now())) {
        log_event(
            log_level::warn,
            "the collector refused spans",
            spans_text(static_cast<std::size_t>(rejected)) +
                (told.message.empty() ? "" : ": " + told.message)
        );
    }
}

/// While everything is sent for the last time, what follows would fare the same.
void span_exporter::give_up(std::string_view trouble) {
    fail(std::exchange(batch_, {}).count, trouble);
    if (!flushed_) return look();
    fail(queue_.size(), trouble);
    queue_.clear();
    finish();
}

void span_exporter::fail(std::size_t spans, std::string_view trouble) {
    if (spans == 0) return;
    counters_.spans_failed.add(static_cast<std::int64_t>(spans));
    if (notices_.failed(clock::now()))
        log_event(log_level::warn, "traces are not exported", trouble);
}

void span_exporter::flush(std::chrono::milliseconds limit, std::function<void()> done) {
    flushed_ = std::move(done);
    flush_alarm_.set(clock::now() + limit, [this] {
        transfer_.reset();
        give_up("the gateway ends");
    });
    // One that waits to be sent again is sent for the last time.
    if (batch_.count > 0 && !transfer_) return send();
    look();
}

/// From the loop: who is told may take the engine away.
void span_exporter::finish() {
    closed_ = true;
    alarm_.cancel();
    flush_alarm_.cancel();
    boost::asio::post(context_, std::exchange(flushed_, nullptr));
}

}  // namespace sluice::gateway
