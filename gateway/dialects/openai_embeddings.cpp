#include "gateway/dialects/dialect.hpp"
#include "gateway/dialects/gathered_answer.hpp"
#include "gateway/dialects/json_input.hpp"
#include "gateway/dialects/json_text.hpp"
#include "gateway/dialects/openai_chat_answers.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <limits>
#include <string>
#include <utility>

namespace sluice::gateway {

namespace {

using nlohmann::json;

constexpr std::size_t inputs_max = 2048;  // the API's own bound
constexpr std::array carried{"model", "input", "encoding_format", "dimensions", "user"};

void add_base64(std::string& out, std::string_view bytes) {
    constexpr std::string_view digits =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (; !bytes.empty(); bytes.remove_prefix(std::min<std::size_t>(3, bytes.size()))) {
        std::uint32_t bits = 0;
        for (std::size_t i = 0; i < 3; ++i)
            bits = bits << 8U | (i < bytes.size() ? static_cast<unsigned char>(bytes[i]) : 0U);
        for (std::size_t i = 0; i < 4; ++i)
            out += i <= bytes.size() ? digits[bits >> (18 - 6 * i) & 0x3FU] : '=';
    }
}

/// Little-endian floats of 32 bits.
std::string floats_of(const json& numbers) {
    std::string bytes;
    for (const auto& number : numbers) {
        const auto value = number.is_number() ? number.get<double>() : 0;
        const auto bits = std::bit_cast<std::uint32_t>(static_cast<float>(value));
        for (unsigned shift = 0; shift < 32; shift += 8)
            bytes += static_cast<char>(bits >> shift & 0xFFU);
    }
    return bytes;
}

/// A vector as the client wants it. `numbers`: a JSON array.
void append_vector(std::string& out, std::string_view numbers, bool base64) {
    const auto parsed = json::parse(numbers, nullptr, false);
    const bool usable = parsed.is_array();
    if (!base64) {
        out += usable ? numbers : "[]";
        return;
    }
    out += '"';
    if (usable) add_base64(out, floats_of(parsed));
    out += '"';
}

class embeddings_document final : public document_builder {
 public:
    embeddings_document(const stream_names& names, bool base64) : names_(names), base64_(base64) {}

    void add(const upstream::item& item) override { gatherer_.add(item); }

    std::string finish(const closing& closing) override {
        const auto answer = gatherer_.take();
        std::string body = R"({"object":"list","data":[)";
        for (std::size_t i = 0; i < answer.embeddings.size(); ++i) {
            body += i == 0 ? "" : ",";
            body.append(R"({"object":"embedding","index":)").append(std::to_string(i));
            body += ",\"embedding\":";
            append_vector(body, answer.embeddings[i], base64_);
            body += '}';
        }
        body += "],\"model\":";
        append_json_string(body, answer.model.empty() ? names_.route : answer.model);
        const auto input = closing.usage.input_tokens.value_or(0);
        const auto total = closing.usage.total_tokens.value_or(input);
        body.append(",\"usage\":{\"prompt_tokens\":").append(std::to_string(input));
        return body.append(",\"total_tokens\":").append(std::to_string(total)).append("}}");
    }

 private:
    stream_names names_;
    bool base64_;
    answer_gatherer gatherer_;
};

/// Texts. Tokens are for providers of this API.
void decode_input(fields& body, upstream::call& call) {
    auto& inputs = call.embedding->inputs;
    const auto* input = body.any("input");
    if (body.failed()) return;
    if (input == nullptr) return body.fail_missing("input");
    if (input->is_string()) {
        inputs.push_back(input->get<std::string>());
        if (inputs.front().empty()) body.fail("input", "must not be empty");
        return;
    }
    if (!input->is_array() || input->empty()) {
        return body.fail("input", "must be a string, or an array of strings or tokens");
    }
    const auto all = [&](auto fits) { return std::ranges::all_of(*input, fits); };
    if (all([](const json& each) { return each.is_number_integer() || each.is_array(); })) {
        call.untranslatable.emplace_back("input");
        return;
    }
    if (!all([](const json& each) { return each.is_string(); })) {
        return body.fail("input", "must be a string, or an array of strings or tokens");
    }
    if (input->size() > inputs_max) return body.fail("input", "holds more than 2048 texts");
    for (const auto& each : *input)
        inputs.push_back(each.get<std::string>());
}

class openai_embeddings final : public dialect {
 public:
    std::string_view name() const override { return "openai_embeddings"; }

    boost::system::result<decoded_request, upstream::failure>
    decode(std::string body, const said_in_path&) const override {
        auto parsed = parse_object(body);
        if (!parsed) return std::move(parsed).error();
        std::optional<upstream::failure> problem;
        decoded_request decoded;
        auto& call = decoded.call;
        call.embedding.emplace();
        fields top{*parsed, "", problem};
        call.request.model = top.text("model").value_or("");
        if (!problem && call.request.model.empty()) top.fail_missing("model");
        decode_input(top, call);
        decode_form(top, *call.embedding);
        call.request.user = top.text("user").value_or("");
        if (problem) return *problem;
        for (const auto& [key, value] : parsed->items()) {
            if (std::ranges::find(carried, key) == carried.end()) decoded.dropped.push_back(key);
        }
        call.stream = false;
        call.api = upstream::api::openai_embeddings;
        call.body = std::move(body);
        return decoded;
    }

    /// Never asked for: there is one document and no stream.
    std::unique_ptr<stream_encoder> encoder(const upstream::call&, const stream_names& names, bool)
        const override {
        return make_chat_relay(names);
    }

    std::unique_ptr<document_builder> document(
        const upstream::call& call, const stream_names& names, bool transparent
    ) const override {
        if (transparent) return make_chat_document_relay();
        return std::make_unique<embeddings_document>(
            names, call.embedding && call.embedding->base64
        );
    }

    std::string error_body(const upstream::failure& failure) const override {
        return chat_error(failure, failure.code);
    }

 private:
    static void decode_form(fields& body, upstream::embedding_request& asked) {
        const auto format = body.text("encoding_format").value_or("float");
        asked.base64 = format == "base64";
        if (!asked.base64 && format != "float")
            body.fail("encoding_format", "must be float or base64");
        constexpr auto any_count = std::numeric_limits<std::int64_t>::max();
        asked.dimensions = body.integer("dimensions", 1, any_count);
    }
};

}  // namespace

const dialect& openai_embeddings_dialect() {
    static const openai_embeddings instance;
    return instance;
}

}  // namespace sluice::gateway
