#pragma once

#include "tests/end_to_end/support/http.hpp"
#include "tests/end_to_end/support/socket.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sluice::end_to_end {

/// One client connection, in full control of its bytes. Used from one thread.
class raw_client {
 public:
    explicit raw_client(std::uint16_t port, int receive_bytes = 0);

    /// Sends all; a harness_error when the other side no longer takes it.
    void send(std::string_view bytes);
    void send(const request& message) { send(message.bytes()); }
    /// Sends each piece as a segment of its own.
    void send_in_pieces(std::string_view bytes, std::size_t piece_bytes);
    /// Sends as far as the other side takes it: how many bytes that were.
    std::size_t try_send(std::string_view bytes, milliseconds limit = patience);

    /// The next head, 1xx ones too. Its body is then read by `read_body_part`.
    /// `bodyless`: the answer to a HEAD.
    http_response read_head(bool bodyless = false, milliseconds limit = patience);
    /// The next final answer, whole.
    http_response read_response(bool bodyless = false, milliseconds limit = patience);
    /// Some bytes of the body, as they come; nothing at its end.
    std::optional<std::string> read_body_part(milliseconds limit = patience);
    /// The body ended as its framing says; false when the connection broke before that.
    bool body_is_whole() const { return whole_; }

    /// Every byte until the other side ends the connection; a harness_error when it does not.
    std::string read_to_end(milliseconds limit = patience);

    /// The other side ends the connection, without another byte.
    bool is_closed_by_peer(milliseconds limit = patience);
    /// Whether nothing at all comes within `span`.
    bool stays_silent(milliseconds span);

    void shutdown_write();
    void reset();  ///< ends the connection with a RST
    void close() { socket_.reset(); }

 private:
    enum class framing { none, length, chunked, until_close };

    bool receive(const deadline& limit);
    void begin_body(const http_response& head, bool bodyless);
    std::optional<std::string> take_counted();
    std::optional<std::string> end_broken();
    bool next_chunk(const deadline& limit);
    std::string read_line(const deadline& limit);

    unique_fd socket_;
    std::string buffer_;
    framing framing_ = framing::none;
    std::size_t left_ = 0;  ///< of the body or of the chunk
    bool in_chunk_ = false;
    bool ended_ = true;
    bool whole_ = true;
    bool peer_gone_ = false;
};

}  // namespace sluice::end_to_end
