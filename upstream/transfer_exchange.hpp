#pragma once

#include "upstream/transfer.hpp"
#include "upstream/transfer_head.hpp"
#include "upstream/transfer_loop.hpp"
#include "upstream/transfer_options.hpp"

#include <curl/curl.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace sluice::upstream {

/// One POST and its answer, on a handle of libcurl's that it leases from the loop.
///
/// A POST that generates costs money, so that it is never sent twice in silence. libcurl would do
/// that when a reused connection dies before an answer; a body that cannot be rewound makes it
/// report instead, and the one further attempt is made here, on a fresh connection, and counted.
class transfer_exchange final : public transfer, public transfer_job {
 public:
    /// `resent` counts further attempts. Both references outlive the exchange.
    transfer_exchange(
        transfer_loop& loop,
        transfer_request request,
        transfer_listener& listener,
        std::uint64_t& resent
    );
    ~transfer_exchange();
    transfer_exchange(const transfer_exchange&) = delete;
    transfer_exchange& operator=(const transfer_exchange&) = delete;

    int status() const override { return head_.status(); }
    const header_list& headers() const override { return head_.headers(); }
    std::string_view body() const override { return body_; }
    void consume() override;
    bool ended() const override { return ended_; }
    transfer_error error() const override { return error_; }
    const std::string& error_message() const override { return error_message_; }
    bool is_http2() const override { return head_.is_http2(); }
    void listen(transfer_listener& listener) override { listener_ = &listener; }

    void finish(CURLcode result) override;
    void abandon() override;
    void notify() override { listener_->on_transfer(); }

 private:
    static std::size_t on_header(char* data, std::size_t size, std::size_t count, void* self);
    static std::size_t on_body(char* data, std::size_t size, std::size_t count, void* self);
    static std::size_t on_read(char* out, std::size_t size, std::size_t count, void* self);
    static int on_seek(void* self, curl_off_t offset, int origin);

    void prepare();
    void start();
    CURLcode set_callbacks();
    void on_head();
    std::size_t take_bytes(std::string_view bytes);
    std::size_t give_bytes(char* out, std::size_t count);
    bool deserves_another_attempt(CURLcode result) const;
    void start_again();
    void fail(transfer_error error, std::string message);
    void settle(transfer_error error, std::string message);
    void note_connection(CURLcode result);
    bool leaves_no_trace(CURLcode result) const;
    void end(CURLcode result);

    transfer_loop& loop_;
    transfer_request request_;
    transfer_listener* listener_;
    std::uint64_t& resent_;

    transfer_target target_;
    transfer_profile profile_;
    header_lines lines_;
    std::array<char, CURL_ERROR_SIZE> detail_{};
    CURL* easy_ = nullptr;        ///< while it is under way
    bool expects_reuse_ = false;  ///< of a connection that is idle
    std::size_t sent_bytes_ = 0;
    bool second_attempt_ = false;

    transfer_head head_;
    std::string body_;
    bool paused_ = false;
    const char* refusal_ = nullptr;  ///< why a callback stopped the transfer
    bool ended_ = false;
    transfer_error error_ = transfer_error::none;
    std::string error_message_;
};

}  // namespace sluice::upstream
