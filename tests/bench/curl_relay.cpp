#include "tests/bench/curl_relay.hpp"

#include "tests/bench/listening.hpp"

#include <array>
#include <cerrno>
#include <charconv>
#include <new>
#include <sys/socket.h>
#include <utility>

namespace sluice::bench {

using gateway::load::poller;

namespace {

constexpr long connections_kept = 20'000;
/// With a limit, which none reaches, libcurl reads a socket once each time and not twice.
constexpr curl_off_t no_real_limit = curl_off_t{1} << 50;

constexpr std::string_view answer_head =
    "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n";
constexpr std::string_view answer_end = "0\r\n\r\n";

void append_chunk(std::string& out, std::string_view bytes) {
    std::array<char, 16> size{};
    const auto written = std::to_chars(size.data(), size.data() + size.size(), bytes.size(), 16);
    out.append(size.data(), written.ptr).append("\r\n").append(bytes).append("\r\n");
}

}  // namespace

curl_relay::curl_relay(gateway::load::descriptor listener, const std::string& server)
    : listener_(std::move(listener)),
      signals_(gateway::load::catch_stop_signals()),
      url_(server + "/v1/chat/completions"),
      multi_(curl_multi_init()) {
    if (multi_ == nullptr) throw std::bad_alloc();
    for (const char* line :
         {"Content-Type: application/json", "Authorization: Bearer unused", "Expect:"})
        headers_ = curl_slist_append(headers_, line);
    curl_multi_setopt(multi_, CURLMOPT_SOCKETFUNCTION, &curl_relay::on_socket);
    curl_multi_setopt(multi_, CURLMOPT_SOCKETDATA, this);
    curl_multi_setopt(multi_, CURLMOPT_TIMERFUNCTION, &curl_relay::on_timer);
    curl_multi_setopt(multi_, CURLMOPT_TIMERDATA, this);
    curl_multi_setopt(multi_, CURLMOPT_MAXCONNECTS, connections_kept);
    events_.add(listener_.get(), EPOLLIN, static_cast<std::uint64_t>(listener_.get()));
    events_.add(signals_.get(), EPOLLIN, static_cast<std::uint64_t>(signals_.get()));
}

curl_relay::~curl_relay() {
    for (const auto& one : clients_) {
        if (one && one->call != nullptr) curl_multi_remove_handle(multi_, one->call);
    }
    for (CURL* call : calls_)
        curl_easy_cleanup(call);
    curl_multi_cleanup(multi_);
    curl_slist_free_all(headers_);
}

void curl_relay::run() {
    while (!over_) {
        for (const auto& event : events_.wait(due_ns_))
            on_event(event);
        if (due_ns_ <= gateway::load::now_ns()) {
            due_ns_ = poller::never;
            drive(CURL_SOCKET_TIMEOUT, 0);
        }
        collect_finished();
        send_all();
    }
}

void curl_relay::on_event(const epoll_event& event) {
    const int fd = static_cast<int>(event.data.u64);
    if (fd == listener_.get()) return accept_all();
    if (fd == signals_.get()) {
        over_ = true;
        return;
    }
    const auto index = static_cast<std::size_t>(fd);
    if (index < clients_.size() && clients_[index]) return read_from(*clients_[index]);
    int events = 0;
    if ((event.events & EPOLLIN) != 0) events |= CURL_CSELECT_IN;
    if ((event.events & EPOLLOUT) != 0) events |= CURL_CSELECT_OUT;
    if ((event.events & (EPOLLERR | EPOLLHUP)) != 0) events |= CURL_CSELECT_ERR;
    drive(fd, events);
}

void curl_relay::drive(curl_socket_t socket, int events) {
    int running = 0;
    curl_multi_socket_action(multi_, socket, events, &running);
}

void curl_relay::accept_all() {
    while (auto socket = accept_from(listener_.get())) {
        const int fd = socket.get();
        const auto index = static_cast<std::size_t>(fd);
        if (index >= clients_.size()) clients_.resize(index + 1);
        clients_[index] = std::make_unique<client>();
        clients_[index]->relay = this;
        clients_[index]->socket = std::move(socket);
        events_.add(fd, EPOLLIN, static_cast<std::uint64_t>(fd));
    }
}

void curl_relay::read_from(client& one) {
    std::array<char, 16384> bytes;  // NOLINT(*-member-init): recv fills it
    const auto got = ::recv(one.socket.get(), bytes.data(), bytes.size(), 0);
    if (got <= 0) return got < 0 && errno == EAGAIN ? void() : close(one);
    one.requests.feed({bytes.data(), static_cast<std::size_t>(got)});
    if (one.call == nullptr) next_request(one);
}

void curl_relay::next_request(client& one) {
    switch (one.requests.next()) {
        case request_reader::outcome::more:
            return;
        case request_reader::outcome::refused:
            return close(one);
        case request_reader::outcome::request:
            break;
    }
    const std::string& body = one.requests.body();
    one.call = take_call();
    one.answering = false;
    curl_easy_setopt(one.call, CURLOPT_POSTFIELDSIZE, static_cast<long>(body.size()));
    curl_easy_setopt(one.call, CURLOPT_POSTFIELDS, body.data());
    curl_easy_setopt(one.call, CURLOPT_WRITEDATA, &one);
    curl_easy_setopt(one.call, CURLOPT_PRIVATE, &one);
    curl_multi_add_handle(multi_, one.call);
    drive(CURL_SOCKET_TIMEOUT, 0);
}

CURL* curl_relay::take_call() {
    CURL* call = nullptr;
    if (!spare_calls_.empty()) {
        call = spare_calls_.back();
        spare_calls_.pop_back();
        return call;
    }
    call = curl_easy_init();
    if (call == nullptr) throw std::bad_alloc();
    calls_.push_back(call);
    curl_easy_setopt(call, CURLOPT_URL, url_.c_str());
    curl_easy_setopt(call, CURLOPT_POST, 1L);
    curl_easy_setopt(call, CURLOPT_HTTPHEADER, headers_);
    curl_easy_setopt(call, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
    curl_easy_setopt(call, CURLOPT_MAX_RECV_SPEED_LARGE, no_real_limit);
    curl_easy_setopt(call, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(call, CURLOPT_PROXY, "");
    curl_easy_setopt(call, CURLOPT_WRITEFUNCTION, &curl_relay::on_bytes);
    return call;
}

int curl_relay::on_socket(CURL*, curl_socket_t socket, int what, void* self, void* known) {
    auto& relay = *static_cast<curl_relay*>(self);
    if (what == CURL_POLL_REMOVE) {
        relay.events_.remove(socket);
        return 0;
    }
    std::uint32_t events = 0;
    if ((what & CURL_POLL_IN) != 0) events |= EPOLLIN;
    if ((what & CURL_POLL_OUT) != 0) events |= EPOLLOUT;
    const auto tag = static_cast<std::uint64_t>(socket);
    if (known != nullptr) {
        relay.events_.change(socket, events, tag);
    } else {
        relay.events_.add(socket, events, tag);
        curl_multi_assign(relay.multi_, socket, &relay);
    }
    return 0;
}

int curl_relay::on_timer(CURLM*, long milliseconds, void* self) {
    static_cast<curl_relay*>(self)->due_ns_ =
        milliseconds < 0 ? poller::never
                         : gateway::load::now_ns() + std::int64_t{milliseconds} * 1'000'000;
    return 0;
}

std::size_t curl_relay::on_bytes(char* bytes, std::size_t size, std::size_t count, void* to) {
    auto& one = *static_cast<client*>(to);
    if (!one.answering) one.unsent += answer_head;
    one.answering = true;
    append_chunk(one.unsent, {bytes, size * count});
    one.relay->note_written(one);
    return size * count;
}

void curl_relay::collect_finished() {
    int more = 0;
    while (const CURLMsg* message = curl_multi_info_read(multi_, &more)) {
        CURL* call = message->easy_handle;
        client* one = nullptr;
        curl_easy_getinfo(call, CURLINFO_PRIVATE, &one);
        curl_multi_remove_handle(multi_, call);
        spare_calls_.push_back(call);
        one->call = nullptr;
        one->unsent += answer_end;
        note_written(*one);
        next_request(*one);
    }
}

void curl_relay::note_written(client& one) {
    if (!std::exchange(one.written, true)) written_.push_back(one.socket.get());
}

void curl_relay::send_all() {
    for (const int fd : written_) {
        client* one = clients_[static_cast<std::size_t>(fd)].get();
        if (one == nullptr) continue;
        one->written = false;
        const auto sent = ::send(fd, one->unsent.data(), one->unsent.size(), MSG_NOSIGNAL);
        const bool whole = sent == static_cast<ssize_t>(one->unsent.size());
        one->unsent.clear();
        if (!whole) close(*one);
    }
    written_.clear();
}

void curl_relay::close(client& one) {
    if (one.call != nullptr) {
        curl_multi_remove_handle(multi_, one.call);
        spare_calls_.push_back(one.call);
    }
    clients_[static_cast<std::size_t>(one.socket.get())].reset();
}

}  // namespace sluice::bench
