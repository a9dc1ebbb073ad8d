#include "gateway/pages/pages.hpp"

#include <openssl/evp.h>
#include <openssl/sha.h>

#include <array>
#include <cassert>
#include <string>

namespace sluice::gateway {
namespace {

/// The text of the document's only element of that name, exactly as a browser hashes it.
std::string_view content_of(std::string_view html, std::string_view name) {
    const auto tag = html.find("<" + std::string(name));
    assert(tag != html.npos);
    const auto begin = html.find('>', tag) + 1;
    const auto end = html.find("</" + std::string(name) + ">", begin);
    assert(end != html.npos);
    return html.substr(begin, end - begin);
}

/// A CSP source expression: 'sha256-<base64>'.
std::string hash_source(std::string_view text) {
    std::array<unsigned char, SHA256_DIGEST_LENGTH> digest{};
    SHA256(reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest.data());
    std::array<unsigned char, 4 * ((SHA256_DIGEST_LENGTH + 2) / 3) + 1> base64{};
    const int length = EVP_EncodeBlock(base64.data(), digest.data(), SHA256_DIGEST_LENGTH);
    return "'sha256-" + std::string(base64.begin(), base64.begin() + length) + "'";
}

std::string csp_of(std::string_view html) {
    return "default-src 'none'; connect-src 'self'; img-src data:; style-src " +
           hash_source(content_of(html, "style")) + "; script-src " +
           hash_source(content_of(html, "script")) +
           "; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
}

}  // namespace

std::string_view playground_csp() {
    static const std::string csp = csp_of(playground());
    return csp;
}

}  // namespace sluice::gateway
