#include "upstream/transfer_options.hpp"

#include <string_view>
#include <utility>

namespace sluice::upstream {

namespace {

/// A faster transfer than any: libcurl reads once for each readiness of a transfer with a limit,
/// and twice, to see that nothing is left, of one without. (It then polls, and where there is more
/// comes back by its timer. transfer_sockets relies on that; a test in transfer_flow_test.cpp sees
/// to it.)
constexpr curl_off_t no_real_limit = curl_off_t{1} << 50;
/// The smallest that libcurl takes; it keeps one for each running transfer.
constexpr long send_buffer_bytes = 16 * 1024;
/// Servers close idle connections after a minute or so. A younger connection is rarely found dead,
/// and each one that is costs a second POST.
constexpr long idle_age_s = 60;

/// One buffer for all of a worker's transfers from libcurl 8.7 on, so that a whole document takes
/// few reads. Before, each transfer has its own: tokens come in pieces of about 200 bytes.
long receive_buffer_bytes() {
    static const bool shared = curl_version_info(CURLVERSION_NOW)->version_num >= 0x080700;
    return shared ? 32 * 1024 : 4096;
}

/// Sets options one after another and keeps the first error.
class option_setter {
 public:
    explicit option_setter(CURL* easy) : easy_(easy) {}

    template <typename Value>
    void set(CURLoption option, Value value) {
        const CURLcode result = curl_easy_setopt(easy_, option, value);
        if (result_ == CURLE_OK) result_ = result;
    }
    CURLcode result() const { return result_; }

 private:
    CURL* easy_;
    CURLcode result_ = CURLE_OK;
};

std::string url_part(CURLU* url, CURLUPart part, unsigned flags) {
    char* text = nullptr;
    if (curl_url_get(url, part, &text, flags) != CURLUE_OK) return {};
    std::string result(text);
    curl_free(text);
    return result;
}

bool append(header_lines& lines, const std::string& line) {
    curl_slist* head = curl_slist_append(lines.get(), line.c_str());
    if (head == nullptr) return false;
    static_cast<void>(lines.release());
    lines.reset(head);
    return true;
}

/// libcurl takes "name:" as a wish to leave the header out, and "name;" as one with no value.
std::string libcurl_line(const std::string& line) {
    const auto colon = line.find(':');
    if (colon == std::string::npos) return line;
    const bool no_value = line.find_first_not_of(" \t", colon + 1) == std::string::npos;
    return no_value ? line.substr(0, colon) + ';' : line;
}

void set_connection(option_setter& options, const transfer_profile& profile) {
    // Without signals libcurl does not shield us from SIGPIPE either; main ignores it.
    options.set(CURLOPT_NOSIGNAL, 1L);
    options.set(CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(profile.connect_timeout.count()));
    options.set(CURLOPT_TCP_KEEPALIVE, 1L);
    options.set(CURLOPT_MAXAGE_CONN, idle_age_s);
    // Ending a transfer must not wait for a resolver thread that is still asking: it is let go.
    options.set(CURLOPT_QUICK_EXIT, 1L);
    options.set(CURLOPT_BUFFERSIZE, receive_buffer_bytes());
    options.set(CURLOPT_UPLOAD_BUFFERSIZE, send_buffer_bytes);
    // Empty strings keep http_proxy, no_proxy and the like of the environment out.
    options.set(CURLOPT_PROXY, profile.proxy.c_str());
    options.set(CURLOPT_NOPROXY, "");
    options.set(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
}

void set_tls(option_setter& options, const transfer_profile& profile) {
    options.set(CURLOPT_SSL_VERIFYPEER, 1L);
    options.set(CURLOPT_SSL_VERIFYHOST, 2L);
    options.set(CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
    if (!profile.ca_file.empty()) options.set(CURLOPT_CAINFO, profile.ca_file.c_str());
}

void set_http(option_setter& options, const transfer_profile& profile) {
    const long version = profile.http2 ? CURL_HTTP_VERSION_2TLS : CURL_HTTP_VERSION_1_1;
    options.set(CURLOPT_HTTP_VERSION, version);
    options.set(CURLOPT_PIPEWAIT, profile.http2 ? 1L : 0L);
    options.set(CURLOPT_MAX_RECV_SPEED_LARGE, profile.http2 ? curl_off_t{0} : no_real_limit);
    options.set(CURLOPT_PROTOCOLS_STR, profile.tls ? "https" : "http");
    options.set(CURLOPT_FOLLOWLOCATION, 0L);
    options.set(CURLOPT_HTTP09_ALLOWED, 0L);
    // Compression would hold tokens back until a block of it is full.
    options.set(CURLOPT_ACCEPT_ENCODING, static_cast<const char*>(nullptr));
    options.set(CURLOPT_NETRC, static_cast<long>(CURL_NETRC_IGNORED));
    options.set(CURLOPT_USERAGENT, "sluice");
    options.set(profile.method == transfer_method::get ? CURLOPT_HTTPGET : CURLOPT_POST, 1L);
}

}  // namespace

std::optional<transfer_target> target_of(const std::string& url) {
    std::shared_ptr<CURLU> parsed(curl_url(), curl_url_cleanup);
    if (!parsed || url.find('\0') != std::string::npos) return std::nullopt;
    if (curl_url_set(parsed.get(), CURLUPART_URL, url.c_str(), 0) != CURLUE_OK) return std::nullopt;
    const auto scheme = url_part(parsed.get(), CURLUPART_SCHEME, 0);
    const auto host = url_part(parsed.get(), CURLUPART_HOST, 0);
    if ((scheme != "http" && scheme != "https") || host.empty()) return std::nullopt;
    const auto port = url_part(parsed.get(), CURLUPART_PORT, CURLU_DEFAULT_PORT);
    return transfer_target{scheme == "https", host + ':' + port, std::move(parsed)};
}

std::optional<header_lines> header_lines_of(const transfer_request& request) {
    using namespace std::string_view_literals;
    header_lines lines;
    // A large body would wait for a "100 Continue" that many servers never send.
    if (!append(lines, "Expect:")) return std::nullopt;
    for (const auto& header : request.headers) {
        if (header.find_first_of("\r\n\0"sv) != std::string::npos) return std::nullopt;
        if (!append(lines, libcurl_line(header))) return std::nullopt;
    }
    return lines;
}

transfer_profile profile_of(const transfer_request& request, const transfer_target& target) {
    const bool http2 = target.tls && request.http2 && transfer_engine::can_http2();
    return {
        request.method, target.tls, http2, request.connect_timeout, request.proxy, request.ca_file};
}

CURLcode set_profile(CURL* easy, const transfer_profile& profile) {
    option_setter options(easy);
    set_connection(options, profile);
    set_tls(options, profile);
    set_http(options, profile);
    return options.result();
}

CURLcode set_request(
    CURL* easy, const transfer_request& request, const transfer_target& target, curl_slist* lines
) {
    option_setter options(easy);
    options.set(CURLOPT_CURLU, target.url.get());
    options.set(CURLOPT_HTTPHEADER, lines);
    if (request.method == transfer_method::post) {
        const auto size = static_cast<curl_off_t>(request.body.size());
        options.set(CURLOPT_POSTFIELDSIZE_LARGE, size);
    }
    // The transfer before may have ended early.
    options.set(CURLOPT_FORBID_REUSE, 0L);
    return options.result();
}

}  // namespace sluice::upstream
