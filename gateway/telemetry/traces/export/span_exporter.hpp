#pragma once

#include "gateway/config/configuration.hpp"
#include "gateway/telemetry/counters.hpp"
#include "gateway/telemetry/traces/export/export_notices.hpp"
#include "gateway/telemetry/traces/export_answer.hpp"
#include "gateway/telemetry/traces/otlp.hpp"
#include "gateway/telemetry/traces/request_trace.hpp"
#include "gateway/telemetry/traces/span_queue.hpp"
#include "upstream/alarm.hpp"
#include "upstream/transfer.hpp"

#include <boost/asio/io_context.hpp>

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace sluice::gateway {

/// Sends one worker's spans to a collector, by OTLP over HTTP.
///
/// Spans wait in a bounded queue; one that finds no room is dropped and counted, and nobody waits.
/// One export is under way at a time: 512 spans, 1 MiB, or what has come two seconds after the
/// first. Everything runs on the worker's loop, in plain calls.
///
/// Used only from the thread that runs the io_context. Destroyed before the engine.
class span_exporter final : public generation_tracer, private upstream::transfer_listener {
 public:
    span_exporter(
        boost::asio::io_context& context,
        upstream::transfer_engine& engine,
        gateway::counters& counters,
        export_notices& notices,
        const trace_settings& settings
    );
    ~span_exporter();
    span_exporter(const span_exporter&) = delete;
    span_exporter& operator=(const span_exporter&) = delete;

    /// Exports that begin from now on are by these. Without an endpoint, what waits is dropped.
    void adopt(const trace_settings& settings);

    void note(const generation_record& record, const request_trace& trace, const transcript* said)
        override;
    void note(const served_request& request, const request_trace& trace) override;

    /// Sends what waits, without trying anything twice, and calls back from the loop when nothing
    /// waits any more, or `limit` has passed. Nothing is sent afterwards.
    void flush(std::chrono::milliseconds limit, std::function<void()> done);

 private:
    using clock = std::chrono::steady_clock;

    void push(std::string span);
    void look();
    void begin();
    void send();
    void on_transfer() override;
    void conclude(std::string_view trouble);
    void note_taken();
    void give_up(std::string_view trouble);
    void fail(std::size_t spans, std::string_view trouble);
    void finish();
    upstream::transfer_request request() const;

    boost::asio::io_context& context_;
    upstream::transfer_engine& engine_;
    gateway::counters& counters_;
    export_notices& notices_;
    trace_settings settings_;
    otlp::envelope envelope_;
    span_queue queue_;
    span_queue::batch batch_;  ///< being sent, or to be sent again
    int times_ = 0;            ///< that it was sent
    export_answer answer_;
    std::function<void()> flushed_;  ///< set: what waits is sent at once
    bool closed_ = false;            ///< nothing is sent any more
    bool gathering_ = false;         ///< the alarm ends the wait for more
    upstream::alarm alarm_;
    upstream::alarm flush_alarm_;
    std::unique_ptr<upstream::transfer> transfer_;
};

}  // namespace sluice::gateway
