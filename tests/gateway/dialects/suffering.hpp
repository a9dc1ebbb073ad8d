#pragma once

#include "tests/gateway/dialects/encoding.hpp"

#include <functional>
#include <string>
#include <string_view>
#include <vector>

/// Streams whose frames suffer what a wire_fault asks for, in every dialect, and read back.
namespace sluice::gateway::testing {

using fault_kind = upstream::wire_fault::kind;

/// A dialect, and where its clients find the text of one event.
struct streamed_form {
    std::string name;
    const dialect* of;
    std::function<std::string(const nlohmann::json&)> text;

    bool is_array() const { return of == &gemini_array_dialect(); }
};

/// The string at that JSON pointer; empty where there is none.
inline std::string string_at(const nlohmann::json& value, const char* pointer) {
    const nlohmann::json::json_pointer at(pointer);
    if (!value.contains(at) || !value.at(at).is_string()) return {};
    return value.at(at).get<std::string>();
}

inline const std::vector<streamed_form>& streamed_forms() {
    const auto at = [](const char* pointer) {
        return [pointer](const nlohmann::json& event) { return string_at(event, pointer); };
    };
    const auto of_type = [](const char* type, const char* pointer) {
        return [type, pointer](const nlohmann::json& event) {
            return event.value("type", "") == type ? string_at(event, pointer) : std::string();
        };
    };
    static const std::vector<streamed_form> all{
        {"native", &native_dialect(), at("/text")},
        {"chat", &openai_chat_dialect(), at("/choices/0/delta/content")},
        {"completions", &openai_completions_dialect(), at("/choices/0/text")},
        {"responses", &openai_responses_dialect(), of_type("response.output_text.delta", "/delta")},
        {"anthropic", &anthropic_messages_dialect(), of_type("content_block_delta", "/delta/text")},
        {"gemini", &gemini_dialect(), at("/candidates/0/content/parts/0/text")},
        {"gemini array", &gemini_array_dialect(), at("/candidates/0/content/parts/0/text")},
        {"ollama chat", &ollama_chat_dialect(), at("/message/content")},
        {"ollama generate", &ollama_generate_dialect(), at("/response")},
        {"ui messages", &ui_messages_dialect(), of_type("text-delta", "/delta")},
    };
    return all;
}

/// One stream as its owner drives it.
class suffering {
 public:
    explicit suffering(
        const dialect& dialect, const upstream::wire_fault& fault = {}, bool numbered = false
    )
        : out_(journal_, numbered ? some_names.id : std::string()) {
        upstream::call call;
        encoder_ = dialect.encoder(call, some_names, false);
        out_.suffer(fault);
        encoder_->open(out_);
        out_.flush();
    }

    suffering& item(const upstream::item& item) {
        encoder_->encode(item, out_);
        out_.flush(&item);
        return *this;
    }
    suffering& texts(const std::vector<std::string>& all) {
        for (const auto& text : all)
            item(upstream::text_delta{0, text});
        return *this;
    }
    suffering& close() {
        item(upstream::finish{0, upstream::finish_reason::stop});
        out_.begin_end();
        encoder_->close(closed(upstream::outcome::completed), out_);
        out_.flush();
        return *this;
    }

    std::vector<std::string> frames() const {
        std::vector<std::string> all(journal_.next_sequence());
        for (std::size_t i = 0; i < all.size(); ++i)
            journal_.read(i, all[i]);
        return all;
    }
    std::string wire() const {
        std::string all;
        for (const auto& frame : frames())
            all += frame;
        return all;
    }
    const frame_writer& out() const { return out_; }

 private:
    sse::journal::pool pool_;
    sse::journal journal_{pool_};
    frame_writer out_;
    std::unique_ptr<stream_encoder> encoder_;
};

/// The JSON texts of a stream, one for each event.
inline std::vector<std::string> payloads_of(const streamed_form& form, const std::string& wire) {
    std::vector<std::string> all;
    if (form.is_array()) {
        for (const auto& element : nlohmann::json::parse(wire))
            all.push_back(element.dump());
    } else if (form.of->has_events()) {
        for (const auto& event : events_of(wire))
            if (event.data != "[DONE]") all.push_back(event.data);
    } else {
        for (std::size_t at = 0; at < wire.size();) {
            const auto end = wire.find('\n', at);
            all.push_back(wire.substr(at, end - at));
            at = end + 1;
        }
    }
    return all;
}

/// The texts of the events that have one. A client fails at what is no JSON.
inline std::vector<std::string> texts_of(const streamed_form& form, const std::string& wire) {
    std::vector<std::string> all;
    for (const auto& payload : payloads_of(form, wire)) {
        auto text = form.text(nlohmann::json::parse(payload));
        if (!text.empty()) all.push_back(std::move(text));
    }
    return all;
}

}  // namespace sluice::gateway::testing
