#include "upstream/providers/openai_chat.hpp"

#include "upstream/providers/openai_document.hpp"
#include "upstream/providers/openai_request.hpp"
#include "upstream/providers/openai_stream.hpp"
#include "upstream/providers/provider_errors.hpp"
#include "upstream/providers/provider_headers.hpp"

#include <optional>

namespace sluice::upstream {

namespace {

class openai_chat_codec final : public codec {
 public:
    boost::system::result<http_request, failure> encode(
        const call& call, const provider_settings& provider, std::string_view model
    ) override {
        errors_ = provider_errors(provider, provider.client_key ? client_key_of(call.headers) : "");
        if (call.api == api::openai_chat && !call.stream) {
            document_.emplace(errors_);
        } else {
            stream_.emplace(way_of(call, provider), errors_);
        }
        return make_openai_request(call, provider, model);
    }

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

 private:
    static openai_stream::way way_of(const call& call, const provider_settings& provider) {
        if (call.api != api::openai_chat) return openai_stream::way::translated;
        return provider.ask_usage && !call.want_usage ? openai_stream::way::transparent_less_usage
                                                      : openai_stream::way::transparent;
    }

    provider_errors errors_;
    std::optional<openai_stream> stream_;
    std::optional<openai_document> document_;
};

}  // namespace

std::unique_ptr<codec> make_openai_chat_codec() {
    return std::make_unique<openai_chat_codec>();
}

}  // namespace sluice::upstream
