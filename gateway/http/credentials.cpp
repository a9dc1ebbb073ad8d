#include "gateway/http/credentials.hpp"

#include "gateway/http/hardening.hpp"

#include <algorithm>
#include <array>

namespace sluice::gateway {

bool is_credential(std::string_view name) {
    constexpr std::array<std::string_view, 6> names{
        "authorization", "proxy-authorization", "cookie", "x-api-key", "api-key", "x-goog-api-key"};
    return std::ranges::find(names, name) != names.end();
}

void wipe_credentials(upstream::header_list& headers) {
    for (auto& [name, value] : headers) {
        if (is_credential(name)) wipe(value);
    }
}

void wipe_parameter(http_request& request, std::string_view name) {
    std::string kept;
    std::string_view rest = request.query;
    while (!rest.empty()) {
        const auto end = std::min(rest.find('&'), rest.size());
        const auto pair = rest.substr(0, end);
        rest.remove_prefix(std::min(end + 1, rest.size()));
        const auto key = percent_decode(pair.substr(0, pair.find('=')), true);
        if (key == name) continue;
        if (!kept.empty()) kept += '&';
        kept += pair;
    }
    wipe(request.query);
    wipe(request.target);
    request.query = std::move(kept);
    request.target = request.path;
}

}  // namespace sluice::gateway
