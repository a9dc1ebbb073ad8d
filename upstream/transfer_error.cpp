#include "upstream/transfer_error.hpp"

#include <system_error>

namespace sluice::upstream {

namespace {

transfer_error kind_of(CURLcode result) {
    switch (result) {
        case CURLE_OK:
            return transfer_error::none;
        case CURLE_COULDNT_RESOLVE_HOST:
        case CURLE_COULDNT_RESOLVE_PROXY:
            return transfer_error::resolve;
        case CURLE_COULDNT_CONNECT:
        case CURLE_INTERFACE_FAILED:
        case CURLE_PROXY:
            return transfer_error::connect;
        case CURLE_OPERATION_TIMEDOUT:  // the only time limit that is set is the one for connecting
            return transfer_error::connect_timeout;
        case CURLE_SSL_CONNECT_ERROR:
        case CURLE_PEER_FAILED_VERIFICATION:
        case CURLE_SSL_CACERT_BADFILE:
        case CURLE_SSL_CERTPROBLEM:
        case CURLE_SSL_CIPHER:
        case CURLE_SSL_CRL_BADFILE:
        case CURLE_SSL_ENGINE_INITFAILED:
        case CURLE_SSL_ENGINE_NOTFOUND:
        case CURLE_SSL_ENGINE_SETFAILED:
        case CURLE_SSL_INVALIDCERTSTATUS:
        case CURLE_SSL_ISSUER_ERROR:
        case CURLE_SSL_PINNEDPUBKEYNOTMATCH:
        case CURLE_USE_SSL_FAILED:
            return transfer_error::tls;
        case CURLE_ABORTED_BY_CALLBACK:
        case CURLE_BAD_FUNCTION_ARGUMENT:
        case CURLE_FAILED_INIT:
        case CURLE_FUNCTION_NOT_FOUND:
        case CURLE_NOT_BUILT_IN:
        case CURLE_OUT_OF_MEMORY:
        case CURLE_UNKNOWN_OPTION:
        case CURLE_URL_MALFORMAT:
            return transfer_error::internal;
        default:
            return transfer_error::broken;
    }
}

/// libcurl's own words where it has some; those that quote a URL (which may hold a password or a
/// key in its query) are replaced by the general text for the error.
std::string reason(CURLcode result, std::string_view detail) {
    if (result == CURLE_SEND_FAIL_REWIND) return "it was closed before any answer";
    const bool quotes_url = detail.find("://") != std::string_view::npos ||
                            detail.find('?') != std::string_view::npos ||
                            detail.find('@') != std::string_view::npos;
    return detail.empty() || quotes_url ? curl_easy_strerror(result) : std::string(detail);
}

std::string connect_reason(CURL* easy, CURLcode result) {
    long number = 0;
    curl_easy_getinfo(easy, CURLINFO_OS_ERRNO, &number);
    if (number == 0) return curl_easy_strerror(result);
    return std::system_category().message(static_cast<int>(number));
}

/// The status with which a proxy refused to open a tunnel; 0 where none did.
long proxy_refusal(CURL* easy) {
    long status = 0;
    curl_easy_getinfo(easy, CURLINFO_HTTP_CONNECTCODE, &status);
    return status / 100 == 2 ? 0 : status;
}

}  // namespace

transfer_failure explain(
    CURL* easy, CURLcode result, std::string_view authority, std::string_view detail
) {
    const std::string host(authority);
    transfer_failure failure{kind_of(result), {}};
    if (const long status = proxy_refusal(easy); status != 0 && result != CURLE_OK) {
        failure.error = transfer_error::connect;
        failure.message = "the proxy did not connect to " + host + ": status ";
        failure.message += std::to_string(status);
        return failure;
    }
    switch (failure.error) {
        case transfer_error::none:
            break;
        case transfer_error::resolve:
            failure.message = result == CURLE_COULDNT_RESOLVE_PROXY
                                  ? "no address for the proxy on the way to " + host
                                  : "no address for " + host;
            break;
        case transfer_error::connect:
            failure.message = "cannot connect to " + host + ": " + connect_reason(easy, result);
            break;
        case transfer_error::connect_timeout:
            failure.message = "no connection to " + host + " in time";
            break;
        case transfer_error::tls:
            failure.message = "no secure connection to " + host + ": " + reason(result, detail);
            break;
        case transfer_error::broken:
            failure.message = "the connection to " + host + " broke: " + reason(result, detail);
            break;
        case transfer_error::internal:
            failure.message = "cannot ask " + host + ": " + reason(result, detail);
            break;
    }
    return failure;
}

}  // namespace sluice::upstream
