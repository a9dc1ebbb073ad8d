#pragma once

#include "gateway/load/wire/descriptor.hpp"
#include "gateway/load/wire/poller.hpp"
#include "tests/bench/provider/request_reader.hpp"

#include <curl/curl.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::bench {

/// Passes requests to one server through libcurl and its answers back, and looks into none of them:
/// the least that anything can cost which makes its upstream calls with libcurl. One epoll for all
/// sockets, one send per client and turn, easy handles that are used again. It answers every
/// request with a 200 and a chunked body, and gives up a client that does not take what it is sent.
///
/// Owns its sockets and runs on the calling thread.
class curl_relay {
 public:
    /// `listener` is taken over. `server`: `http://HOST:PORT`. Throws std::bad_alloc where libcurl
    /// gives no handle.
    curl_relay(gateway::load::descriptor listener, const std::string& server);
    ~curl_relay();
    curl_relay(const curl_relay&) = delete;
    curl_relay& operator=(const curl_relay&) = delete;

    /// Relays until SIGTERM or SIGINT.
    void run();

 private:
    struct client {
        curl_relay* relay = nullptr;
        gateway::load::descriptor socket;
        request_reader requests;
        std::string unsent;
        CURL* call = nullptr;    // while its answer comes
        bool answering = false;  // the answer's head was written
        bool written = false;    // stands in written_
    };

    void on_event(const epoll_event& event);
    void accept_all();
    void read_from(client& one);
    void next_request(client& one);
    void collect_finished();
    void send_all();
    void close(client& one);
    CURL* take_call();
    void drive(curl_socket_t socket, int events);
    void note_written(client& one);

    static int on_socket(CURL* call, curl_socket_t socket, int what, void* self, void* known);
    static int on_timer(CURLM* multi, long milliseconds, void* self);
    static std::size_t on_bytes(char* bytes, std::size_t size, std::size_t count, void* to);

    gateway::load::descriptor listener_;
    gateway::load::descriptor signals_;
    gateway::load::poller events_;
    std::string url_;
    curl_slist* headers_ = nullptr;
    CURLM* multi_ = nullptr;
    std::vector<CURL*> calls_;  // all of them, to be freed
    std::vector<CURL*> spare_calls_;
    std::vector<std::unique_ptr<client>> clients_;  // by descriptor; null: one of libcurl's
    std::vector<int> written_;  // clients that have something to send in this turn
    std::int64_t due_ns_ = gateway::load::poller::never;
    bool over_ = false;
};

}  // namespace sluice::bench
