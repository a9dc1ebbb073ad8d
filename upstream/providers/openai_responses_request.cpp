#include "upstream/providers/openai_responses_request.hpp"

#include "upstream/providers/make_codec.hpp"
#include "upstream/providers/openai_request.hpp"
#include "upstream/providers/translation.hpp"

#include <utility>

namespace sluice::upstream {

namespace {

using kind = provider_settings::protocol;

/// Azure's newer addresses (`.../openai/v1`) are OpenAI's; the older ones name the version.
std::string url_of(const provider_settings& provider) {
    const bool azure = provider.kind == kind::azure;
    auto url = provider.base_url;
    if (azure && !url.ends_with("/openai/v1")) url += "/openai";
    url += "/responses";
    if (azure && !provider.api_version.empty()) {
        url += "?api-version=" + percent_encode(provider.api_version);
    }
    return url;
}

}  // namespace

bool is_responses_relay(const call& call, const provider_settings& provider) {
    return call.api == api::openai_responses && speaks(provider, call.api);
}

boost::system::result<http_request, failure> make_responses_request(
    const call& call, const provider_settings& provider, std::string_view model
) {
    auto key = key_for(call, provider);
    if (!key) return std::move(key).error();
    http_request result;
    result.url = url_of(provider);
    const bool relayed = is_responses_relay(call, provider);
    result.headers = openai_headers_of(call, provider, *key, relayed && !call.stream);
    if (!relayed) {
        auto body = translate_responses_body(call, provider, model);
        if (!body) return std::move(body).error();
        result.body = dump_body(body->json);
        result.dropped = std::move(body->dropped);
        return result;
    }
    auto body = splice_openai_body(call.body, model, false);
    if (!body) {
        return rejected(400, "invalid_request_error", "the request body is not a JSON object");
    }
    result.body = std::move(*body);
    return result;
}

}  // namespace sluice::upstream
