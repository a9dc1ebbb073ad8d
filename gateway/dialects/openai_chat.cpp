#include "gateway/dialects/chat_outline.hpp"
#include "gateway/dialects/chat_request.hpp"
#include "gateway/dialects/dialect.hpp"
#include "gateway/dialects/openai_chat_answers.hpp"

namespace sluice::gateway {

namespace {

class openai_chat final : public dialect {
 public:
    std::string_view name() const override { return "openai_chat"; }

    boost::system::result<decoded_request, upstream::failure> decode(std::string body
    ) const override {
        auto parsed = parse_object(body);
        if (!parsed) return std::move(parsed).error();
        std::optional<upstream::failure> problem;
        decoded_request decoded;
        auto& call = decoded.call;
        decoded.unknown_part = decode_chat(*parsed, call.request, problem);
        fields top{*parsed, "", problem};
        if (!problem && call.request.model.empty()) top.fail_missing("model");
        if (!problem && call.request.messages.empty() && decoded.unknown_part.empty()) {
            top.fail_missing("messages");
        }
        call.stream = top.boolean("stream").value_or(false);
        call.want_usage = asks_for_usage(*parsed, problem);
        if (problem) return *problem;
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
        return make_chat_encoder(names, call.want_usage);
    }

    std::unique_ptr<document_builder> document(
        const upstream::call&, const stream_names& names, bool transparent
    ) const override {
        if (transparent) return make_chat_document_relay();
        return make_chat_document(names);
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
