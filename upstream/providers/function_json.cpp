#include "upstream/providers/function_json.hpp"

#include <algorithm>

namespace sluice::upstream {

using nlohmann::json;

json function_tool_json(const tool& tool) {
    json function{{"name", tool.name}};
    if (!tool.description.empty()) function["description"] = tool.description;
    if (!tool.parameters.is_null()) function["parameters"] = tool.parameters;
    return {{"type", "function"}, {"function", std::move(function)}};
}

json function_call_json(const tool_call& call) {
    const auto& arguments = call.arguments.empty() ? "{}" : call.arguments;
    return {
        {"id", call.id},
        {"type", "function"},
        {"function", {{"name", call.name}, {"arguments", arguments}}}};
}

json image_url_json(const image_part& image) {
    json holder{{"url", image.url}};
    if (!image.detail.empty()) holder["detail"] = image.detail;
    return {{"type", "image_url"}, {"image_url", std::move(holder)}};
}

bool has_strict_tool(const request& request) {
    return std::ranges::any_of(request.tools, [](const tool& each) {
        return each.strict.value_or(false);
    });
}

}  // namespace sluice::upstream
