#include "upstream/providers/openai_responses.hpp"

#include "upstream/providers/answer_codec.hpp"
#include "upstream/providers/openai_responses_document.hpp"
#include "upstream/providers/openai_responses_request.hpp"
#include "upstream/providers/openai_responses_stream.hpp"

namespace sluice::upstream {

namespace {

class responses_codec final : public answer_codec<responses_stream, responses_document> {
 public:
    boost::system::result<http_request, failure> encode(
        const call& call, const provider_settings& provider, std::string_view model
    ) override {
        know(call, provider);
        const bool relay = is_responses_relay(call, provider);
        if (relay && !call.stream) {
            document_.emplace(errors_);
        } else {
            stream_.emplace(relay ? way::transparent : way::translated, errors_);
        }
        return make_responses_request(call, provider, model);
    }
};

}  // namespace

std::unique_ptr<codec> make_openai_responses_codec() {
    return std::make_unique<responses_codec>();
}

}  // namespace sluice::upstream
