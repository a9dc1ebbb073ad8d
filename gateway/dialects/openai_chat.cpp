#include "gateway/dialects/chat_outline.hpp"
#include "gateway/dialects/chat_request.hpp"
#include "gateway/dialects/dialect.hpp"
#include "gateway/dialects/openai_chat_answers.hpp"
#include "upstream/json_members.hpp"

namespace sluice::gateway {

namespace {

/// Whether the body offers functions in the older form alone.
bool offers_functions(std::string_view body) {
    bool functions = false;
    upstream::json_walker member(body);
    while (member.next()) {
        if (member.key_is("tools")) return false;
        functions = functions || member.key_is("functions");
    }
    return functions;
}

chat_form form_of(const upstream::call& call) {
    return {.want_usage = call.want_usage, .functions = offers_functions(call.body)};
}

class openai_chat final : public dialect {
 public:
    std::string_view name() const override { return "openai_chat"; }

    boost::system::result<decoded_request, upstream::failure>
    decode(std::string body, const said_in_path&) const override {
        auto parsed = parse_object(body);
        if (!parsed) return std::move(parsed).error();
        std::optional<upstream::failure> problem;
        decoded_request decoded;
        auto& call = decoded.call;
        decode_chat(*parsed, call, problem);
        fields top{*parsed, "", problem};
        if (!problem && call.request.model.empty()) top.fail_missing("model");
        if (!problem && call.request.messages.empty()) top.fail_missing("messages");
        call.stream = top.boolean("stream").value_or(false);
        call.want_usage = asks_for_usage(*parsed, problem);
        if (problem) return *problem;
        for (const auto& [key, value] : parsed->items()) {
            if (!chat_carries(key)) decoded.dropped.push_back(key);
        }
        call.api = upstream::api::openai_chat;
        call.body = std::move(body);
        return decoded;
    }

    std::optional<decoded_request> outline(std::string& body) const override {
        const auto seen = outline_chat(body);
        if (!seen) return {};
        decoded_request outlined;
        outlined.outlined = true;
        auto& call = outlined.call;
        call.request.model = seen->model;
        call.stream = seen->stream;
        call.want_usage = seen->include_usage;
        call.api = upstream::api::openai_chat;
        call.body = std::move(body);
        return outlined;
    }

    std::unique_ptr<stream_encoder> encoder(
        const upstream::call& call, const stream_names& names, bool transparent
    ) const override {
        if (transparent) return make_chat_relay(names);
        return make_chat_encoder(names, form_of(call));
    }

    std::unique_ptr<document_builder> document(
        const upstream::call& call, const stream_names& names, bool transparent
    ) const override {
        if (transparent) return make_chat_document_relay();
        return make_chat_document(names, form_of(call));
    }

    std::string error_body(const upstream::failure& failure) const override {
        return chat_error(failure, failure.code);
    }
};

}  // namespace

const dialect& openai_chat_dialect() {
    static const openai_chat instance;
    return instance;
}

}  // namespace sluice::gateway
