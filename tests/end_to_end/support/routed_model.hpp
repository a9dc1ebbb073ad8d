#pragma once

#include "tests/end_to_end/support/event_stream.hpp"
#include "tests/end_to_end/support/fake_upstream.hpp"
#include "tests/end_to_end/support/gateway_process.hpp"

#include <array>
#include <cstddef>
#include <numeric>
#include <string>
#include <utility>
#include <vector>

/// One model with several targets, and providers that fail.
namespace sluice::end_to_end {

/// What the tests of cancellation allow; a sanitizer's build on a busy machine is slower.
inline constexpr milliseconds cancel_max{sanitized ? 1000 : 100};

/// A configuration with model `up`, whose targets are `first/model-1`, `second/model-2`, ... in the
/// order in which they are added. One worker on a free port; the log is JSON.
class routed_model {
 public:
    /// `target` and `provider`: more settings of them, such as `weight: 0` and `breaker: off`.
    routed_model& openai(
        const fake_upstream& server,
        const std::string& target = {},
        const std::string& provider = {}
    ) {
        return add("openai, base_url: \"" + server.base_url() + "\"", target, provider);
    }
    routed_model& anthropic(
        const fake_upstream& server,
        const std::string& target = {},
        const std::string& provider = {}
    ) {
        const auto address = "http://127.0.0.1:" + std::to_string(server.port());
        return add("anthropic, api_key: secret, base_url: \"" + address + "\"", target, provider);
    }
    routed_model& gemini(const fake_upstream& server) {
        const auto address = "http://127.0.0.1:" + std::to_string(server.port());
        return add("gemini, api_key: secret, base_url: \"" + address + "\"", {}, {});
    }
    routed_model& mock(const std::string& target = {}, const std::string& provider = {}) {
        return add("mock, ttft: 0ms, rate: 0", target, provider);
    }

    /// In place of `up`.
    routed_model& name(std::string pattern) {
        name_ = std::move(pattern);
        return *this;
    }
    /// In place of `model-1`, `model-2`, ...
    routed_model& upstream_name(std::string pattern) {
        upstream_name_ = std::move(pattern);
        return *this;
    }
    routed_model& policy(const std::string& line) {
        policy_ += (policy_.empty() ? "" : ", ") + line;
        return *this;
    }
    routed_model& server(const std::string& line) {
        server_ += ", " + line;
        return *this;
    }
    routed_model& top(const std::string& lines) {
        top_ += lines + "\n";
        return *this;
    }

    std::string yaml() const {
        return top_ + "server: {listen: [\"127.0.0.1:0\"], workers: 1" + server_ +
               "}\nlog: {format: json}\nproviders:\n" + providers_ + "models:\n  - name: \"" +
               name_ + "\"\n    targets:\n" + targets_ + "    policy: {" + policy_ + "}\n";
    }

 private:
    routed_model& add(
        const std::string& kind, const std::string& target, const std::string& provider
    ) {
        static constexpr std::array names{"first", "second", "third"};
        const std::string name = names.at(count_++);
        const auto model =
            upstream_name_.empty() ? "model-" + std::to_string(count_) : upstream_name_;
        providers_ += "  " + name + ": {kind: " + kind + more(provider) + "}\n";
        targets_ +=
            "      - {provider: " + name + ", model: \"" + model + "\"" + more(target) + "}\n";
        return *this;
    }
    static std::string more(const std::string& settings) {
        return settings.empty() ? "" : ", " + settings;
    }

