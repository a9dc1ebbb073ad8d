#pragma once

#include "gateway/dialects/frame_writer.hpp"
#include "upstream/generation.hpp"

#include <boost/system/result.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// What a client dialect is to the rest of the gateway: a decoder of requests and a writer of
/// answers. Pure: values and bytes in, frames out; no sockets, no clocks.
namespace sluice::gateway {

/// A client's request, decoded.
struct decoded_request {
    upstream::call call;
    std::vector<std::string> dropped;  ///< fields that had no effect, for X-Sluice-Dropped
    std::string unknown_part;  ///< path of a content part that only the transparent way can carry
    /// `call.request` holds the model alone: that is all that the transparent way needs, and for
    /// any other the body has to be decoded.
    bool outlined = false;
};

/// What a stream is called, for the frames that say so.
struct stream_names {
    std::string id;            ///< the stream's
    std::string route;         ///< the model as the client named it
    std::int64_t created = 0;  ///< Unix seconds
    bool told = false;         ///< clients know the id: frames bear it, and may be asked for again
};

/// How a stream ended and what it used.
struct closing {
    upstream::ending ending;
    upstream::usage usage;
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
};

/// Gathers one stream's items into the single document that a client asked for instead.
class document_builder {
 public:
    virtual ~document_builder() = default;
    virtual void add(const upstream::item& item) = 0;
    /// The body of a generation that completed, or was cut by a budget.
    virtual std::string finish(const closing& closing) = 0;
};

/// One client dialect. Stateless; lives as long as the program.
class dialect {
 public:
    virtual ~dialect() = default;

    virtual std::string_view name() const = 0;
    virtual boost::system::result<decoded_request, upstream::failure> decode(std::string body
    ) const = 0;
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
};

const dialect& native_dialect();
const dialect& openai_chat_dialect();

}  // namespace sluice::gateway
