#include "gateway/http/pages_endpoint.hpp"

#include "gateway/http/refusal.hpp"
#include "gateway/pages/pages.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace sluice::gateway {

namespace {

namespace asio = boost::asio;

bool is_document(std::string_view name) {
    return name.ends_with(".html");
}

asio::awaitable<bool> answer_no_page(request_scope& scope, std::string_view name) {
    auto reason = refusal(404, "not_found_error", "there is no page '" + std::string{name} + "'");
    return respond_error(scope, std::move(reason));
}

asio::awaitable<bool> answer_found(request_scope& scope, const page& found) {
    http_response response;
    response.headers = {
        {"Cache-Control", "no-cache"},
        {"ETag", std::string{found.etag}},
        {"Referrer-Policy", "no-referrer"},
    };
    if (is_document(found.name)) {
        response.headers.emplace_back("Content-Security-Policy", std::string{pages_csp()});
        response.headers.emplace_back("Cross-Origin-Opener-Policy", "same-origin");
    }
    const auto known = scope.request.header("if-none-match");
    if (known && names_etag(*known, found.etag)) {
        response.status = 304;
    } else {
        response.content_type = std::string{found.content_type};
        response.body = std::string{found.bytes};
    }
    co_return co_await respond(scope, std::move(response));
}

}  // namespace

bool names_etag(std::string_view if_none_match, std::string_view etag) {
    if (if_none_match == "*") return true;
    while (!if_none_match.empty()) {
        const auto comma = if_none_match.find(',');
        auto one = if_none_match.substr(0, comma);
        one.remove_prefix(std::min(one.find_first_not_of(" \t"), one.size()));
        one = one.substr(0, one.find_last_not_of(" \t") + 1);
        if (one.starts_with("W/")) one.remove_prefix(2);  // proxies that compress weaken tags
        if (one == etag) return true;
        if_none_match = comma == std::string_view::npos ? "" : if_none_match.substr(comma + 1);
    }
    return false;
}

asio::awaitable<bool> answer_document(request_scope& scope, std::string_view name) {
    const auto* found = find_page(name);
    return found ? answer_found(scope, *found) : answer_no_page(scope, name);
}

asio::awaitable<bool> answer_page_file(request_scope& scope, std::string_view name) {
    // Documents have addresses of their own, by which their links are relative.
    const auto* found = is_document(name) ? nullptr : find_page(name);
    return found ? answer_found(scope, *found) : answer_no_page(scope, name);
}

}  // namespace sluice::gateway
