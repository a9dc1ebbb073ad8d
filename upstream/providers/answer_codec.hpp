#pragma once

#include "upstream/providers/codec.hpp"
#include "upstream/providers/provider_errors.hpp"
#include "upstream/providers/provider_headers.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace sluice::upstream {

/// Where a protocol always streams.
struct no_document {
    void feed(std::string_view /*bytes*/, batch& /*out*/) {}
    void end(batch& /*out*/) {}
};

/// What all codecs have in common: an answer that is a stream, or one document where a request that
/// was not streamed is relayed. `encode` begins one of the two.
template <class Stream, class Document = no_document>
class answer_codec : public codec {
 public:
    void feed(std::string_view bytes, batch& out) override {
        if (document_) document_->feed(bytes, out);
        if (stream_) stream_->feed(bytes, out);
    }

    void end(batch& out) override {
        if (document_) document_->end(out);
        if (stream_) stream_->end(out);
    }

    failure refuse(int status, const header_list& headers, std::string_view body) const override {
        return errors_.refused(status, headers, body);
    }

    std::string redact(std::string text) const override { return errors_.redact(std::move(text)); }

 protected:
    /// Comes first: what errors are told of, and which secrets are kept out of them.
    void know(const call& call, const provider_settings& provider) {
        errors_ = provider_errors(provider, provider.client_key ? client_key_of(call.headers) : "");
    }

    provider_errors errors_;
    std::optional<Stream> stream_;
    std::optional<Document> document_;
};

}  // namespace sluice::upstream
