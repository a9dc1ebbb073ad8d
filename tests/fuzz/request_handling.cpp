// The bytes of a connection as the session handles them, without the socket: requests are read one
// after the other, looked up, judged by Host, Origin and key, and what they say in path, query,
// headers and body is read. Each of them comes to a refusal or a call, and no answer's head can be
// forged by what a client sent.
//
// Input: one byte whose lower two bits choose the configuration and whose upper six give the length
// of the pieces (0: whole); the bytes of the connection. A `?` as the length of a body stands for
// all that comes behind that head, so that bodies can grow.

#include "gateway/admission/keys.hpp"
#include "gateway/config/load.hpp"
#include "gateway/dialects/ui_messages.hpp"
#include "gateway/http/access.hpp"
#include "gateway/http/body_input.hpp"
#include "gateway/http/endpoints.hpp"
#include "gateway/http/position.hpp"
#include "gateway/http/request_name.hpp"
#include "gateway/http/request_reader.hpp"
#include "gateway/http/time_wish.hpp"
#include "gateway/streams/stream_id.hpp"
#include "tests/fuzz/check.hpp"
#include "upstream/utf8.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <utility>

namespace {

using namespace sluice::gateway;
using sluice::upstream::failure;
using sluice::upstream::is_utf8;
using state = request_reader::state;

// The key's secret is "secret".
constexpr std::string_view real_provider = R"(
providers: {far: {kind: openai, api_key: k}}
models: [{name: "*", targets: [{provider: far, model: "*"}]}]
)";
constexpr std::string_view origins = R"(
server: {hosts: [gateway.example], cors: {origins: ["https://chat.example"]}}
)";
constexpr std::string_view keys = R"(
auth: keys
keys:
  - {id: a, sha256: "2bb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b"}
)";

configuration read_configuration(const std::string& yaml) {
    auto read = parse_configuration(yaml, "fuzz");
    if (read) return std::move(*read);
    for (const auto& message : read.error().messages)
        std::fprintf(stderr, "%s\n", message.c_str());
    std::abort();
}

const configuration& configuration_of(unsigned which) {
    static const std::array all{
        default_configuration(),
        read_configuration(std::string(real_provider) + "auth: none\n"),
        read_configuration(std::string(real_provider).append(keys)),
        read_configuration(std::string(real_provider).append(keys).append(origins)),
    };
    return all[which % all.size()];
}

/// An answer's head is one head, whatever stands in its values.
void check_head(int status, const sluice::upstream::header_list& headers) {
    std::string head;
    append_head(head, status, headers);
    FUZZ_CHECK(head.find("\r\n\r\n") == head.size() - 4);
    std::size_t lines = 0;
    for (std::size_t i = 0; i < head.size(); ++i) {
        if (head[i] == '\r') FUZZ_CHECK(head[i + 1] == '\n');
        if (head[i] != '\n') continue;
        FUZZ_CHECK(head[i - 1] == '\r');
        ++lines;
    }
    FUZZ_CHECK(lines <= headers.size() + 2);
}

void check_refusal(const http_request& request, const failure& reason) {
    FUZZ_CHECK(reason.status >= 400 && reason.status < 500);
    const auto body = dialect_of(request.path).error_body(reason);
    FUZZ_CHECK(nlohmann::json::accept(body));
    FUZZ_CHECK(is_utf8(body));
}

template <class Result>
bool accepted(const http_request& request, const Result& result) {
    if (result) return true;
    check_refusal(request, result.error());
    return false;
}

/// Everything that can turn a request away before it is looked into.
bool may_ask(const configuration& settings, const http_request& request) {
    for (const auto& reason : {judge_host(settings, request), judge_origin(settings, request)}) {
        if (reason) check_refusal(request, *reason);
        if (reason) return false;
    }
    const key_ring known(settings.keys);
    const auto secret = presented_key(request.header("authorization"), request.header("x-api-key"));
    const auto* key = secret ? known.find(*secret, std::chrono::system_clock::now()) : nullptr;
    FUZZ_CHECK(key == nullptr || *secret == "secret");
    // Who shows none is read all the same here: what comes behind it needs to hold for anybody.
    return true;
}

void check_answer_headers(const configuration& settings, const http_request& request) {
    auto headers = cors_headers(settings, request);
    const auto more = preflight_headers(request, find_endpoint("", request.path).allow);
    headers.insert(headers.end(), more.begin(), more.end());
    headers.emplace_back("X-Sluice-Model", header_text(request.path));
    headers.emplace_back("X-Request-Id", header_text(request.header("x-request-id").value_or("")));
    check_head(200, headers);
}

