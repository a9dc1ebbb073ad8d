#include "gateway/dialects/dialect.hpp"
#include "gateway/dialects/json_input.hpp"
#include "gateway/dialects/ollama_answers.hpp"
#include "gateway/dialects/ollama_request.hpp"

#include <utility>

namespace sluice::gateway {

namespace {

/// Both of Ollama's generating endpoints. Their streams are lines of JSON, not events.
class ollama final : public dialect {
 public:
    explicit ollama(ollama_form form) : form_(form) {}

    std::string_view name() const override { return chat() ? "ollama_chat" : "ollama_generate"; }

    boost::system::result<decoded_request, upstream::failure>
    decode(std::string body, const said_in_path&) const override {
        auto parsed = parse_object(body);
        if (!parsed) return std::move(parsed).error();
        std::optional<upstream::failure> problem;
        decoded_request decoded;
        auto& call = decoded.call;
        call.api = chat() ? upstream::api::ollama_chat : upstream::api::ollama_generate;
        call.field_name = chat() ? ollama_chat_name : ollama_generate_name;
        if (chat())
            decode_ollama_chat(*parsed, decoded, problem);
        else
            decode_ollama_generate(*parsed, decoded, problem);
        if (problem) return std::move(*problem);
        call.body = std::move(body);
        return decoded;
    }

    std::unique_ptr<stream_encoder> encoder(
        const upstream::call&, const stream_names& names, bool transparent
    ) const override {
        return transparent ? make_ollama_relay(names, form_) : make_ollama_encoder(names, form_);
    }

    std::unique_ptr<document_builder> document(
        const upstream::call&, const stream_names& names, bool transparent
    ) const override {
        return transparent ? make_ollama_document_relay() : make_ollama_document(names, form_);
    }

    std::string error_body(const upstream::failure& failure) const override {
        return ollama_error(failure);
    }

    upstream::header_list stream_headers() const override {
        return {{"Content-Type", "application/x-ndjson"}};
    }
    bool has_events() const override { return false; }

 private:
    bool chat() const { return form_ == ollama_form::chat; }

    ollama_form form_;
};

}  // namespace

const dialect& ollama_chat_dialect() {
    static const ollama instance{ollama_form::chat};
    return instance;
}

const dialect& ollama_generate_dialect() {
    static const ollama instance{ollama_form::generate};
    return instance;
}

}  // namespace sluice::gateway
