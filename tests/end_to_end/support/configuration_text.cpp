#include "tests/end_to_end/support/configuration_text.hpp"

#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <utility>

namespace sluice::end_to_end {
namespace {

bool sets(const std::vector<std::string>& lines, const std::string& key) {
    return std::any_of(lines.begin(), lines.end(), [&](const auto& line) {
        return line.rfind(key + ":", 0) == 0;
    });
}

std::vector<std::string> with_default(
    std::vector<std::string> lines, const std::string& key, const std::string& value
) {
    if (!sets(lines, key)) lines.push_back(key + ": " + value);
    return lines;
}

std::string joined(const std::vector<std::string>& lines) {
    std::string out;
    for (const auto& line : lines)
        out += (out.empty() ? "" : ", ") + line;
    return out;
}

}  // namespace

configuration_text& configuration_text::server(std::string line) {
    server_.push_back(std::move(line));
    return *this;
}
configuration_text& configuration_text::streams(std::string line) {
    streams_.push_back(std::move(line));
    return *this;
}
configuration_text& configuration_text::log(std::string line) {
    log_.push_back(std::move(line));
    return *this;
}
configuration_text& configuration_text::policy(std::string line) {
    policy_.push_back(std::move(line));
    return *this;
}
configuration_text& configuration_text::mock(std::string line) {
    mock_.push_back(std::move(line));
    return *this;
}
configuration_text& configuration_text::upstream(std::string base_url) {
    base_url_ = std::move(base_url);
    return *this;
}
configuration_text& configuration_text::upstream_setting(std::string line) {
    upstream_.push_back(std::move(line));
    return *this;
}
configuration_text& configuration_text::model(std::string name) {
    models_.push_back(std::move(name));
    return *this;
}
configuration_text& configuration_text::top(std::string line) {
    top_.push_back(std::move(line));
    return *this;
}
configuration_text& configuration_text::key(std::string id, const std::string& plain) {
    keys_.push_back("{id: " + std::move(id) + ", sha256: \"" + sha256_hex(plain) + "\"}");
    return *this;
}

configuration_text& configuration_text::operator_key(std::string id, const std::string& plain) {
    keys_.push_back(
        "{id: " + std::move(id) + ", role: operator, sha256: \"" + sha256_hex(plain) + "\"}"
    );
    return *this;
}

void configuration_text::section(std::string& out, const std::string& name, const lines& body) {
    if (body.empty()) return;
    out += name + ":\n";
    for (const auto& line : body)
        out += "  " + line + "\n";
}

std::string configuration_text::route(const std::string& name, const std::string& target) const {
    std::string out = "  - name: \"" + name + "\"\n    targets: [" + target + "]\n";
    if (!policy_.empty()) out += "    policy: {" + joined(policy_) + "}\n";
    return out;
}

std::string configuration_text::yaml() const {
    std::string out;
    for (const auto& line : top_)
        out += line + "\n";
    auto server = with_default(server_, "listen", "[\"127.0.0.1:0\"]");
    section(out, "server", with_default(std::move(server), "workers", "1"));
    section(out, "log", with_default(log_, "format", "json"));
    section(out, "streams", streams_);
    const auto mock = with_default(with_default(mock_, "ttft", "0ms"), "rate", "0");
    out += "providers:\n  mock: {kind: mock, " + joined(mock) + "}\n";
    if (!base_url_.empty()) {
        const auto more = upstream_.empty() ? "" : ", " + joined(upstream_);
        out += "  up: {kind: openai, base_url: \"" + base_url_ + "\"" + more + "}\n";
    }
    out += "models:\n" + route("mock", "{provider: mock, model: mock}");
    if (!base_url_.empty()) out += route("up", "{provider: up, model: real-model}");
    for (const auto& name : models_)
        out += route(name, "{provider: mock, model: mock}");
    if (!keys_.empty()) out += "auth: keys\n";
    if (!keys_.empty()) out += "keys:\n";
    for (const auto& key : keys_)
        out += "  - " + key + "\n";
    return out;
}

std::string sha256_hex(const std::string& text) {
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned size = 0;
    EVP_Digest(text.data(), text.size(), digest.data(), &size, EVP_sha256(), nullptr);
    std::string out;
    for (unsigned i = 0; i < size; ++i) {
        out += "0123456789abcdef"[digest[i] >> 4];
        out += "0123456789abcdef"[digest[i] & 15];
    }
    return out;
}

}  // namespace sluice::end_to_end
