#include "upstream/providers/sigv4.hpp"

#include "upstream/providers/text.hpp"
#include "upstream/providers/translation.hpp"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <utility>
#include <vector>

namespace sluice::upstream {

namespace {

constexpr std::string_view algorithm = "AWS4-HMAC-SHA256";
constexpr std::string_view terminator = "aws4_request";

std::string sha256(std::string_view data) {
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned int size = 0;
    EVP_Digest(data.data(), data.size(), digest.data(), &size, EVP_sha256(), nullptr);
    return {reinterpret_cast<const char*>(digest.data()), size};
}

std::string hmac(std::string_view key, std::string_view data) {
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned int size = 0;
    HMAC(
        EVP_sha256(),
        key.data(),
        static_cast<int>(key.size()),
        reinterpret_cast<const unsigned char*>(data.data()),
        data.size(),
        digest.data(),
        &size
    );
    return {reinterpret_cast<const char*>(digest.data()), size};
}

std::string hex(std::string_view bytes) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string out;
    for (const char c : bytes) {
        const auto byte = static_cast<unsigned char>(c);
        (out += digits[byte >> 4U]) += digits[byte & 0xFU];
    }
    return out;
}

/// `20150830T123600Z`
std::string timestamp(std::chrono::system_clock::time_point now) {
    using namespace std::chrono;
    const auto day = floor<days>(now);
    const year_month_day date(day);
    const hh_mm_ss clock(floor<seconds>(now) - day);
    std::array<char, 64> text{};
    std::snprintf(
        text.data(),
        text.size(),
        "%04d%02u%02uT%02d%02d%02dZ",
        static_cast<int>(date.year()),
        static_cast<unsigned>(date.month()),
        static_cast<unsigned>(date.day()),
        static_cast<int>(clock.hours().count()),
        static_cast<int>(clock.minutes().count()),
        static_cast<int>(clock.seconds().count())
    );
    return text.data();
}

/// Each segment encoded once more; the slashes between them stay.
std::string canonical_path(std::string_view path) {
    if (path.empty()) return "/";
    std::string out;
    while (!path.empty()) {
        const auto end = std::min(path.find('/'), path.size());
        out += percent_encode(path.substr(0, end));
        path.remove_prefix(end);
        if (path.empty()) break;
        out += '/';
        path.remove_prefix(1);
    }
    return out;
}

std::string canonical_query(std::string_view query) {
    std::vector<std::pair<std::string_view, std::string_view>> pairs;
    while (!query.empty()) {
        const auto pair = query.substr(0, query.find('&'));
        query.remove_prefix(std::min(pair.size() + 1, query.size()));
        const auto equals = std::min(pair.find('='), pair.size());
        pairs.emplace_back(pair.substr(0, equals), pair.substr(std::min(equals + 1, pair.size())));
    }
    std::ranges::sort(pairs);
    std::string out;
    for (const auto& [name, value] : pairs) {
        if (!out.empty()) out += '&';
        out.append(name).append("=").append(value);
    }
    return out;
}

/// Without white space around it, and with single spaces in it.
std::string canonical_value(std::string_view value) {
    std::string out;
    for (const char c : trim(value)) {
        if (c != ' ' || out.empty() || out.back() != ' ') out += c;
    }
    return out;
}

std::string signed_names(const header_list& headers) {
    std::string names;
    for (const auto& [name, value] : headers) {
        if (!names.empty()) names += ';';
        names += name;
    }
    return names;
}

std::string signature(
    std::string_view text,
    const aws_credentials& credentials,
    const aws_scope& scope,
    std::string_view date
) {
    auto key = hmac("AWS4" + credentials.secret_access_key, date);
    for (const auto part : {scope.region, scope.service, terminator})
        key = hmac(key, part);
    return hex(hmac(key, text));
}

}  // namespace

std::string canonical_aws_request(const aws_request& request, const header_list& headers) {
    std::string out;
    out.append(request.method).append("\n").append(canonical_path(request.path)).append("\n");
    out.append(canonical_query(request.query)).append("\n");
    for (const auto& [name, value] : headers)
        out.append(name).append(":").append(canonical_value(value)).append("\n");
    out.append("\n").append(signed_names(headers)).append("\n");
    return out += hex(sha256(request.body));
}

header_list sign_aws_request(
    const aws_request& request, const aws_credentials& credentials, const aws_scope& scope
) {
    header_list added{{"X-Amz-Date", timestamp(scope.now)}};
    const auto time = added.front().second;
    const auto date = time.substr(0, 8);
    if (!credentials.session_token.empty())
        added.emplace_back("X-Amz-Security-Token", credentials.session_token);
    header_list headers;
    for (const auto* list : {&request.headers, &std::as_const(added)}) {
        for (const auto& [name, value] : *list)
            headers.emplace_back(lower_case(name), value);
    }
    std::ranges::sort(headers);
    std::string where = date + "/";
    where.append(scope.region).append("/").append(scope.service).append("/").append(terminator);
    std::string text{algorithm};
    text.append("\n").append(time).append("\n").append(where).append("\n");
    text += hex(sha256(canonical_aws_request(request, headers)));
    std::string authorization{algorithm};
    authorization.append(" Credential=").append(credentials.access_key_id).append("/");
    authorization.append(where).append(", SignedHeaders=").append(signed_names(headers));
    authorization.append(", Signature=").append(signature(text, credentials, scope, date));
    added.emplace_back("Authorization", std::move(authorization));
    return added;
}

}  // namespace sluice::upstream
