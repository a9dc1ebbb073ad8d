#include "upstream/providers/watsonx.hpp"

#include "upstream/providers/answer_codec.hpp"
#include "upstream/providers/watsonx_request.hpp"
#include "upstream/providers/watsonx_stream.hpp"

namespace sluice::upstream {

namespace {

class watsonx_codec final : public answer_codec<watsonx_stream> {
 public:
    boost::system::result<http_request, failure> encode(
        const call& call, const provider_settings& provider, std::string_view model
    ) override {
        know(call, provider);
        stream_.emplace(errors_);
        return make_watsonx_request(call, provider, model);
    }
};

}  // namespace

std::unique_ptr<codec> make_watsonx_codec() {
    return std::make_unique<watsonx_codec>();
}

}  // namespace sluice::upstream
