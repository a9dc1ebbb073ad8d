#pragma once

#include "tests/end_to_end/support/http.hpp"
#include "tests/end_to_end/support/mailbox.hpp"
#include "tests/end_to_end/support/socket.hpp"

#include <nlohmann/json.hpp>

#include <atomic>
#include <functional>
#include <list>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace sluice::end_to_end {

struct upstream_request {
    std::string method;
    std::string target;
    header_fields headers;
    std::string body;

    std::string header(std::string_view name) const;
    nlohmann::json json() const { return nlohmann::json::parse(body); }
};

class fake_upstream;

/// One connection of the gateway, as the script that answers it sees it. Every wait is bounded;
/// when the gateway has gone, or the test is over, sending and waiting end the script.
class upstream_exchange {
 public:
    upstream_exchange(fake_upstream& server, int fd) : server_(server), fd_(fd) {}

    /// The next request, whole.
    upstream_request read_request();

    void send(std::string_view bytes);
    /// Sends `bytes` over and over until nothing more was taken for `quiet`, or `bytes_max` is
    /// reached. Returns how much was taken.
    std::size_t send_until_stuck(std::string_view bytes, std::size_t bytes_max, milliseconds quiet);

    /// The head of a chunked event stream.
    void begin_stream();
    void chunk(std::string_view bytes);
    void finish();  ///< the last chunk
    /// A whole answer with a length.
    void answer(int status, const std::string& body, const header_fields& headers = {});
    void reset();  ///< ends the connection with a RST

    void wait(gate& step);
    /// When the gateway closed the connection; nothing when it did not within `limit`.
    std::optional<steady::time_point> wait_closed(milliseconds limit = patience);

 private:
    void receive(const deadline& limit);
    std::string take_chunked_body(const deadline& limit);
    std::string take(std::size_t count, const deadline& limit);
    std::string take_line(const deadline& limit);

    fake_upstream& server_;
    int fd_;
    std::string buffer_;
};

using upstream_script = std::function<void(upstream_exchange&)>;

/// A scriptable provider on a free port: every connection runs the script on a thread of its own.
class fake_upstream {
 public:
    explicit fake_upstream(upstream_script script);
    ~fake_upstream();
    fake_upstream(const fake_upstream&) = delete;
    fake_upstream& operator=(const fake_upstream&) = delete;

    std::uint16_t port() const { return listener_.port; }
    std::string base_url() const;
    /// How many requests were read.
    std::size_t calls() const;
    /// The next request that comes, or came and was not fetched.
    upstream_request expect_request() { return requests_.expect(); }

    bool stopping() const { return stopping_; }

 private:
    friend class upstream_exchange;
    void accept_connections();
    void run(int fd);

    upstream_script script_;
    loopback_listener listener_ = listen_loopback();
    std::atomic<bool> stopping_{false};
    std::atomic<std::size_t> calls_{0};
    mailbox<upstream_request> requests_;
    std::list<std::thread> connections_;  ///< grown by the accepting thread only
    std::thread accepting_;
};

// ---- what an OpenAI-compatible provider says ----

/// `data: <json>` with its blank line.
std::string data_frame(const nlohmann::json& value);
std::string chat_frame(const nlohmann::json& delta, const nlohmann::json& finish_reason = nullptr);
std::string role_frame();
std::string text_frame(std::string_view text);
std::string finish_frame(std::string_view reason = "stop");
std::string usage_frame(int prompt_tokens, int completion_tokens);
inline constexpr std::string_view done_frame = "data: [DONE]\n\n";

/// A chat completion that is not streamed.
nlohmann::json chat_document(const std::string& text, int prompt_tokens, int completion_tokens);

/// Says these texts as one well-formed answer, streamed or not as the request asks.
upstream_script say(std::vector<std::string> texts);

/// Streams role and the first text, then passes `step` before each further text and before the end.
upstream_script say_step_by_step(std::vector<std::string> texts, gate& step);

}  // namespace sluice::end_to_end
