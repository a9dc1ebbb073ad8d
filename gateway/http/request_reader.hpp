#pragma once

#include "gateway/http/message.hpp"

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace sluice::gateway {

/// What a request may cost before it is understood.
struct request_limits {
    std::size_t header_bytes_max = 32U << 10;
    std::size_t body_bytes_max = 32U << 20;
};

/// Why a request is refused on the wire. The connection is closed after the answer: what follows
/// cannot be trusted to be a request.
struct wire_refusal {
    int status = 400;
    std::string message;
};

/// Reads one HTTP/1 request from bytes. Beast parses; whatever of the framing two parsers could
/// read in two ways is refused here: odd or doubled Transfer-Encoding, Content-Length and Host, and
/// chunk extensions and trailers beyond small limits (RFC 9112, sections 3.2, 6 and 7.1).
///
/// Pure: bytes in, a request or a refusal out. One reader reads one request.
class request_reader {
 public:
    enum class state { need_more, head_done, done, refused };

    explicit request_reader(const request_limits& limits);
    ~request_reader();
    request_reader(const request_reader&) = delete;
    request_reader& operator=(const request_reader&) = delete;

    /// Consumes from the front of `input`. `head_done` comes once, when a body is still to be read.
    state feed(std::string& input);

    /// The client waits for `100 Continue` before it sends the body.
    bool expects_continue() const { return expects_continue_; }
    /// What is known of the request; with its body once done.
    http_request& request() { return request_; }
    const wire_refusal& refusal() const { return refusal_; }
    bool head_done() const { return head_done_; }

 private:
    struct parser;

    state feed_head(std::string& input);
    state feed_body(std::string& input);
    std::size_t find_head_end(std::string_view input);
    state parse_head(std::string& input, std::size_t head_bytes);
    void note_head();
    state judge_head();
    state refuse(int status, std::string message);
    std::optional<wire_refusal> judge_framing() const;
    std::optional<wire_refusal> judge_host() const;
    void keep_tail(std::string_view bytes);
    bool has_folded_trailer() const;
    void split_target();

    request_limits limits_;
    std::unique_ptr<parser> parser_;
    http_request request_;
    wire_refusal refusal_;
    std::string authority_;    ///< of a target in the absolute form
    std::size_t scanned_ = 0;  ///< of the input, while it holds no whole head
    bool head_done_ = false;
    bool expects_continue_ = false;
};

}  // namespace sluice::gateway
