#include "upstream/providers/gemini.hpp"

#include "upstream/providers/answer_codec.hpp"
#include "upstream/providers/gemini_document.hpp"
#include "upstream/providers/gemini_errors.hpp"
#include "upstream/providers/gemini_request.hpp"
#include "upstream/providers/gemini_stream.hpp"
#include "upstream/providers/make_codec.hpp"

namespace sluice::upstream {

namespace {

class gemini_codec final : public answer_codec<gemini_stream, gemini_document> {
 public:
    boost::system::result<http_request, failure> encode(
        const call& call, const provider_settings& provider, std::string_view model
    ) override {
        know(call, provider);
        const bool transparent = speaks(provider, call.api);
        if (transparent && !call.stream) {
            document_.emplace(errors_);
        } else {
            stream_.emplace(transparent ? way::transparent : way::translated, errors_);
        }
        return make_gemini_request(call, provider, model);
    }

    failure refuse(int status, const header_list& headers, std::string_view body) const override {
        return refused_by_gemini(errors_, status, headers, body);
    }
};

}  // namespace

std::unique_ptr<codec> make_gemini_codec() {
    return std::make_unique<gemini_codec>();
}

}  // namespace sluice::upstream
