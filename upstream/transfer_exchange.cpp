#include "upstream/transfer_exchange.hpp"

#include "upstream/transfer_error.hpp"

#include <algorithm>
#include <utility>

namespace sluice::upstream {

namespace {

/// HTTP/2 is never paused (libcurl would take megabytes for a paused transfer, and hold up the
/// others on its connection), so that an owner who forgets a transfer is stopped here.
constexpr std::size_t http2_body_bytes_max = 16 * 1024 * 1024;

transfer_exchange& exchange_of(void* self) {
    return *static_cast<transfer_exchange*>(self);
}

}  // namespace

transfer_exchange::transfer_exchange(
    transfer_loop& loop,
    transfer_request request,
    transfer_listener& listener,
    std::uint64_t& resent
)
    : loop_(loop), request_(std::move(request)), listener_(&listener), resent_(resent) {
    prepare();
}

transfer_exchange::~transfer_exchange() {
    end(CURLE_ABORTED_BY_CALLBACK);
}

// ---- the way up ----

void transfer_exchange::prepare() {
    const auto& target = loop_.target(request_.url);
    if (!target) return fail(transfer_error::internal, "the upstream's URL is not valid");
    target_ = *target;
    auto lines = header_lines_of(request_);
    if (!lines) return fail(transfer_error::internal, "a header for upstream holds a line break");
    lines_ = std::move(*lines);
    start();
}

void transfer_exchange::start() {
    profile_ = profile_of(request_, target_);
    CURLcode result = loop_.lease(profile_, easy_);
    if (result == CURLE_OK) result = set_request(easy_, request_, target_, lines_.get());
    if (result == CURLE_OK) result = set_callbacks();
    if (result == CURLE_OK) return loop_.add(*this, easy_);
    const std::string reason = curl_easy_strerror(result);
    fail(transfer_error::internal, "cannot ask " + target_.authority + ": " + reason);
}

CURLcode transfer_exchange::set_callbacks() {
    curl_easy_setopt(easy_, CURLOPT_ERRORBUFFER, detail_.data());
    curl_easy_setopt(easy_, CURLOPT_HEADERFUNCTION, &transfer_exchange::on_header);
    curl_easy_setopt(easy_, CURLOPT_HEADERDATA, this);
    curl_easy_setopt(easy_, CURLOPT_WRITEFUNCTION, &transfer_exchange::on_body);
    curl_easy_setopt(easy_, CURLOPT_WRITEDATA, this);
    curl_easy_setopt(easy_, CURLOPT_READFUNCTION, &transfer_exchange::on_read);
    curl_easy_setopt(easy_, CURLOPT_READDATA, this);
    curl_easy_setopt(easy_, CURLOPT_SEEKFUNCTION, &transfer_exchange::on_seek);
    curl_easy_setopt(easy_, CURLOPT_SEEKDATA, this);
    // HTTP/2 shares the connections that are in use.
    const bool shares = profile_.http2;
    expects_reuse_ = !second_attempt_ && !shares && loop_.take_idle(target_.authority);
    const bool fresh = second_attempt_ || (!shares && !expects_reuse_);
    return curl_easy_setopt(easy_, CURLOPT_FRESH_CONNECT, fresh ? 1L : 0L);
}

std::size_t transfer_exchange::on_read(char* out, std::size_t size, std::size_t count, void* self) {
    return exchange_of(self).give_bytes(out, size * count);
}

std::size_t transfer_exchange::give_bytes(char* out, std::size_t count) {
    if (sent_bytes_ >= request_.body.size()) return 0;
    const auto given = request_.body.copy(out, count, sent_bytes_);
    sent_bytes_ += given;
    return given;
}

int transfer_exchange::on_seek(void*, curl_off_t, int) {
    return CURL_SEEKFUNC_CANTSEEK;
}

// ---- the way down ----

std::size_t transfer_exchange::on_header(
    char* data, std::size_t size, std::size_t count, void* self
) {
    auto& exchange = exchange_of(self);
    const bool before = exchange.head_.complete();
    if (!exchange.head_.feed({data, size * count})) {
        exchange.refusal_ = "the head of its answer is malformed or too large";
        return CURL_WRITEFUNC_ERROR;
    }
    if (!before && exchange.head_.complete()) exchange.on_head();
    return size * count;
}

void transfer_exchange::on_head() {
    loop_.has_news(*this);
    // It will not be sent again, and a long prompt is not held as long as its answer takes.
    if (sent_bytes_ == request_.body.size()) std::string().swap(request_.body);
}

std::size_t transfer_exchange::on_body(
    char* data, std::size_t size, std::size_t count, void* self
) {
    return exchange_of(self).take_bytes({data, size * count});
}

std::size_t transfer_exchange::take_bytes(std::string_view bytes) {
    const auto waiting = body_.size() + bytes.size();
    if (!is_http2() && !body_.empty() && waiting > transfer_engine::body_bytes_max) {
        paused_ = true;
        return CURL_WRITEFUNC_PAUSE;
    }
    if (waiting > http2_body_bytes_max) {
        refusal_ = "it sent far more than was taken, and HTTP/2 is not paused";
        return CURL_WRITEFUNC_ERROR;
    }
    body_.append(bytes);
    loop_.has_news(*this);
    return bytes.size();
}

void transfer_exchange::consume() {
    if (body_.capacity() > transfer_engine::body_bytes_max) {
        std::string().swap(body_);  // assigning an empty one would keep the memory
    } else {
        body_.clear();
    }
    if (!std::exchange(paused_, false) || easy_ == nullptr) return;
    // May deliver, and pause again, before it returns.
    const CURLcode result = loop_.resume(easy_);
    if (result != CURLE_OK) finish(result);
}

// ---- the end ----

void transfer_exchange::finish(CURLcode result) {
    if (deserves_another_attempt(result)) return start_again();
    if (result == CURLE_OK && !head_.complete()) result = CURLE_GOT_NOTHING;
    const std::string_view detail = refusal_ != nullptr ? refusal_ : detail_.data();
    auto failure = explain(easy_, result, target_.authority, detail);
    end(result);
    settle(failure.error, std::move(failure.message));
}

void transfer_exchange::abandon() {
    fail(transfer_error::internal, "libcurl's event loop broke and was started anew");
}

bool transfer_exchange::deserves_another_attempt(CURLcode result) const {
    if (second_attempt_ || head_.begun()) return false;
    // Reported in place of a second POST: a reused connection died, or an HTTP/2 server refused the
    // stream without having looked at it.
    if (result == CURLE_SEND_FAIL_REWIND) return true;
    if (result != CURLE_GOT_NOTHING && result != CURLE_RECV_ERROR && result != CURLE_SEND_ERROR) {
        return false;
    }
    long new_connections = 0;
    curl_easy_getinfo(easy_, CURLINFO_NUM_CONNECTS, &new_connections);
    return new_connections == 0;
}

void transfer_exchange::start_again() {
    end(CURLE_SEND_FAIL_REWIND);
    ++resent_;
    second_attempt_ = true;
    sent_bytes_ = 0;
    detail_.front() = '\0';
    start();
}

void transfer_exchange::fail(transfer_error error, std::string message) {
    end(CURLE_ABORTED_BY_CALLBACK);
    settle(error, std::move(message));
}

void transfer_exchange::settle(transfer_error error, std::string message) {
    ended_ = true;
    error_ = error;
    error_message_ = std::move(message);
    static_cast<void>(std::exchange(request_, {}));
    loop_.has_news(*this);
}

void transfer_exchange::note_connection(CURLcode result) {
    long new_connections = 0;
    if (expects_reuse_ && head_.begun() &&
        curl_easy_getinfo(easy_, CURLINFO_NUM_CONNECTS, &new_connections) == CURLE_OK &&
        new_connections > 0) {
        loop_.forget_idle(target_.authority);
    }
    if (result == CURLE_OK && !is_http2()) loop_.add_idle(target_.authority);
}

/// Neither a new request nor a reset clears all that libcurl notes down when something fails (that
/// the body has to be rewound, for one). Nothing has where a transfer is ended in the middle of its
/// answer.
bool transfer_exchange::leaves_no_trace(CURLcode result) const {
    const bool left = result == CURLE_ABORTED_BY_CALLBACK && refusal_ == nullptr;
    return result == CURLE_OK ||
           (left && head_.complete() && sent_bytes_ >= request_.body.size() && !is_http2());
}

void transfer_exchange::end(CURLcode result) {
    if (easy_ == nullptr) return;
    note_connection(result);
    // On HTTP/2 libcurl before 8.15 leaves the stream's reset unsent until something else happens
    // on the connection (curl pull request 17638). Where nothing else uses it, it is closed
    // instead.
    if (result != CURLE_OK) curl_easy_setopt(easy_, CURLOPT_FORBID_REUSE, 1L);
    loop_.remove(*this, easy_);
    const bool reusable = leaves_no_trace(result);
    loop_.give_back(std::exchange(easy_, nullptr), std::move(profile_), reusable);
}

}  // namespace sluice::upstream
