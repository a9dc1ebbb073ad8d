#include "upstream/providers/anthropic.hpp"

#include "upstream/providers/answer_codec.hpp"
#include "upstream/providers/anthropic_document.hpp"
#include "upstream/providers/anthropic_request.hpp"
#include "upstream/providers/anthropic_stream.hpp"
#include "upstream/providers/make_codec.hpp"

namespace sluice::upstream {

namespace {

class anthropic_codec final : public answer_codec<anthropic_stream, anthropic_document> {
 public:
    boost::system::result<http_request, failure> encode(
        const call& call, const provider_settings& provider, std::string_view model
    ) override {
        know(call, provider);
        const bool transparent = speaks(provider, call.api);
        const bool counts = call.api == api::anthropic_count_tokens;
        if (transparent && (counts || !call.stream)) {
            document_.emplace(errors_);
        } else {
            stream_.emplace(transparent ? way::transparent : way::translated, errors_);
        }
        return make_anthropic_request(call, provider, model);
    }
};

}  // namespace

std::unique_ptr<codec> make_anthropic_codec() {
    return std::make_unique<anthropic_codec>();
}

}  // namespace sluice::upstream
