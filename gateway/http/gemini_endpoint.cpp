#include "gateway/http/gemini_endpoint.hpp"

#include "gateway/http/generate.hpp"
#include "gateway/http/refusal.hpp"

#include <string_view>

namespace sluice::gateway {

boost::asio::awaitable<bool> answer_gemini(request_scope& scope, const std::string& what) {
    const auto colon = what.rfind(':');
    const auto method = std::string_view(what).substr(colon == std::string::npos ? 0 : colon + 1);
    const bool streams = method == "streamGenerateContent";
    if (colon == std::string::npos || colon == 0 || (!streams && method != "generateContent")) {
        return respond_error(
            scope,
            refusal(
                404,
                "not_found_error",
                "a model takes ':generateContent' and ':streamGenerateContent' here, as in "
                "/v1beta/models/MODEL:generateContent"
            )
        );
    }
    const auto model = std::string_view(what).substr(0, colon);
    const bool events = !streams || scope.request.parameter("alt") == "sse";
    const auto& dialect = events ? gemini_dialect() : gemini_array_dialect();
    scope.dialect = &dialect;
    return answer_dialect(scope, dialect, {model, streams});
}

}  // namespace sluice::gateway
