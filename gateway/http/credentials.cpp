#include "gateway/http/credentials.hpp"

#include "gateway/http/hardening.hpp"

#include <algorithm>

namespace sluice::gateway {

bool is_credential(std::string_view name) {
    // By its length first: it is asked of every header, some times.
    switch (name.size()) {
        case 6:
            return name == "cookie";
        case 7:
            return name == "api-key";
        case 9:
            return name == "x-api-key";
        case 13:
            return name == "authorization";
        case 14:
            return name == "x-goog-api-key";
        case 19:
            return name == "proxy-authorization";
        default:
            return false;
    }
}

void wipe_credentials(upstream::header_list& headers) {
    for (auto& [name, value] : headers) {
        if (!value.empty() && is_credential(name)) wipe(value);
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
