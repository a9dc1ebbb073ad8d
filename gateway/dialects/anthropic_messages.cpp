#include "gateway/dialects/anthropic_answers.hpp"
#include "gateway/dialects/anthropic_request.hpp"
#include "gateway/dialects/chat_outline.hpp"
#include "gateway/dialects/dialect.hpp"
#include "gateway/dialects/opaque_state.hpp"

#include <optional>
#include <utility>

namespace sluice::gateway {

namespace {

constexpr int overloaded_status = 529;  // of this API alone

/// The Messages API, and its count of tokens, which is asked with the same body.
class anthropic_messages final : public dialect {
 public:
    explicit anthropic_messages(bool counts) : counts_(counts) {}

    std::string_view name() const override {
        return counts_ ? "anthropic_count_tokens" : "anthropic_messages";
    }

    boost::system::result<decoded_request, upstream::failure>
    decode(std::string body, const said_in_path&) const override {
        auto parsed = parse_object(body);
        if (!parsed) return std::move(parsed).error();
        std::optional<upstream::failure> problem;
        decoded_request decoded;
        decode_anthropic(*parsed, counts_, decoded, problem);
        if (problem) return *problem;
        auto& call = decoded.call;
        call.api = api();
        call.field_name = anthropic_field_name;
        call.body = std::move(body);
        return decoded;
    }
    using dialect::decode;

    /// In what the transparent way has to know, the body is like that of a chat completion.
    std::optional<decoded_request> outline(std::string& body) const override {
        const auto seen = outline_chat(body);
        if (!seen) return {};
        decoded_request outlined;
        outlined.outlined = true;
        auto& call = outlined.call;
        call.request.model = seen->model;
        call.stream = seen->stream && !counts_;
        call.want_usage = true;
        call.field_name = anthropic_field_name;
        call.api = api();
        call.body = std::move(body);
        return outlined;
    }

    void prepare_relay(std::string& body) const override {
        unpack_body(body, upstream::reasoning_state::origin::anthropic);
    }

    std::unique_ptr<stream_encoder> encoder(
        const upstream::call&, const stream_names& names, bool transparent
    ) const override {
        return transparent ? make_anthropic_relay(names) : make_anthropic_encoder(names);
    }

    std::unique_ptr<document_builder> document(
        const upstream::call&, const stream_names& names, bool transparent
    ) const override {
        if (transparent) return make_anthropic_document_relay();
        return counts_ ? make_anthropic_count() : make_anthropic_document(names);
    }

    std::string error_body(const upstream::failure& failure) const override {
        return anthropic_error(failure);
    }

    int error_status(const upstream::failure& failure) const override {
        return failure.type == "overloaded_error" ? overloaded_status : failure.status;
    }

    std::string_view request_id_header() const override { return "request-id"; }

 private:
    upstream::api api() const {
        return counts_ ? upstream::api::anthropic_count_tokens : upstream::api::anthropic_messages;
    }

    bool counts_;
};

}  // namespace

const dialect& anthropic_messages_dialect() {
    static const anthropic_messages instance(false);
    return instance;
}

const dialect& anthropic_count_tokens_dialect() {
    static const anthropic_messages instance(true);
    return instance;
}

}  // namespace sluice::gateway
