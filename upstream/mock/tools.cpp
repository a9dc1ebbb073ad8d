#include "upstream/mock/tools.hpp"

#include "upstream/mock/hash.hpp"
#include "upstream/mock/json_instance.hpp"
#include "upstream/mock/text.hpp"

#include <string>

namespace sluice::upstream::mock {
namespace {

tool_call make_call(const std::string& name, const request& request, std::uint64_t seed) {
    tool_call call;
    call.id = "call_" + hex(mix(seed, 0x63616c6cU));
    call.name = name;
    call.arguments = "{}";
    for (const tool& tool : request.tools) {
        if (tool.name != name || tool.parameters.is_null()) continue;
        call.arguments = make_instance_text(tool.parameters, seed);
        break;
    }
    return call;
}

/// The functions to choose from, the first ones first.
std::vector<std::string> candidates(const request& request, const options& options) {
    using mode = tool_choice::mode;
    if (!options.tool_call.empty()) return {options.tool_call};
    const bool demanded = options.tool_calls > 0 ||
                          (request.tool_choice && request.tool_choice->how == mode::required);
    if (request.tool_choice && request.tool_choice->how == mode::named)
        return {request.tool_choice->name};
    std::vector<std::string> names;
    if (!demanded) return names;
    for (const tool& tool : request.tools)
        names.push_back(tool.name);
    return names;
}

bool ends_in_result(const request& request) {
    return !request.messages.empty() && request.messages.back().role == role::tool;
}

}  // namespace

std::vector<tool_call> make_calls(
    const request& request, const options& options, std::uint64_t seed
) {
    if (ends_in_result(request)) return {};
    const std::vector<std::string> names = candidates(request, options);
    if (names.empty()) return {};
    const bool several = request.parallel_tool_calls.value_or(false) && names.size() > 1;
    const std::size_t usual = several ? 2 : 1;
    const std::size_t count = options.tool_calls > 0 ? options.tool_calls : usual;
    std::vector<tool_call> calls;
    for (std::size_t i = 0; i < count; ++i)
        calls.push_back(make_call(names[i % names.size()], request, mix(seed, i)));
    return calls;
}

std::optional<failure> check_calls(const request& request, const options& options) {
    if (options.tool_calls == 0 || ends_in_result(request)) return std::nullopt;
    if (!candidates(request, options).empty()) return std::nullopt;
    return invalid_request(
        "X-Mock-Tool-Calls",
        "X-Mock-Tool-Calls needs 'tools' in the request, or X-Mock-Tool-Call with a name"
    );
}

}  // namespace sluice::upstream::mock
