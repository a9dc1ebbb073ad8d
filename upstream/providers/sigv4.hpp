#pragma once

#include "upstream/generation.hpp"

#include <chrono>
#include <string>
#include <string_view>

/// AWS Signature Version 4 of one HTTP request. Pure: the time comes in.
namespace sluice::upstream {

struct aws_credentials {
    std::string access_key_id;
    std::string secret_access_key;
    std::string session_token = {};  ///< of temporary credentials, or empty
};

/// What is signed of a request.
struct aws_request {
    std::string_view method;
    std::string_view path;        ///< as it goes over the wire, percent-encoded once already
    std::string_view query = {};  ///< likewise, without the question mark
    header_list headers;          ///< all that are to be signed; `host` has to be among them
    std::string_view body = {};
};

/// Which service of which region, and when.
struct aws_scope {
    std::string_view region;
    std::string_view service;
    std::chrono::system_clock::time_point now;
};

/// The headers that sign the request, to be sent beside those in it: `X-Amz-Date`, perhaps
/// `X-Amz-Security-Token`, and `Authorization`.
///
/// The path is encoded once more for the signature, as every service but S3 wants it.
header_list sign_aws_request(
    const aws_request& request, const aws_credentials& credentials, const aws_scope& scope
);

/// The canonical form that is signed, for comparison with AWS's own examples. `headers` in lower
/// case and sorted.
std::string canonical_aws_request(const aws_request& request, const header_list& headers);

}  // namespace sluice::upstream
