#include "gateway/load/request.hpp"

#include "gateway/load/wire/header_names.hpp"

#include <algorithm>

namespace sluice::gateway::load {

namespace {

bool has_header(const plan& settings, std::string_view name) {
    return std::ranges::any_of(settings.headers, [&](const auto& header) {
        return equal_ignoring_case(header.first, name);
    });
}

void append(std::string& request, std::string_view name, std::string_view value) {
    request.append(name).append(": ").append(value).append("\r\n");
}

std::string begin_request(const plan& settings, std::string_view method, std::string_view path) {
    std::string request(method);
    request.append(" ").append(path).append(" HTTP/1.1\r\n");
    if (!has_header(settings, "host")) append(request, "Host", settings.to.authority);
    if (settings.spoken->events && !has_header(settings, "accept"))
        append(request, "Accept", "text/event-stream");
    for (const auto& [name, value] : settings.headers)
        append(request, name, value);
    return request;
}

}  // namespace

std::string post_request(const plan& settings, const exchange& begun) {
    std::string request = begin_request(settings, settings.method, begun.path);
    if (settings.how.needs_names()) append(request, "X-Stream-Resumable", "true");
    for (const auto& header : begun.headers) {
        const std::string_view name = std::string_view(header).substr(0, header.find(':'));
        if (has_header(settings, name) || equal_ignoring_case(name, "accept")) continue;
        request.append(header).append("\r\n");
    }
    append(request, "Content-Length", std::to_string(begun.body.size()));
    request.append("\r\n").append(begun.body);
    return request;
}

std::string get_request(
    const plan& settings, std::string_view path, std::string_view last_event_id
) {
    std::string request = begin_request(settings, "GET", path);
    if (!settings.api_key.empty() && !has_header(settings, "authorization"))
        append(request, "Authorization", "Bearer " + settings.api_key);
    if (!last_event_id.empty()) append(request, "Last-Event-ID", last_event_id);
    return request.append("\r\n");
}

}  // namespace sluice::gateway::load
