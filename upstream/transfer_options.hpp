#pragma once

#include "upstream/transfer.hpp"

#include <curl/curl.h>

#include <memory>
#include <optional>
#include <string>

namespace sluice::upstream {

/// Where a request goes.
struct transfer_target {
    bool tls = false;
    std::string authority;  ///< host:port, without credentials: may be shown
};

struct free_slist {
    void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};
using header_lines = std::unique_ptr<curl_slist, free_slist>;

/// Nothing where the URL is not a valid http:// or https:// one.
std::optional<transfer_target> target_of(const std::string& url);

/// The request's headers for libcurl. Nothing where one of them would forge a line of the request.
std::optional<header_lines> header_lines_of(const transfer_request& request);

/// Sets everything but the callbacks. `lines` has to outlive the exchange.
CURLcode set_options(
    CURL* easy, const transfer_request& request, const transfer_target& target, curl_slist* lines
);

}  // namespace sluice::upstream
