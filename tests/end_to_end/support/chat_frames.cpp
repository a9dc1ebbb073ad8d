#include "tests/end_to_end/support/fake_upstream.hpp"

#include <numeric>

namespace sluice::end_to_end {
namespace {

nlohmann::json chunk_of(const nlohmann::json& choices) {
    return {
        {"id", "chatcmpl-fake"},
        {"object", "chat.completion.chunk"},
        {"created", 1'700'000'000},
        {"model", "real-model"},
        {"choices", choices}};
}

nlohmann::json usage_of(int prompt_tokens, int completion_tokens) {
    return {
        {"prompt_tokens", prompt_tokens},
        {"completion_tokens", completion_tokens},
        {"total_tokens", prompt_tokens + completion_tokens}};
}

bool wants_usage(const nlohmann::json& body) {
    return body.contains("stream_options") && body["stream_options"].value("include_usage", false);
}

}  // namespace

std::string data_frame(const nlohmann::json& value) {
    return "data: " + value.dump() + "\n\n";
}

std::string chat_frame(const nlohmann::json& delta, const nlohmann::json& finish_reason) {
    const nlohmann::json choice{{"index", 0}, {"delta", delta}, {"finish_reason", finish_reason}};
    return data_frame(chunk_of(nlohmann::json::array({choice})));
}

std::string role_frame() {
    return chat_frame({{"role", "assistant"}, {"content", ""}});
}

std::string text_frame(std::string_view text) {
    return chat_frame({{"content", text}});
}

std::string finish_frame(std::string_view reason) {
    return chat_frame(nlohmann::json::object(), reason);
}

std::string usage_frame(int prompt_tokens, int completion_tokens) {
    auto chunk = chunk_of(nlohmann::json::array());
    chunk["usage"] = usage_of(prompt_tokens, completion_tokens);
    return data_frame(chunk);
}

nlohmann::json chat_document(const std::string& text, int prompt_tokens, int completion_tokens) {
    const nlohmann::json message{{"role", "assistant"}, {"content", text}};
    const nlohmann::json choice{{"index", 0}, {"message", message}, {"finish_reason", "stop"}};
    return {
        {"id", "chatcmpl-fake"},
        {"object", "chat.completion"},
        {"created", 1'700'000'000},
        {"model", "real-model"},
        {"choices", nlohmann::json::array({choice})},
        {"usage", usage_of(prompt_tokens, completion_tokens)}};
}

upstream_script say(std::vector<std::string> texts) {
    return [texts = std::move(texts)](upstream_exchange& exchange) {
        const auto body = exchange.read_request().json();
        const int count = static_cast<int>(texts.size());
        if (!body.value("stream", false)) {
            const auto whole = std::accumulate(texts.begin(), texts.end(), std::string());
            exchange.answer(200, chat_document(whole, 3, count).dump());
            return;
        }
        exchange.begin_stream();
        exchange.chunk(role_frame());
        for (const auto& text : texts)
            exchange.chunk(text_frame(text));
        exchange.chunk(finish_frame());
        if (wants_usage(body)) exchange.chunk(usage_frame(3, count));
        exchange.chunk(done_frame);
        exchange.finish();
    };
}

upstream_script say_step_by_step(std::vector<std::string> texts, gate& step) {
    return [texts = std::move(texts), &step](upstream_exchange& exchange) {
        exchange.read_request();
        exchange.begin_stream();
        exchange.chunk(role_frame());
        for (const auto& text : texts) {
            if (&text != &texts.front()) exchange.wait(step);
            exchange.chunk(text_frame(text));
        }
        exchange.wait(step);
        exchange.chunk(finish_frame());
        exchange.chunk(done_frame);
        exchange.finish();
    };
}

}  // namespace sluice::end_to_end
