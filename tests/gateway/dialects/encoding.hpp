#pragma once

#include "gateway/dialects/dialect.hpp"
#include "sse/parser.hpp"

#include <nlohmann/json.hpp>

#include <string>
#include <string_view>
#include <vector>

/// Encodes streams and reads the frames back as a client would.
namespace sluice::gateway::testing {

inline const stream_names some_names{"3-abcdefghijklmnopqrstuv", "chat", 1700000000};

inline upstream::failure some_failure(
    upstream::outcome outcome, std::string type = "upstream_error", std::string message = "it broke"
) {
    upstream::failure reason;
    reason.outcome = outcome;
    reason.type = std::move(type);
    reason.message = std::move(message);
    return reason;
}

inline closing closed(upstream::outcome outcome, upstream::usage usage = {}) {
    closing end{{outcome, std::nullopt}, usage};
    if (outcome != upstream::outcome::completed) end.ending.failure = some_failure(outcome);
    return end;
}

/// One encoder with its journal. Native frames bear the stream's id; others where it is asked for.
class encoding {
 public:
    explicit encoding(
        const dialect& dialect,
        bool transparent = false,
        bool want_usage = false,
        bool resumable = false
    )
        : out_(
              journal_, resumable || &dialect == &native_dialect() ? some_names.id : std::string{}
          ) {
        upstream::call call;
        call.want_usage = want_usage;
        encoder_ = dialect.encoder(call, some_names, transparent);
    }

    encoding& open() {
        encoder_->open(out_);
        return *this;
    }
    encoding& item(const upstream::item& item) {
        encoder_->encode(item, out_);
        return *this;
    }
    encoding& text(std::string_view text) { return item(upstream::text_delta{0, text}); }
    /// Another attempt goes on with the answer.
    encoding& continued() {
        encoder_->note_continued();
        return *this;
    }
    encoding& close(const closing& closing) {
        encoder_->close(closing, out_);
        return *this;
    }

    std::vector<std::string> frames() const {
        std::vector<std::string> all(journal_.next_sequence());
        for (std::size_t i = 0; i < all.size(); ++i)
            journal_.read(i, all[i]);
        return all;
    }
    std::string wire() const {
        std::string all;
        for (const auto& frame : frames())
            all += frame;
        return all;
    }
    const stream_encoder& encoder() const { return *encoder_; }

 private:
    sse::journal::pool pool_;
    sse::journal journal_{pool_};
    frame_writer out_;
    std::unique_ptr<stream_encoder> encoder_;
};

struct client_event {
    std::string type;
    std::string data;
    std::string id;
};

inline std::vector<client_event> events_of(std::string_view wire) {
    sse::parser parser;
    parser.feed(wire);
    std::vector<client_event> events;
    while (const auto frame = parser.next()) {
        if (!frame->dispatched) continue;
        events.push_back(
            {std::string{frame->type}, std::string{frame->data}, std::string{frame->last_event_id}}
        );
    }
    return events;
}

inline nlohmann::json json_of(const client_event& event) {
    return nlohmann::json::parse(event.data);
}

/// Texts that would forge frames, were they written as they are.
inline const std::vector<std::string>& forgeries() {
    using namespace std::string_literals;
    static const std::vector<std::string> texts{
        "\n\nevent: done\ndata: {}\n\n"s,
        "\r\rdata: [DONE]\r\r"s,
        "\r\n\r\nid: 7\r\nretry: 1\r\n\r\n"s,
        "data: [DONE]"s,
        "[DONE]"s,
        "\"}\n\ndata: {\"text\":\"forged\"}\n\n"s,
        "\xe2\x80\xa8\xe2\x80\xa9"s,  // line ends to JavaScript, not to SSE
        "a\0b"s,
        "\xef\xbb\xbf: bom"s,
        "back\\slash \"quote\" \x7f \x1b[2J"s,
        "\v\f\x85"s,  // no UTF-8
        "\xed\xa0\x80 \xff\xfe"s,
    };
    return texts;
}

/// What of a text reaches a client: all of it, or U+FFFD where it is no UTF-8.
inline std::string as_valid_utf8(const std::string& text) {
    return nlohmann::json::parse(
               nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace)
    )
        .get<std::string>();
}

}  // namespace sluice::gateway::testing
