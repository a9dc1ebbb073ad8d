#include "upstream/providers/openai_chat.hpp"

#include "upstream/json_members.hpp"
#include "upstream/providers/answer_codec.hpp"
#include "upstream/providers/make_codec.hpp"
#include "upstream/providers/openai_document.hpp"
#include "upstream/providers/openai_request.hpp"
#include "upstream/providers/openai_stream.hpp"

#include <charconv>
#include <cstddef>
#include <string_view>
#include <system_error>

namespace sluice::upstream {

namespace {

/// `n` of a body that goes up as it came, which may have been looked at only in outline. What is
/// no number of choices is the provider's to refuse.
int choices_in(std::string_view body) {
    int asked = 1;
    json_walker member(body);
    while (member.next()) {
        if (!member.key_is("n")) continue;
        const auto digits = member.value();
        const auto* const end = digits.data() + digits.size();
        int count = 0;
        const auto read = std::from_chars(digits.data(), end, count);
        const bool counts = read.ec == std::errc{} && read.ptr == end && count >= 1;
        asked = counts ? count : 1;
    }
    return asked;
}

class openai_chat_codec final : public answer_codec<openai_stream, openai_document> {
 public:
    boost::system::result<http_request, failure> encode(
        const call& call, const provider_settings& provider, std::string_view model
    ) override {
        know(call, provider);
        const bool transparent = speaks(provider, call.api);
        if (transparent && (!call.stream || call.api == api::openai_embeddings)) {
            document_.emplace(errors_);
        } else {
            const auto choices = transparent ? choices_in(call.body) : call.request.choices;
            const bool less_usage = provider.ask_usage && !call.want_usage;
            stream_.emplace(
                transparent ? way::transparent : way::translated,
                openai_stream::wishes{static_cast<std::size_t>(choices), less_usage},
                errors_
            );
        }
        return make_openai_request(call, provider, model);
    }
};

}  // namespace

std::unique_ptr<codec> make_openai_chat_codec() {
    return std::make_unique<openai_chat_codec>();
}

}  // namespace sluice::upstream
