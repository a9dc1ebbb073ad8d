#include "gateway/load/speech/speech.hpp"

#include "gateway/load/speech/completions_codec.hpp"
#include "gateway/load/speech/native_codec.hpp"
#include "gateway/load/speech/plain_codec.hpp"
#include "gateway/load/speech/ui_codec.hpp"
#include "upstream/providers/make_codec.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <utility>

namespace sluice::gateway::load {

namespace {

using protocol = upstream::provider_settings::protocol;
using upstream::api;

std::unique_ptr<upstream::codec> make_provider_codec(const speech& speech) {
    upstream::provider_settings settings;
    settings.kind = speech.protocol;
    settings.apis = {speech.api};
    return make_codec(settings, api::native, std::chrono::system_clock::now());
}

template <class Codec>
std::unique_ptr<upstream::codec> make_own_codec(const speech&) {
    return std::make_unique<Codec>();
}

constexpr auto openai = protocol::openai;
constexpr auto chat = api::openai_chat;
constexpr auto responses = api::openai_responses;

constexpr std::array<speech, 9> all{{
    {"chat", "/v1/chat/completions", true, true, openai, chat, make_provider_codec},
    {"completions",
     "/v1/completions",
     true,
     false,
     openai,
     chat,
     make_own_codec<completions_codec>},
    {"responses", "/v1/responses", true, true, openai, responses, make_provider_codec},
    {"anthropic", "/v1/messages", true, true, protocol::anthropic, chat, make_provider_codec},
    {"gemini", "/v1beta/models/", true, true, protocol::gemini, chat, make_provider_codec},
    {"ollama", "/api/chat", false, true, protocol::ollama, chat, make_provider_codec},
    {"native", "/v1/streams", true, true, openai, chat, make_own_codec<native_codec>},
    {"ui", "/v1/ui/chat", true, true, openai, chat, make_own_codec<ui_codec>},
    {"events", "/", true, true, openai, chat, make_own_codec<plain_codec>},
}};

/// What stands between the server's address and what the codec appends.
std::string_view prefix_of(const speech& speech) {
    return speech.make == &make_provider_codec && speech.protocol == openai ? "/v1" : "";
}

/// A base URL as SDKs take it, and no endpoint.
bool is_base(std::string_view path) {
    constexpr std::array<std::string_view, 6> bases{
        "/", "/v1", "/v1/", "/v1beta", "/v1beta/", "/api"};
    return std::ranges::find(bases, path) != bases.end();
}

std::string path_of(const std::string& url) {
    const std::size_t authority = url.find("://") + 3;
    const std::size_t path = url.find('/', authority);
    return path == std::string::npos ? "/" : url.substr(path);
}

}  // namespace

std::span<const speech> speeches() {
    return all;
}

const speech* find_speech(std::string_view name) {
    const auto found = std::ranges::find(all, name, &speech::name);
    return found == all.end() ? nullptr : &*found;
}

const speech* speech_at(std::string_view path) {
    path = path.substr(0, path.find('?'));
    if (path.find(":streamGenerateContent") != std::string_view::npos) return find_speech("gemini");
    for (const auto& each : all) {
        if (each.name != "events" && each.name != "gemini" && path.ends_with(each.path))
            return &each;
    }
    return path.ends_with("/v1/stream") ? find_speech("native") : nullptr;
}

upstream::provider_settings server_of(
    const speech& speech, const target& to, const std::string& api_key
) {
    upstream::provider_settings server;
    server.name = to.authority;
    server.kind = speech.protocol;
    server.base_url = (to.tls ? "https://" : "http://") + to.authority;
    server.base_url += prefix_of(speech);
    server.api_key = api_key;
    server.version = "2023-06-01";
    server.apis = {speech.api};
    return server;
}

boost::system::result<exchange, std::string> begin_exchange(
    const speech& speech,
    const upstream::provider_settings& server,
    const target& to,
    const upstream::request& request
) {
    exchange made;
    made.codec = speech.make(speech);
    upstream::call call;
    call.request = request;
    call.want_usage = true;
    auto encoded = made.codec->encode(call, server, request.model);
    if (!encoded) return std::move(encoded).error().message;
    made.path = is_base(to.path) ? path_of(encoded->url) : to.path;
    made.headers = std::move(encoded->headers);
    made.body = std::move(encoded->body);
    return made;
}

}  // namespace sluice::gateway::load