/// What requests of all kinds say besides their bodies.
void read_wishes(const http_request& request) {
    if (const auto position = asked_position(request); accepted(request, position) && *position)
        FUZZ_CHECK((*position)->id.empty() || worker_of((*position)->id));
    if (const auto time = asked_time(request); accepted(request, time) && *time) {
        sluice::upstream::timeouts limits;
        lower(limits, **time);
        FUZZ_CHECK(limits.total && limits.total->count() > 0);
    }
    if (const auto name = request_name(request); accepted(request, name) && *name)
        FUZZ_CHECK(!(*name)->empty() && (*name)->size() <= 255);
    (void)asks_to_detach(request);
    (void)wants_document(request);
    for (const auto& [name, value] : mock_settings_of(request))
        FUZZ_CHECK(name.find('_') == std::string::npos || request.header("x-mock-" + name));
}

void read_body(http_request& request, const route_match& match) {
    const auto* dialect = match.dialect;
    said_in_path path;
    if (match.endpoint == endpoint::gemini) {
        const auto colon = std::min(match.argument.rfind(':'), match.argument.size());
        path.model = std::string_view(match.argument).substr(0, colon);
        path.stream = match.argument.ends_with("streamGenerateContent");
    }
    (void)ui_chat_id(request.body);
    const auto asked = request.body;
    const auto decoded = decode_body(request, *dialect, path);
    if (!accepted(request, decoded)) return;
    FUZZ_CHECK(decoded->call.body == asked);
    (void)request_digest(decoded->call, *dialect, true);
    check_head(200, {{"X-Sluice-Model", header_text(decoded->call.request.model)}});
}

/// False: the connection would be closed.
bool handle(const configuration& settings, http_request& request) {
    check_answer_headers(settings, request);
    const auto lookup = find_endpoint(request.method, request.path);
    FUZZ_CHECK(lookup.allow.empty() == lookup.name.empty());
    if (!lookup.match) return request.keep_alive;
    const auto& match = *lookup.match;
    FUZZ_CHECK(match.dialect != nullptr);
    if (!may_ask(settings, request)) return request.keep_alive;
    read_wishes(request);
    if (match.endpoint == endpoint::native_get)
        (void)accepted(request, decode_query(request));
    else if (match.generates)
        read_body(request, match);
    else if (match.endpoint == endpoint::stream_attach)
        (void)worker_of(match.argument);
    return request.keep_alive;
}

/// Reads one request from the front of `input`, which grows by pieces of `wire` as it is used up.
state read(request_reader& reader, std::string& input, std::string_view& wire, std::size_t size) {
    for (;;) {
        const auto told = input.empty() ? state::need_more : reader.feed(input);
        if (told == state::done || told == state::refused) return told;
        if (told == state::head_done && !input.empty()) continue;
        if (wire.empty()) return state::need_more;
        const auto piece = wire.substr(0, size == 0 ? wire.size() : size);
        input += piece;
        wire.remove_prefix(piece.size());
    }
}

std::string with_length(std::string_view wire) {
    constexpr std::string_view unsaid = "Content-Length: ?";
    std::string filled(wire);
    const auto at = filled.find(unsaid);
    if (at == std::string::npos) return filled;
    const auto head_end = filled.find("\r\n\r\n", at);
    const auto body = head_end == std::string::npos ? 0 : filled.size() - head_end - 4;
    return filled.replace(at + unsaid.size() - 1, 1, std::to_string(body));
}

}  // namespace

// NOLINTNEXTLINE(readability-identifier-naming)
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    const auto& settings = configuration_of(data[0] & 3U);
    const std::size_t piece = data[0] >> 2U;
    const auto bytes = with_length({reinterpret_cast<const char*>(data) + 1, size - 1});
    std::string_view wire = bytes;
    std::string input;
    for (bool keep = true; keep;) {
        request_reader reader{{.header_bytes_max = 4096, .body_bytes_max = 4096}};
        const auto told = read(reader, input, wire, piece);
        if (told == state::refused) {
            const auto& refused = reader.refusal();
            FUZZ_CHECK(refused.status >= 400 && refused.status < 600 && !refused.message.empty());
        }
        keep = told == state::done && handle(settings, reader.request());
    }
    return 0;
}
