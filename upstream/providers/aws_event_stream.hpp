#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sluice::upstream {

/// Cuts bytes into the messages of AWS's binary event streams (application/vnd.amazon.eventstream),
/// each with its two checksums. The messages depend only on the bytes, never on how they came.
class aws_event_stream {
 public:
    /// Valid until the next `feed`. What is not said is empty.
    struct message {
        std::string_view kind;   ///< `:message-type`: event, exception or error
        std::string_view type;   ///< `:event-type`, `:exception-type` or `:error-code`
        std::string_view error;  ///< `:error-message`
        std::string_view payload;
    };

    /// AWS sends at most 16 MiB of payload and 128 KiB of headers.
    static constexpr std::size_t message_bytes_max = (16U << 20) + (128U << 10) + 16;

    void feed(std::string_view bytes);
    /// The next whole message. Nothing: feed more, or `problem()`.
    std::optional<message> next();
    /// What is wrong with the bytes, from which nothing follows any more: "sent ...". Empty:
    /// nothing is.
    std::string_view problem() const { return problem_; }
    /// What came of a message that is not whole, once `next` has given nothing.
    std::string_view incomplete() const;

 private:
    bool check_prelude(std::string_view rest);
    bool read_headers(std::string_view headers, message& read);

    std::string buffer_;
    std::size_t begin_ = 0;  // of the message that is next
    std::size_t size_ = 0;   // of that message, where its prelude has been checked; else 0
    std::string_view problem_;
};

/// The checksum of gzip and of AWS's messages.
std::uint32_t crc32(std::string_view bytes);

}  // namespace sluice::upstream
