#include "gateway/dialects/openai_chat_answers.hpp"
#include "gateway/dialects/openai_responses_answers.hpp"
#include "gateway/dialects/openai_responses_request.hpp"

namespace sluice::gateway {

namespace {

class openai_responses final : public dialect {
 public:
    std::string_view name() const override { return "openai_responses"; }

    boost::system::result<decoded_request, upstream::failure>
    decode(std::string body, const said_in_path&) const override {
        auto parsed = parse_object(body);
        if (!parsed) return std::move(parsed).error();
        std::optional<upstream::failure> problem;
        decoded_request decoded;
        auto& call = decoded.call;
        responses_target into{call, decoded.dropped, problem};
        decode_response_request(*parsed, into);
        decode_response_input(*parsed, into);
        if (problem) return *problem;
        call.api = upstream::api::openai_responses;
        call.field_name = responses_field_name;
        call.body = into.holds_packed_state ? without_packed_state(body) : std::move(body);
        return decoded;
    }

    bool gathers_streams() const override { return true; }

    std::unique_ptr<stream_encoder> encoder(
        const upstream::call& call, const stream_names& names, bool transparent
    ) const override {
        return transparent ? make_responses_relay(call, names)
                           : make_responses_encoder(call, names);
    }

    std::unique_ptr<document_builder> document(
        const upstream::call& call, const stream_names& names, bool transparent
    ) const override {
        return transparent ? make_responses_document_relay() : make_responses_document(call, names);
    }

    std::string error_body(const upstream::failure& failure) const override {
        return chat_error(failure, failure.code);
    }
};

}  // namespace

const dialect& openai_responses_dialect() {
    static const openai_responses instance;
    return instance;
}

}  // namespace sluice::gateway
