#include "upstream/providers/bedrock.hpp"

#include "upstream/providers/answer_codec.hpp"
#include "upstream/providers/bedrock_request.hpp"
#include "upstream/providers/bedrock_stream.hpp"
#include "upstream/providers/text.hpp"

namespace sluice::upstream {

namespace {

/// `ValidationException:http://...`, where the body of an error names no code.
std::string error_type_in(const header_list& headers) {
    constexpr std::size_t word_bytes_max = 128;
    for (const auto& [name, value] : headers) {
        if (lower_case(name) != "x-amzn-errortype") continue;
        return clean_text(std::string_view(value).substr(0, value.find(':')), word_bytes_max);
    }
    return {};
}

class bedrock_codec final : public answer_codec<bedrock_stream> {
 public:
    explicit bedrock_codec(std::chrono::system_clock::time_point now) : now_(now) {}

    boost::system::result<http_request, failure> encode(
        const call& call, const provider_settings& provider, std::string_view model
    ) override {
        know(call, provider);
        stream_.emplace(model, errors_);
        return make_bedrock_request(call, provider, model, now_);
    }

    failure refuse(int status, const header_list& headers, std::string_view body) const override {
        auto why = errors_.refused(status, headers, body);
        if (why.code.empty()) why.code = error_type_in(headers);
        return why;
    }

 private:
    std::chrono::system_clock::time_point now_;
};

}  // namespace

std::unique_ptr<codec> make_bedrock_codec(std::chrono::system_clock::time_point now) {
    return std::make_unique<bedrock_codec>(now);
}

}  // namespace sluice::upstream
