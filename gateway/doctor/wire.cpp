#include "gateway/doctor/wire.hpp"

#include <algorithm>
#include <utility>

namespace sluice::gateway::doctor {

namespace {

/// Of an answer that nobody takes: a long list of models.
constexpr std::size_t kept_bytes_max = 1 << 20;

using clock = std::chrono::steady_clock;

double ms_since(clock::time_point then) {
    return std::chrono::duration<double, std::milli>(clock::now() - then).count();
}

upstream::transfer_request request_to(const gateway_address& to, const question& asked) {
    upstream::transfer_request request;
    request.method = asked.method;
    request.url = to.url + "/" + asked.path;
    request.headers = asked.headers;
    if (!to.key.empty()) request.headers.push_back("Authorization: Bearer " + to.key);
    if (!asked.body.empty()) request.headers.emplace_back("Content-Type: application/json");
    request.body = asked.body;
    request.http2 = asked.http2;
    request.ca_file = to.ca_file;
    return request;
}

}  // namespace

exchange::exchange(wire& by, const question& asked, taker take)
    : wire_(by), take_(std::move(take)), began_(clock::now()) {
    auto& engine = asked.http2 ? wire_.engine_ : wire_.old_engine_;
    transfer_ = engine.start(request_to(wire_.to_, asked), *this);
}

double exchange::age_ms() const {
    return ms_since(began_);
}

void exchange::mark_late() {
    answer_.late = true;
}

void exchange::read_head() {
    answer_.status = transfer_->status();
    answer_.headers = transfer_->headers();
    answer_.http2 = transfer_->is_http2();
    answer_.head_ms = ms_since(began_);
}

void exchange::on_transfer() {
    if (over_) return;
    if (answer_.status == 0 && transfer_->status() != 0) read_head();
    const auto bytes = transfer_->body();
    bool more = true;
    if (answer_.status == 200 && take_ && !bytes.empty()) {
        more = take_(bytes, ms_since(began_));
    } else {
        const auto room = kept_bytes_max - std::min(kept_bytes_max, answer_.body.size());
        answer_.body += bytes.substr(0, room);
    }
    transfer_->consume();
    answer_.ended = transfer_->ended();
    if (answer_.ended) {
        answer_.error = transfer_->error();
        answer_.problem = transfer_->error_message();
    }
    over_ = answer_.ended || !more || answer_.body.size() >= kept_bytes_max;
    if (over_) wire_.context_.stop();  // who waits looks again
}

wire::wire(gateway_address to) : to_(std::move(to)) {}

reply wire::ask(const question& asked, std::chrono::milliseconds limit) {
    exchange one(*this, asked, {});
    wait_for({&one}, limit);
    return one.answer();
}

void wire::wait_for(const std::vector<exchange*>& all, std::chrono::milliseconds limit) {
    bool late = false;
    upstream::alarm over{context_};
    over.set(clock::now() + limit, [&] {
        late = true;
        context_.stop();
    });
    const auto is_over = [](const exchange* each) { return each->over(); };
    while (!late && !std::ranges::all_of(all, is_over)) {
        context_.restart();
        context_.run();
    }
    for (exchange* each : all) {
        if (!each->over()) each->mark_late();
    }
}

void wire::pass(std::chrono::milliseconds while_ms) {
    bool over = false;
    upstream::alarm until{context_};
    until.set(clock::now() + while_ms, [&] {
        over = true;
        context_.stop();
    });
    while (!over) {
        context_.restart();
        context_.run();
    }
}

}  // namespace sluice::gateway::doctor
