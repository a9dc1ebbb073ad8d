#pragma once

#include "upstream/transfer.hpp"

#include <curl/curl.h>

#include <chrono>
#include <memory>
#include <optional>
#include <string>

namespace sluice::upstream {

/// Where a request goes.
struct transfer_target {
    bool tls = false;
    std::string authority;       ///< host:port, without credentials: may be shown
    std::shared_ptr<CURLU> url;  ///< parsed; outlives the transfer
};

/// What the requests to one provider have in common: a handle that was set up for one of them is
/// set up for all.
struct transfer_profile {
    transfer_method method = transfer_method::post;
    bool tls = false;
    bool http2 = false;
    std::chrono::milliseconds connect_timeout{};
    std::string proxy;
    std::string ca_file;

    bool operator==(const transfer_profile&) const = default;
};

struct free_slist {
    void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};
using header_lines = std::unique_ptr<curl_slist, free_slist>;

/// Nothing where the URL is not a valid http:// or https:// one.
std::optional<transfer_target> target_of(const std::string& url);

/// The request's headers for libcurl. Nothing where one of them would forge a line of the request.
std::optional<header_lines> header_lines_of(const transfer_request& request);

transfer_profile profile_of(const transfer_request& request, const transfer_target& target);

/// Sets a fresh handle up for the requests of a profile.
CURLcode set_profile(CURL* easy, const transfer_profile& profile);

/// Sets everything else but the callbacks. `target` and `lines` have to outlive the exchange.
CURLcode set_request(
    CURL* easy, const transfer_request& request, const transfer_target& target, curl_slist* lines
);

}  // namespace sluice::upstream
