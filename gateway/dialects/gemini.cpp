#include "gateway/dialects/dialect.hpp"
#include "gateway/dialects/gemini_answers.hpp"
#include "gateway/dialects/gemini_request.hpp"
#include "gateway/dialects/opaque_state.hpp"

#include <utility>

namespace sluice::gateway {

namespace {

/// generateContent and streamGenerateContent.
class gemini : public dialect {
 public:
    explicit gemini(gemini_form form) : form_(form) {}

    std::string_view name() const override { return "gemini"; }

    boost::system::result<decoded_request, upstream::failure> decode(
        std::string body, const said_in_path& path
    ) const override {
        return decode_gemini(std::move(body), path);
    }

    void prepare_relay(std::string& body) const override {
        unpack_body(body, upstream::reasoning_state::origin::gemini);
    }

    std::unique_ptr<stream_encoder> encoder(
        const upstream::call&, const stream_names& names, bool transparent
    ) const override {
        return transparent ? make_gemini_relay(names, form_) : make_gemini_encoder(names, form_);
    }

    std::unique_ptr<document_builder> document(
        const upstream::call&, const stream_names& names, bool transparent
    ) const override {
        return transparent ? make_gemini_document_relay() : make_gemini_document(names);
    }

    std::string error_body(const upstream::failure& failure) const override {
        return gemini_error(failure, failure.code);
    }

    upstream::header_list stream_headers() const override {
        if (has_events()) return dialect::stream_headers();
        return {{"Content-Type", "application/json; charset=utf-8"}};
    }

    bool has_events() const override { return form_ == gemini_form::events; }

 private:
    gemini_form form_;
};

}  // namespace

const dialect& gemini_dialect() {
    static const gemini instance{gemini_form::events};
    return instance;
}

const dialect& gemini_array_dialect() {
    static const gemini instance{gemini_form::array};
    return instance;
}

}  // namespace sluice::gateway
