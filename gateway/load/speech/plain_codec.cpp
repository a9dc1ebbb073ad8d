#include "gateway/load/speech/plain_codec.hpp"

#include "upstream/providers/translation.hpp"

#include <utility>

namespace sluice::gateway::load {

namespace {

void fail(std::string message, upstream::batch& out) {
    upstream::failure reason;
    reason.outcome = upstream::outcome::upstream_eof;
    reason.message = std::move(message);
    out.ending = upstream::ending{reason.outcome, std::move(reason)};
}

}  // namespace

boost::system::result<upstream::http_request, upstream::failure> plain_codec::encode(
    const upstream::call& call, const upstream::provider_settings& server, std::string_view
) {
    upstream::http_request request;
    request.url = server.base_url;
    request.headers = {"Content-Type: application/json"};
    if (!server.api_key.empty())
        request.headers.push_back("Authorization: Bearer " + server.api_key);
    std::string prompt;
    for (const auto& message : call.request.messages)
        prompt += upstream::text_of(message);
    request.body = upstream::dump_body({{"prompt", std::move(prompt)}, {"stream", true}});
    return request;
}

void plain_codec::feed(std::string_view bytes, upstream::batch& out) {
    texts_.clear();
    frames_.feed(bytes);
    while (const auto frame = frames_.next()) {
        if (!frame->dispatched || out.ending) continue;
        if (frame->data == "[DONE]" || frame->type == "done" || frame->type == "end") {
            out.ending = upstream::ending{};
        } else {
            texts_.emplace_back(frame->data);
            out.items.emplace_back(upstream::text_delta{0, texts_.back()});
        }
    }
    if (frames_.failed() && !out.ending) fail("an event is longer than 1 MiB", out);
}

void plain_codec::end(upstream::batch& out) {
    if (out.ending) return;
    if (frames_.incomplete().empty())
        out.ending = upstream::ending{};
    else
        fail("the stream ended within an event", out);
}

upstream::failure plain_codec::refuse(
    int status, const upstream::header_list&, std::string_view body
) const {
    upstream::failure reason;
    reason.status = status;
    reason.message = body;
    return reason;
}

}  // namespace sluice::gateway::load
