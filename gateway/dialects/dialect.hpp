#pragma once

#include "gateway/dialects/frame_writer.hpp"
#include "upstream/generation.hpp"

#include <boost/system/result.hpp>

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// What a client dialect is to the rest of the gateway: a decoder of requests and a writer of
/// answers. Pure: values and bytes in, frames out; no sockets, no clocks.
namespace sluice::gateway {

/// A client's request, decoded.
struct decoded_request {
    upstream::call call;
    std::vector<std::string> dropped;  ///< fields that had no effect, for X-Sluice-Dropped
    /// `call.request` holds the model alone: that is all that the transparent way needs, and for
    /// any other the body has to be decoded.
    bool outlined = false;
};

/// What a request says outside of its body, where its dialect has it so.
struct said_in_path {
    std::string_view model = {};  ///< Gemini
    bool stream = false;          ///< Gemini: the method's name says so
};

/// What a stream is called, for the frames that say so.
struct stream_names {
    std::string id;            ///< the stream's
    std::string route;         ///< the model as the client named it
    std::int64_t created = 0;  ///< Unix seconds
    bool told = false;         ///< clients know the id: frames bear it, and may be asked for again
};

/// Where a generation's time went, each from the request's arrival or as long as it took.
struct generation_timing {
    using span = std::chrono::microseconds;

    span queue{0};     ///< until a provider was asked
    span upstream{0};  ///< from there until the answering provider's first content, or the end
    std::optional<span> first_token;  ///< from the request to its first content
    span total{0};                    ///< from the request to the end
};

/// How a stream ended and what it used.
struct closing {
    upstream::ending ending;
    upstream::usage usage;
    std::optional<std::int64_t> cost = {};  ///< billionths of the prices' currency
    std::optional<generation_timing> timing = {};
};

/// Writes one stream's frames.
class stream_encoder {
 public:
    virtual ~stream_encoder() = default;

    /// What goes out ahead of any content, once the answer is committed to being a stream.
    virtual void open(frame_writer& out) = 0;
    virtual void encode(const upstream::item& item, frame_writer& out) = 0;
    /// The terminal frames: the dialect's success, or its in-stream error.
    virtual void close(const closing& closing, frame_writer& out) = 0;

    /// What fills a silence where frames bear no `id:` line, whole and at a frame's border; may be
    /// empty. `started`: the client was sent a frame already.
    virtual std::string heartbeat(bool started) const = 0;
    /// The last words to a reader whose next frame is gone, or that the gateway gives up.
    /// `sequence` is the number of the frame.
    virtual std::string farewell(const upstream::failure& reason, std::uint64_t sequence) const = 0;

    /// Another attempt goes on with the answer. The frame that ends it tells how often that was.
    void note_continued() { ++continued_; }

 protected:
    int continued_ = 0;
};

/// Gathers one stream's items into the single document that a client asked for instead.
class document_builder {
 public:
    virtual ~document_builder() = default;
    virtual void add(const upstream::item& item) = 0;
    /// The body of a generation that completed, or was cut by a budget.
    virtual std::string finish(const closing& closing) = 0;

    /// Another attempt goes on with the answer. The document tells how often that was.
    void note_continued() { ++continued_; }

 protected:
    int continued_ = 0;
};

/// One client dialect. Stateless; lives as long as the program.
class dialect {
 public:
    virtual ~dialect() = default;

    virtual std::string_view name() const = 0;
    /// Errors name what is wrong and where.
    virtual boost::system::result<decoded_request, upstream::failure> decode(
        std::string body, const said_in_path& path
    ) const = 0;
    boost::system::result<decoded_request, upstream::failure> decode(std::string body) const {
        return decode(std::move(body), said_in_path{});
    }
    /// As much of a request as the transparent way needs, for a fraction of the work. Nothing, and
    /// the body is left alone, where `decode` has to look.
    virtual std::optional<decoded_request> outline(std::string& /*body*/) const { return {}; }
    /// `transparent`: the items hold the provider's own frames, which are to be passed on.
    virtual std::unique_ptr<stream_encoder> encoder(
        const upstream::call& call, const stream_names& names, bool transparent
    ) const = 0;
    virtual std::unique_ptr<document_builder> document(
        const upstream::call& call, const stream_names& names, bool transparent
    ) const = 0;
    /// An error instead of an answer, as JSON.
    virtual std::string error_body(const upstream::failure& failure) const = 0;
    /// Its HTTP status, where this dialect has another than the failure's own.
    virtual int error_status(const upstream::failure& failure) const { return failure.status; }

    /// What the head of a streamed answer says of its form.
    virtual upstream::header_list stream_headers() const {
        return {{"Content-Type", "text/event-stream; charset=utf-8"}};
    }
    /// Whether its streams are events, which can bear `id:` lines and be resumed.
    virtual bool has_events() const { return true; }
    /// Whether its streams end in all that they told once more, so that the encoder holds it.
    virtual bool gathers_streams() const { return false; }
    /// Makes a body fit to go up as it came: takes off what this gateway put into an earlier
    /// answer.
    virtual void prepare_relay(std::string& /*body*/) const {}
    /// Whether its streams go on without their clients, who come back for them by a name of their
    /// own.
    virtual bool outlives_clients() const { return false; }
    /// Under which header its clients look for the request's id besides X-Request-Id; empty: none.
    virtual std::string_view request_id_header() const { return {}; }
};

const dialect& native_dialect();
const dialect& openai_chat_dialect();
const dialect& openai_completions_dialect();
const dialect& openai_responses_dialect();
const dialect& openai_embeddings_dialect();
const dialect& anthropic_messages_dialect();
const dialect& anthropic_count_tokens_dialect();
const dialect& gemini_dialect();
const dialect& gemini_array_dialect();  ///< streams are one JSON array
const dialect& ollama_chat_dialect();
const dialect& ollama_generate_dialect();
const dialect& ui_messages_dialect();

}  // namespace sluice::gateway
