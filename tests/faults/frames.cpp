#include "tests/faults/frames.hpp"

#include "tests/faults/known_answer.hpp"

namespace sluice::faults {
namespace {

using nlohmann::json;

constexpr int prompt_tokens = 12;

std::size_t said(const answer_wishes& wishes) {
    return known_tokens().size() - wishes.first_token;
}

json chunk(const json& delta, const json& finish_reason) {
    return {
        {"id", "chatcmpl-known"},
        {"object", "chat.completion.chunk"},
        {"created", 1'700'000'000},
        {"model", "known-model"},
        {"choices", {{{"index", 0}, {"delta", delta}, {"finish_reason", finish_reason}}}}};
}

json chat_usage(const answer_wishes& wishes) {
    const auto output = said(wishes);
    return {
        {"prompt_tokens", prompt_tokens},
        {"completion_tokens", output},
        {"total_tokens", prompt_tokens + output}};
}

frame plain(const json& value) {
    return {"", value.dump()};
}

/// Anthropic's frames bear the name of their type.
frame named(const json& value) {
    return {value.at("type").get<std::string>(), value.dump()};
}

streamed_answer openai_stream(const answer_wishes& wishes) {
    streamed_answer answer;
    answer.opening.push_back(plain(chunk({{"role", "assistant"}, {"content", ""}}, nullptr)));
    answer.closing.push_back(plain(chunk(json::object(), "stop")));
    if (wishes.usage) {
        auto last = chunk(json::object(), nullptr);
        last["choices"] = json::array();
        last["usage"] = chat_usage(wishes);
        answer.closing.push_back(plain(last));
    }
    answer.terminal = {"", "[DONE]"};
    return answer;
}

json anthropic_message(const json& content, const json& stop_reason, std::size_t output) {
    return {
        {"id", "msg_known"},
        {"type", "message"},
        {"role", "assistant"},
        {"model", "known-model"},
        {"content", content},
        {"stop_reason", stop_reason},
        {"stop_sequence", nullptr},
        {"usage", {{"input_tokens", prompt_tokens}, {"output_tokens", output}}}};
}

streamed_answer anthropic_stream(const answer_wishes& wishes) {
    streamed_answer answer;
    const auto message = anthropic_message(json::array(), nullptr, 1);
    answer.opening.push_back(named({{"type", "message_start"}, {"message", message}}));
    answer.opening.push_back(named(
        {{"type", "content_block_start"},
         {"index", 0},
         {"content_block", {{"type", "text"}, {"text", ""}}}}
    ));
    answer.opening.push_back(ping_frame(protocol::anthropic));
    answer.closing.push_back(named({{"type", "content_block_stop"}, {"index", 0}}));
    json end{
        {"type", "message_delta"},
        {"delta", {{"stop_reason", "end_turn"}, {"stop_sequence", nullptr}}}};
    if (wishes.usage) end["usage"] = {{"output_tokens", said(wishes)}};
    answer.closing.push_back(named(end));
    answer.terminal = named({{"type", "message_stop"}});
    return answer;
}

/// JSON in ASCII alone: nlohmann writes surrogate pairs as the standard has them.
std::string as_ascii(const std::string& data) {
    const auto value = json::parse(data, nullptr, false);
    return value.is_discarded() ? data : value.dump(-1, ' ', true);
}

}  // namespace

frame content_frame(protocol kind, std::string_view text) {
    if (kind == protocol::openai) return plain(chunk({{"content", text}}, nullptr));
    return named(
        {{"type", "content_block_delta"},
         {"index", 0},
         {"delta", {{"type", "text_delta"}, {"text", text}}}}
    );
}

frame ping_frame(protocol kind) {
    if (kind == protocol::openai) return plain(chunk({{"content", ""}}, nullptr));
    return named({{"type", "ping"}});
}

streamed_answer make_stream(protocol kind, const answer_wishes& wishes) {
    auto answer = kind == protocol::openai ? openai_stream(wishes) : anthropic_stream(wishes);
    for (std::size_t i = wishes.first_token; i < known_tokens().size(); ++i)
        answer.content.push_back(content_frame(kind, known_tokens()[i]));
    return answer;
}

json make_document(protocol kind, const answer_wishes& wishes) {
    std::string text;
    for (std::size_t i = wishes.first_token; i < known_tokens().size(); ++i)
        text += known_tokens()[i];
    if (kind == protocol::anthropic) {
        return anthropic_message(
            {{{"type", "text"}, {"text", text}}}, "end_turn", known_tokens().size()
        );
    }
    json document = chunk(json::object(), "stop");
    document["object"] = "chat.completion";
    document["choices"][0].erase("delta");
    document["choices"][0]["message"] = {{"role", "assistant"}, {"content", text}};
    if (wishes.usage) document["usage"] = chat_usage(wishes);
    return document;
}

json make_error(
    protocol kind, const std::string& type, const std::string& message, const std::string& code
) {
    if (kind == protocol::anthropic) {
        return {{"type", "error"}, {"error", {{"type", type}, {"message", message}}}};
    }
    const json named_code = code.empty() ? json() : json(code);
    return {
        {"error",
         {{"message", message}, {"type", type}, {"param", nullptr}, {"code", named_code}}}};
}

frame error_frame(protocol kind, const std::string& type, const std::string& message) {
    const auto value = make_error(kind, type, message);
    return kind == protocol::anthropic ? named(value) : plain(value);
}

std::string bytes_of(const frame& frame, const frame_style& style) {
    std::string out = style.extra;
    if (!frame.event.empty()) out += "event" + style.colon + frame.event + style.line_end;
    const auto data = style.ascii ? as_ascii(frame.data) : frame.data;
    const bool split = style.two_data_lines && data.starts_with('{');
    if (split) out += "data" + style.colon + "{" + style.line_end;
    out += "data" + style.colon + (split ? data.substr(1) : data) + style.line_end;
    return out + style.line_end;
}

std::string bytes_of(const std::vector<frame>& frames, const frame_style& style) {
    std::string out;
    for (const auto& frame : frames)
        out += bytes_of(frame, style);
    return out;
}

}  // namespace sluice::faults
