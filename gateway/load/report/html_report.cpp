#include "gateway/load/report/page_data.hpp"
#include "gateway/load/report/page_files.hpp"
#include "gateway/load/report/report_document.hpp"
#include "gateway/load/report/reports.hpp"

#include <openssl/evp.h>
#include <openssl/sha.h>

#include <array>
#include <utility>

namespace sluice::gateway::load {

namespace {

/// A CSP source expression: 'sha256-<base64>'.
std::string hash_source(std::string_view text) {
    std::array<unsigned char, SHA256_DIGEST_LENGTH> digest{};
    SHA256(reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest.data());
    std::array<unsigned char, 4 * ((SHA256_DIGEST_LENGTH + 2) / 3) + 1> base64{};
    const int length = EVP_EncodeBlock(base64.data(), digest.data(), SHA256_DIGEST_LENGTH);
    return "'sha256-" + std::string(base64.begin(), base64.begin() + length) + "'";
}

std::string policy() {
    return "default-src 'none'; img-src data:; style-src " + hash_source(report_style()) +
           "; script-src " + hash_source(report_script()) + "; base-uri 'none'; form-action 'none'";
}

/// JSON that stays within its element whatever a server wrote into an error.
std::string embedded(const nlohmann::ordered_json& data) {
    std::string safe;
    for (const char c : json_text(data, -1)) {
        if (c == '<') {
            safe += "\\u003c";
        } else {
            safe += c;
        }
    }
    return safe;
}

}  // namespace

std::string html_report(const run_outcome& run) {
    const std::array<std::pair<std::string_view, std::string>, 4> parts{{
        {"%CSP%", policy()},
        {"%STYLE%", std::string(report_style())},
        {"%RUN%", embedded(page_data_of(run))},
        {"%SCRIPT%", std::string(report_script())},
    }};
    // In the order of the page, so that no part is looked through for the places of others.
    std::string html;
    std::string_view left = report_page();
    for (const auto& [place, part] : parts) {
        const std::size_t at = left.find(place);
        html.append(left.substr(0, at)).append(part);
        left.remove_prefix(at + place.size());
    }
    return html.append(left);
}

}  // namespace sluice::gateway::load