    std::string name_ = "up";
    std::string upstream_name_;
    std::size_t count_ = 0;
    std::string top_;
    std::string server_;
    std::string providers_;
    std::string targets_;
    std::string policy_;
};

// ---- requests for model `up` ----

inline nlohmann::json one_turn(const std::string& text = "Hi") {
    return nlohmann::json::array({{{"role", "user"}, {"content", text}}});
}
inline request ask_chat(bool stream = true) {
    return post(
        "/v1/chat/completions", {{"model", "up"}, {"stream", stream}, {"messages", one_turn()}}
    );
}
inline request ask_native(bool stream = true) {
    return post("/v1/streams", {{"model", "up"}, {"prompt", "Hi"}, {"stream", stream}});
}
inline request ask_anthropic(bool stream = true) {
    return post(
        "/v1/messages",
        {{"model", "up"}, {"max_tokens", 100}, {"stream", stream}, {"messages", one_turn()}}
    );
}

// ---- what providers do ----

inline upstream_script refuse(int status, header_fields headers = {}) {
    return [status, headers = std::move(headers)](upstream_exchange& exchange) {
        exchange.read_request();
        const nlohmann::json error{{"message", "upstream says no"}, {"type", "t"}, {"code", "c"}};
        exchange.answer(status, nlohmann::json({{"error", error}}).dump(), headers);
    };
}

/// Begins an answer that says nothing, and waits until the gateway has gone.
inline void stall(upstream_exchange& exchange) {
    exchange.read_request();
    exchange.begin_stream();
    exchange.chunk(role_frame());
    exchange.wait_closed(2 * patience);
}

/// Says these texts, and breaks off.
inline upstream_script break_off_after(std::vector<std::string> texts) {
    return [texts = std::move(texts)](upstream_exchange& exchange) {
        exchange.read_request();
        exchange.begin_stream();
        exchange.chunk(role_frame());
        for (const auto& text : texts)
            exchange.chunk(text_frame(text));
    };
}

inline std::string anthropic_event(const std::string& type, nlohmann::json members) {
    members["type"] = type;
    return "event: " + type + "\ndata: " + members.dump() + "\n\n";
}

/// A whole answer in Anthropic's events.
inline std::string anthropic_frames(const std::vector<std::string>& texts) {
    const nlohmann::json message{
        {"id", "msg_fake"},
        {"type", "message"},
        {"role", "assistant"},
        {"model", "claude-fake"},
        {"content", nlohmann::json::array()},
        {"stop_reason", nullptr},
        {"stop_sequence", nullptr},
        {"usage", {{"input_tokens", 3}, {"output_tokens", 1}}}};
    const nlohmann::json block{{"type", "text"}, {"text", ""}};
    auto out = anthropic_event("message_start", {{"message", message}}) +
               anthropic_event("content_block_start", {{"index", 0}, {"content_block", block}});
    for (const auto& text : texts) {
        const nlohmann::json delta{{"type", "text_delta"}, {"text", text}};
        out += anthropic_event("content_block_delta", {{"index", 0}, {"delta", delta}});
    }
    return out + anthropic_event("content_block_stop", {{"index", 0}}) +
           anthropic_event(
               "message_delta",
               {{"delta", {{"stop_reason", "end_turn"}, {"stop_sequence", nullptr}}},
                {"usage", {{"output_tokens", texts.size()}}}}
           ) +
           anthropic_event("message_stop", nlohmann::json::object());
}

inline upstream_script say_as_anthropic(std::vector<std::string> texts) {
    return [texts = std::move(texts)](upstream_exchange& exchange) {
        exchange.read_request();
        exchange.begin_stream();
        exchange.chunk(anthropic_frames(texts));
        exchange.finish();
    };
}

// ---- what clients and operators see ----

inline std::string anthropic_text(const event_list& events) {
    std::string text;
    for (const auto& event : events) {
        if (event.type == "content_block_delta") text += event.json().at("delta").value("text", "");
    }
    return text;
}

inline std::size_t count_of(const std::string& text, const std::string& part) {
    std::size_t count = 0;
    for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + part.size()))
        ++count;
    return count;
}

using closing_time = std::optional<steady::time_point>;

/// Says these frames, and then nothing more; notes when the gateway hangs up.
struct silent_provider {
    explicit silent_provider(std::string frames)
        : server([this, frames = std::move(frames)](upstream_exchange& exchange) {
              exchange.read_request();
              exchange.begin_stream();
              exchange.chunk(frames);
              asked.put(token{});
              closed.put(exchange.wait_closed(2 * patience));
          }) {}

    mailbox<token> asked;
    mailbox<closing_time> closed;
    fake_upstream server;
};

/// What `GET /v1/targets` says of a target, by its provider.
inline nlohmann::json look_at_target(const gateway_process& gateway, const std::string& provider) {
    const auto listed = gateway.ask(get("/v1/targets")).json();
    for (const auto& target : listed.at("targets")) {
        if (target.at("provider") == provider) return target;
    }
    throw harness_error("no target of provider '" + provider + "' is listed");
}

/// What `GET /v1/targets` says of the only route.
inline nlohmann::json look_at_route(const gateway_process& gateway) {
    return gateway.ask(get("/v1/targets")).json().at("routes").at(0);
}

}  // namespace sluice::end_to_end
