#include "gateway/load/request.hpp"

#include <nlohmann/json.hpp>

#include <array>
#include <charconv>

namespace sluice::gateway::load {

namespace {

/// As short as it reads back the same: 50, 0.2.
std::string number_text(double value) {
    std::array<char, 32> digits{};
    const auto [end, error] = std::to_chars(
        digits.data(), digits.data() + digits.size(), value, std::chars_format::fixed
    );
    return error == std::errc{} ? std::string(digits.data(), end) : "0";
}

std::string body_for(const plan& settings, std::uint64_t id) {
    std::string body = R"({"model":)";
    body += nlohmann::json(settings.model).dump();
    body += R"(,"stream":true,"messages":[{"role":"user","content":"bench id=)";
    body += std::to_string(id);
    body += " tokens=" + std::to_string(settings.tokens);
    body += " rate=" + number_text(settings.rate);
    body += " ttft_ms=" + std::to_string(settings.ttft_ms);
    body += R"("}]})";
    return body;
}

}  // namespace

std::string request_for(const plan& settings, std::uint64_t id) {
    const bool reads = settings.shape == pattern::read;
    const std::string body = reads ? std::string() : body_for(settings, id);
    std::string request = reads ? "GET " : "POST ";
    request += settings.to.path + " HTTP/1.1\r\nHost: " + settings.to.authority;
    request += "\r\nAccept: text/event-stream\r\n";
    if (!reads) {
        request += "Content-Type: application/json\r\nContent-Length: ";
        request += std::to_string(body.size());
        request += "\r\n";
    }
    for (const auto& [name, value] : settings.headers)
        request.append(name).append(": ").append(value).append("\r\n");
    request += "\r\n";
    request += body;
    return request;
}

}  // namespace sluice::gateway::load
