#include "upstream/mock/answer.hpp"
#include "upstream/mock/tools.hpp"
#include "upstream/mock/vectors.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace sluice::upstream::mock {
namespace {

/// What OpenAI takes, too.
constexpr std::size_t texts_max = 2048;

/// What another target may be able to do.
failure cannot_take(std::string param, std::string message) {
    failure why = invalid_request(std::move(param), std::move(message));
    why.remedy = remedy::skip;
    return why;
}

std::optional<failure> check_texts(const embedding_request& request) {
    if (request.inputs.size() > texts_max)
        return cannot_take("input", "the mock model embeds 2048 texts at once at most");
    const std::int64_t dimensions = request.dimensions.value_or(dimensions_usual);
    if (dimensions >= 1 && dimensions <= dimensions_max) return std::nullopt;
    return cannot_take("dimensions", "dimensions must be 1 to " + std::to_string(dimensions_max));
}

/// In the words in which a provider's codec refuses what only another protocol can carry.
failure refuse_part(const call& call) {
    const std::string& path = call.untranslatable.front();
    failure why = cannot_take(
        path,
        "'" + path + "' is of a kind that the target 'mock/" + call.request.model + "' cannot take"
    );
    why.code = "unsupported_parameter";
    return why;
}

}  // namespace

std::optional<failure> answer::check(const call& call, const options& options) {
    const request& request = call.request;
    if (!call.untranslatable.empty()) return refuse_part(call);
    if (call.embedding) return check_texts(*call.embedding);
    if (request.choices < 1 || request.choices > choices_max) {
        return cannot_take("n", "n must be 1 to " + std::to_string(choices_max));
    }
    const auto too_long = [](const std::string& string) {
        return string.size() > stop_filter::string_bytes_max;
    };
    if (request.stop.size() > stop_filter::strings_max ||
        std::any_of(request.stop.begin(), request.stop.end(), too_long)) {
        return cannot_take("stop", "the mock model takes 16 stop strings of 1024 bytes each");
    }
    return check_calls(request, options);
}

}  // namespace sluice::upstream::mock
