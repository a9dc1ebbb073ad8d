#pragma once

#include "upstream/transfer.hpp"

#include <curl/curl.h>

#include <string>
#include <string_view>

namespace sluice::upstream {

/// How a transfer failed, and the same for people.
struct transfer_failure {
    transfer_error error = transfer_error::none;
    std::string message;
};

/// What a result of libcurl's means. `authority` is the host:port that was asked; `detail` is
/// libcurl's own text, which is used only where it cannot hold credentials.
transfer_failure explain(
    CURL* easy, CURLcode result, std::string_view authority, std::string_view detail
);

}  // namespace sluice::upstream
