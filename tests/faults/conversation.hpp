#pragma once

#include "tests/end_to_end/support/http.hpp"
#include "tests/end_to_end/support/socket.hpp"
#include "tests/faults/frames.hpp"

#include <atomic>
#include <cstddef>
#include <string>
#include <string_view>

namespace sluice::faults {

using end_to_end::header_fields;
using end_to_end::milliseconds;

/// What the gateway asks a provider.
struct question {
    protocol kind = protocol::openai;
    std::string model;  ///< `fault/extra`
    bool streamed = false;
    answer_wishes wishes;
    bool instructed = false;  ///< to go on, by a message behind what was said
    header_fields headers;

    std::string fault() const { return model.substr(0, model.find('/')); }
};

/// Ends a script quietly: the other side has gone, or the test is over.
struct conversation_over {};

/// One connection of a provider, as the script sees it that answers on it. Blocking, and used from
/// one thread; whatever waits ends when the other side goes or the provider stops.
class conversation {
 public:
    conversation(end_to_end::unique_fd socket, const std::atomic<bool>& stopping);

    /// The next request, whole.
    const question& read_question();
    const question& asked() const { return asked_; }
    /// Nobody may ask on this connection again.
    void forget_reuse() { reusable_ = false; }
    bool reusable() const { return reusable_; }

    void send(std::string_view bytes);
    /// Sends pieces of so many bytes, each as a segment of its own.
    void send_in_pieces(std::string_view bytes, std::size_t piece_bytes);
    /// Sends `bytes` over and over until the other side goes. `rest` lies between two of them.
    [[noreturn]] void send_for_ever(std::string_view bytes, milliseconds rest);
    /// All that was sent has arrived, and there was time to read it.
    void settle();
    void pause(milliseconds span);
    /// Says nothing more until the other side goes.
    [[noreturn]] void stall();
    /// Ends the connection with a RST, once all that was sent has arrived.
    [[noreturn]] void reset();
    /// Ends it with a FIN.
    [[noreturn]] void end() { throw conversation_over{}; }

    // ---- HTTP ----

    /// A head without a length: whoever sends it also says where the body ends.
    void head(int status, const header_fields& headers);
    /// The head of a chunked answer of that type.
    void chunked_head(std::string_view type, const header_fields& more = {});
    /// The same, of an event stream where one was asked for, else of JSON.
    void answer_head(const header_fields& more = {});
    void chunk(std::string_view bytes);
    void last_chunk();
    /// A whole answer with its length.
    void answer(
        int status,
        std::string_view body,
        const header_fields& more = {},
        std::string_view type = "application/json"
    );

    // ---- what is said ----

    streamed_answer stream() const { return make_stream(asked_.kind, asked_.wishes); }
    /// The bytes of the good answer's body, streamed or not as it was asked for.
    std::string good_body(const frame_style& style = {}) const;
    /// The good answer. It begins by so many tokens of what was said before.
    void answer_well(std::size_t repeated_tokens = 0);

 private:
    void receive();
    std::string take(std::size_t count);
    std::string take_line();
    std::string take_body(const header_fields& headers);
    void understand(const std::string& target, const std::string& body);
    bool peer_has_gone();

    end_to_end::unique_fd socket_;
    const std::atomic<bool>& stopping_;
    std::string buffer_;
    question asked_;
    bool reusable_ = true;
};

}  // namespace sluice::faults
