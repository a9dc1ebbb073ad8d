#pragma once

#include "gateway/config/configuration.hpp"
#include "gateway/http/message.hpp"
#include "gateway/http/snapshot.hpp"
#include "upstream/generation.hpp"

#include <boost/system/result.hpp>

#include <chrono>
#include <optional>
#include <string>

/// Who may ask from where: the rules about Host, Origin and keys. Pure.
namespace sluice::gateway {

/// With real providers and no keys, Host must be one that no foreign name can be bound to
/// (DNS rebinding): localhost, an IP address, or one that is configured. 421 otherwise.
std::optional<upstream::failure> judge_host(
    const configuration& settings, const http_request& request
);

/// Starting or stopping a generation with a real provider: a foreign Origin, or a cross-site fetch,
/// is 403 unless listed; a prefetch never generates.
std::optional<upstream::failure> judge_origin(
    const configuration& settings, const http_request& request
);

/// How a request showed whose it is.
struct shown_key {
    const client_key* key = nullptr;  ///< null: it showed none, and needs none
    bool by_cookie = false;           ///< the browser showed it, and may have been made to
};

/// The key that was presented in a header, or that the pages' cookie stands for; or a 401. Where
/// `auth` is none, keys that are not known here are none.
boost::system::result<shown_key, upstream::failure> judge_key(
    const snapshot& serving, const http_request& request, std::chrono::system_clock::time_point now
);

/// A request that changes something and bears no key but the cookie's has to come from a page of
/// this gateway's own: 403 otherwise.
std::optional<upstream::failure> judge_cookie_use(const http_request& request);

/// Whether a browser page of this origin may read answers.
bool cors_allows(const configuration& settings, std::string_view origin);

/// The CORS headers of any answer to this request; none where CORS is off.
upstream::header_list cors_headers(const configuration& settings, const http_request& request);

/// What a preflight is answered with, besides the above.
upstream::header_list preflight_headers(const http_request& request, std::string_view methods);

}  // namespace sluice::gateway
