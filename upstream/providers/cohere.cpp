#include "upstream/providers/cohere.hpp"

#include "upstream/providers/answer_codec.hpp"
#include "upstream/providers/cohere_request.hpp"
#include "upstream/providers/cohere_stream.hpp"

namespace sluice::upstream {

namespace {

class cohere_codec final : public answer_codec<cohere_stream> {
 public:
    boost::system::result<http_request, failure> encode(
        const call& call, const provider_settings& provider, std::string_view model
    ) override {
        know(call, provider);
        stream_.emplace(errors_);
        return make_cohere_request(call, provider, model);
    }
};

}  // namespace

std::unique_ptr<codec> make_cohere_codec() {
    return std::make_unique<cohere_codec>();
}

}  // namespace sluice::upstream
