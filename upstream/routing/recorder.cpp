#include "upstream/routing/recorder.hpp"

#include <string>
#include <utility>

namespace sluice::upstream {

namespace {

/// What goes on for longer behind the end of an answer, or brings more, is not waited for.
constexpr std::chrono::seconds rest_time{1};
constexpr std::size_t rest_bytes_max = 64 * 1024;

std::string_view word_of(transfer_error error) {
    switch (error) {
        case transfer_error::none:
            return "whole";
        case transfer_error::resolve:
            return "resolve";
        case transfer_error::connect:
            return "connect";
        case transfer_error::connect_timeout:
            return "connect_timeout";
        case transfer_error::tls:
            return "tls";
        case transfer_error::broken:
            return "broken";
        case transfer_error::internal:
            break;
    }
    return "internal";
}

/// What a codec has to know of the provider when its answer is played; nothing else is kept.
provider_settings known_of(const provider_settings& provider) {
    provider_settings kept;
    kept.name = provider.name;
    kept.kind = provider.kind;
    kept.host = provider.host;
    kept.base_url = redacted_url(provider.base_url);
    kept.apis = provider.apis;
    kept.ask_usage = provider.ask_usage;
    return kept;
}

}  // namespace

exchange_record::exchange_record(
    std::unique_ptr<recording_file> file, const recorded_request& request, secrets hidden
)
    : file_(std::move(file)), hidden_(std::move(hidden)) {
    file_->append(recording_request_line(request));
}

exchange_record::~exchange_record() {
    if (!ended_) end("left", {});
}

double exchange_record::now() const {
    return std::chrono::duration<double>(clock::now() - sent_).count();
}

header_list exchange_record::shown(const header_list& headers) const {
    auto list = redacted(headers);
    for (auto& header : list)
        hidden_.hide(header.second);
    return list;
}

void exchange_record::look_at(const transfer& transfer) {
    if (ended_) return;
    const auto at = now();
    if (!headed_ && transfer.status() != 0) {
        headed_ = true;
        file_->append(recording_head_line(at, transfer.status(), shown(transfer.headers())));
    }
    const auto body = transfer.body();
    if (headed_ && body.size() > seen_) {
        write(at, body.substr(seen_));
        seen_ = body.size();
    }
    if (!transfer.ended()) return;
    const auto error = transfer.error();
    end(word_of(error), error == transfer_error::none ? "" : transfer.error_message());
}

/// What may be the beginning of a secret waits for the next bytes, so that a read is seldom cut.
void exchange_record::write(double at, std::string_view bytes) {
    held_ += bytes;
    hidden_.hide(held_);
    const auto ready = held_.size() - hidden_.begun_at_end(held_);
    if (ready == 0) return;
    append_recording_read(file_->buffer(), at, std::string_view(held_).substr(0, ready));
    file_->append({});
    held_.erase(0, ready);
}

void exchange_record::end(std::string_view word, std::string message) {
    ended_ = true;
    const auto at = now();
    // Half a secret is one, too.
    if (held_.size() >= secrets::bytes_min) held_.assign(held_.size(), '*');
    if (!held_.empty()) append_recording_read(file_->buffer(), at, held_);
    hidden_.hide(message);
    file_->append(recording_end_line(at, word, message));
    file_->complete();
}

recorder::recorder(boost::asio::io_context& context, std::shared_ptr<recording_folder> folder)
    : folder_(std::move(folder)), alarm_(context) {}

std::unique_ptr<exchange_record> recorder::begin(
    const provider_settings& provider,
    const call& call,
    std::string_view model,
    const transfer_request& request
) {
    const auto now = std::chrono::system_clock::now();
    auto file = folder_->begin(provider.name, now);
    if (!file) return nullptr;
    recorded_request asked;
    asked.provider = known_of(provider);
    asked.client = call.api;
    asked.stream = call.stream;
    asked.model = model;
    asked.when = readable_time(now);
    asked.url = redacted_url(request.url);
    asked.headers = redacted(request.headers, provider.headers);
    asked.body = request.body;
    secrets hidden(request.headers, request.url);
    hidden.hide(*asked.body);
    return std::make_unique<exchange_record>(std::move(file), asked, std::move(hidden));
}

void recorder::let_finish(
    std::unique_ptr<transfer> transfer, std::unique_ptr<exchange_record> record
) {
    record->look_at(*transfer);
    record->consumed();
    transfer->consume();
    record->look_at(*transfer);
    if (transfer->ended()) return;
    transfer->listen(*this);
    if (rests_.empty()) arm();
    rests_.push_back({std::move(transfer), std::move(record), 0, std::chrono::steady_clock::now()});
}

void recorder::on_transfer() {
    std::erase_if(rests_, [](rest& one) {
        one.record->look_at(*one.transfer);
        one.bytes += one.transfer->body().size();
        one.record->consumed();
        // What was paused goes on within this call.
        one.transfer->consume();
        one.record->look_at(*one.transfer);
        return one.transfer->ended() || one.bytes > rest_bytes_max;
    });
    if (rests_.empty()) alarm_.cancel();
}

void recorder::arm() {
    alarm_.set(std::chrono::steady_clock::now() + rest_time, [this] { expire(); });
}

void recorder::expire() {
    const auto now = std::chrono::steady_clock::now();
    std::erase_if(rests_, [now](const rest& one) { return now - one.since >= rest_time; });
    if (!rests_.empty()) arm();
}

}  // namespace sluice::upstream
