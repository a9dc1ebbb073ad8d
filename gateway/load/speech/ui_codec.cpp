#include "gateway/load/speech/ui_codec.hpp"

#include "gateway/load/speech/client_request.hpp"
#include "gateway/load/speech/ui_request.hpp"
#include "upstream/providers/translation.hpp"

#include <utility>

namespace sluice::gateway::load {

namespace {

using nlohmann::json;

/// The call less its messages, which have a form of their own.
upstream::call without_messages(const upstream::call& call) {
    auto rest = call;
    rest.request.messages.clear();
    return rest;
}

}  // namespace

boost::system::result<upstream::http_request, upstream::failure> ui_codec::encode(
    const upstream::call& call, const upstream::provider_settings& server, std::string_view model
) {
    errors_ = errors_of(server);
    stream_.emplace(errors_);
    auto history = ui_history(call, server, model);
    if (!history) return std::move(history).error();
    const auto rest = chat_body(without_messages(call), server, model);
    if (!rest) return rest.error();
    auto body = json::parse(*rest);
    body.erase("stream");
    body["messages"] = std::move(*history);
    body["trigger"] = "submit-message";
    if (!chat_.empty()) body["id"] = chat_;
    auto request = post_to("/v1/ui/chat", call, server);
    request.body = upstream::dump_body(body);
    return request;
}

}  // namespace sluice::gateway::load
