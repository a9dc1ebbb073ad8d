#include "gateway/dialects/ui_messages.hpp"

#include "gateway/dialects/chat_request.hpp"
#include "gateway/dialects/dialect.hpp"
#include "gateway/dialects/ui_messages_answers.hpp"
#include "gateway/dialects/ui_messages_history.hpp"
#include "upstream/json_members.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <limits>

namespace sluice::gateway {

namespace {

using nlohmann::json;

constexpr std::size_t tools_max = 1024;

/// What an application may add to the body of its transport, in the words of chat completions.
constexpr std::array extras{
    "model",
    "tools",
    "tool_choice",
    "parallel_tool_calls",
    "response_format",
    "max_tokens",
    "max_completion_tokens",
    "temperature",
    "top_p",
    "top_k",
    "frequency_penalty",
    "presence_penalty",
    "seed",
    "stop",
    "reasoning_effort",
    "modalities",
    "user",
};

/// What the body itself has, and its other spellings.
constexpr std::array own_keys{
    "id", "messages", "trigger", "messageId", "system", "maxOutputTokens"};

template <class Keys>
bool holds(const Keys& keys, std::string_view key) {
    return std::find(keys.begin(), keys.end(), key) != keys.end();
}

/// Tools by name, as the AI SDK's own helpers serialise them, in the form of chat completions.
json named_tools(const json& tools, fields& body) {
    auto list = json::array();
    if (tools.size() > tools_max) body.fail("tools", "holds more than 1024 tools");
    for (const auto& [name, tool] : tools.items()) {
        if (body.failed()) break;
        if (!tool.is_object()) {
            body.fail("tools." + name, "must be an object");
            break;
        }
        json function{{"name", name}};
        for (const auto* key : {"description", "parameters", "strict"}) {
            if (const auto found = tool.find(key); found != tool.end()) function[key] = *found;
        }
        const auto schema = tool.find("inputSchema");
        if (schema != tool.end() && !function.contains("parameters"))
            function["parameters"] = *schema;
        list.push_back({{"type", "function"}, {"function", std::move(function)}});
    }
    return list;
}

void decode_extras(
    const json& body, upstream::call& call, fields& top, std::optional<upstream::failure>& problem
) {
    auto chat = json::object();
    for (const auto* key : extras) {
        if (const auto found = body.find(key); found != body.end()) chat[key] = *found;
    }
    if (chat.contains("tools") && chat["tools"].is_object())
        chat["tools"] = named_tools(body["tools"], top);
    if (problem) return;
    decode_chat(chat, call, problem);
    const auto most = top.integer("maxOutputTokens", 1, std::numeric_limits<std::int64_t>::max());
    if (most) call.request.max_tokens = most;
}

void check_envelope(fields& top) {
    for (const auto* key : {"id", "messageId"})
        top.text(key);
    const auto trigger = top.text("trigger");
    if (!trigger || *trigger == "submit-message" || *trigger == "regenerate-message") return;
    top.fail("trigger", "must be submit-message or regenerate-message");
}

class ui_messages final : public dialect {
 public:
    std::string_view name() const override { return "ui_messages"; }

    boost::system::result<decoded_request, upstream::failure>
    decode(std::string body, const said_in_path&) const override {
        auto parsed = parse_object(body);
        if (!parsed) return std::move(parsed).error();
        std::optional<upstream::failure> problem;
        decoded_request decoded;
        auto& call = decoded.call;
        fields top{*parsed, "", problem};
        check_envelope(top);
        decode_extras(*parsed, call, top, problem);
        if (const auto system = top.text("system"); system && !system->empty()) {
            auto& message = call.request.messages.emplace_back();
            message.role = upstream::role::system;
            message.content.emplace_back(upstream::text_part{*system});
        }
        decode_ui_history(top, decoded, problem);
        if (problem) return *problem;
        for (const auto& [key, value] : parsed->items()) {
            if (!holds(extras, key) && !holds(own_keys, key)) decoded.dropped.push_back(key);
        }
        call.api = upstream::api::ui_messages;
        call.stream = true;
        call.body = std::move(body);
        return decoded;
    }

    std::unique_ptr<stream_encoder> encoder(
        const upstream::call& call, const stream_names& names, bool
    ) const override {
        return make_ui_encoder(call, names);
    }

    std::unique_ptr<document_builder> document(
        const upstream::call&, const stream_names& names, bool
    ) const override {
        return make_ui_document(names);
    }

    /// The client shows the whole body to its application as the error's message.
    std::string error_body(const upstream::failure& failure) const override {
        return native_dialect().error_body(failure);
    }

    upstream::header_list stream_headers() const override {
        auto headers = dialect::stream_headers();
        headers.emplace_back("X-Vercel-AI-UI-Message-Stream", "v1");
        return headers;
    }

    bool outlives_clients() const override { return true; }
};

}  // namespace

std::string ui_chat_id(std::string_view body) {
    upstream::json_walker members{body};
    std::string id;
    while (members.next()) {
        if (!members.key_is("id")) continue;
        const auto value = members.value();
        if (value.size() < 2 || value.front() != '"') return {};
        // An escape has six bytes at most and stands for one at least.
        if (value.size() > 6 * ui_chat_id_bytes_max) return {};
        id = upstream::unescape_json(value.substr(1, value.size() - 2));
        break;
    }
    if (id.size() > ui_chat_id_bytes_max) id.clear();
    return id;
}

const dialect& ui_messages_dialect() {
    static const ui_messages instance;
    return instance;
}

}  // namespace sluice::gateway
