#include "gateway/dialects/chat_request.hpp"
#include "gateway/dialects/dialect.hpp"
#include "gateway/dialects/json_text.hpp"
#include "sse/writer.hpp"

#include <nlohmann/json.hpp>

#include <variant>

namespace sluice::gateway {

namespace {

using json = nlohmann::ordered_json;

constexpr int tool_calls_max = 4096;  // a provider's index is not to be trusted with memory

json usage_object(const upstream::usage& usage) {
    json object = json::object();
    const auto put = [&](const char* key, const std::optional<std::int64_t>& value) {
        if (value) object[key] = *value;
    };
    put("input_tokens", usage.input_tokens);
    put("output_tokens", usage.output_tokens);
    put("cached_tokens", usage.cached_tokens);
    put("cache_write_tokens", usage.cache_write_tokens);
    put("reasoning_tokens", usage.reasoning_tokens);
    return object;
}

json error_object(const upstream::failure& failure, std::string_view type) {
    json error{{"type", type}, {"message", failure.message}, {"retryable", failure.retryable}};
    if (!failure.param.empty()) error["param"] = failure.param;
    if (!failure.code.empty()) error["code"] = failure.code;
    return error;
}

/// `finish_reason` of the one `done`: the model's own, unless something else ended the stream.
std::string_view done_reason(const upstream::ending& ending, upstream::finish_reason reason) {
    switch (ending.outcome) {
        case upstream::outcome::completed:
            return to_string(reason);
        case upstream::outcome::budget:
            return "length";
        case upstream::outcome::cancelled:
            return "cancelled";
        default:
            return "error";
    }
}

json done_object(const closing& closing, upstream::finish_reason reason) {
    json done{{"finish_reason", done_reason(closing.ending, reason)}};
    if (done["finish_reason"] == "error" && closing.ending.failure) {
        done["error"] = error_object(*closing.ending.failure, to_string(closing.ending.outcome));
    }
    done["usage"] = usage_object(closing.usage);
    return done;
}

json tool_call_object(const upstream::tool_call_delta& part) {
    json call{{"index", part.index}};
    if (!part.id.empty()) call["id"] = part.id;
    if (!part.name.empty()) call["name"] = part.name;
    call["arguments"] = part.arguments;
    return call;
}

class native_encoder final : public stream_encoder {
 public:
    explicit native_encoder(const stream_names& names) : names_(names) {}

    void open(frame_writer& out) override {
        const json start{{"id", names_.id}, {"model", names_.route}};
        append(out, {.type = "start", .data = dump_json(start)});
    }

    void encode(const upstream::item& item, frame_writer& out) override {
        payload_.clear();
        std::visit([this](const auto& part) { describe(part); }, item);
        if (!payload_.empty()) append(out, {.data = payload_});
    }

    void close(const closing& closing, frame_writer& out) override {
        append(out, {.type = "done", .data = dump_json(done_object(closing, reason_))});
    }

    std::string heartbeat(bool) const override { return {}; }  // all frames bear an id line

    std::string farewell(const upstream::failure& reason, std::uint64_t sequence) const override {
        const json done{
            {"finish_reason", "error"},
            {"error", error_object(reason, to_string(reason.outcome))},
            {"usage", json::object()},
        };
        std::string frame;
        sse::append_event(frame, {.type = "done", .data = dump_json(done)});
        frame.pop_back();
        end_with_id(frame, names_.id, sequence);
        return frame;
    }

 private:
    void text_member(std::string_view key, std::string_view text) {
        if (text.empty()) return;
        payload_.append("{\"").append(key).append("\":");
        append_json_string(payload_, text);
        payload_ += '}';
    }

    void describe(const upstream::text_delta& part) {
        if (part.choice == 0) text_member("text", part.text);
    }
    void describe(const upstream::reasoning_delta& part) {
        if (part.choice == 0) text_member("reasoning", part.text);
    }
    void describe(const upstream::refusal_delta& part) {
        if (part.choice == 0) text_member("refusal", part.text);
    }
    void describe(const upstream::tool_call_delta& part) {
        if (part.choice == 0) payload_ = dump_json(json{{"tool_call", tool_call_object(part)}});
    }
    void describe(const upstream::media_delta& part) {
        payload_ = dump_json(json{{"media", {{"type", part.type}, {"data", part.data}}}});
    }
    void describe(const upstream::finish& part) {
        if (part.choice == 0) reason_ = part.reason;
    }
    void describe(const upstream::usage&) {}
    void describe(const upstream::identity&) {}
    void describe(const upstream::verbatim&) {}

    void append(frame_writer& out, const sse::event& event) {
        frame_.clear();
        sse::append_event(frame_, event);
        out.append(frame_);
    }

    stream_names names_;
    upstream::finish_reason reason_ = upstream::finish_reason::stop;
    std::string payload_;
    std::string frame_;
};

class native_document final : public document_builder {
 public:
    explicit native_document(const stream_names& names) : names_(names), model_(names.route) {}

    void add(const upstream::item& item) override {
        std::visit([this](const auto& part) { gather(part); }, item);
    }

    std::string finish(const closing& closing) override {
        json body{{"id", names_.id}, {"model", model_}, {"text", text_}};
        if (!reasoning_.empty()) body["reasoning"] = reasoning_;
        if (!refusal_.empty()) body["refusal"] = refusal_;
        if (!tool_calls_.empty()) body["tool_calls"] = tool_calls_;
        if (!media_.empty()) body["media"] = media_;
        body["finish_reason"] = done_reason(closing.ending, reason_);
        body["usage"] = usage_object(closing.usage);
        return dump_json(body);
    }

 private:
    void gather(const upstream::text_delta& part) {
        if (part.choice == 0) text_ += part.text;
    }
    void gather(const upstream::reasoning_delta& part) {
        if (part.choice == 0) reasoning_ += part.text;
    }
    void gather(const upstream::refusal_delta& part) {
        if (part.choice == 0) refusal_ += part.text;
    }
    void gather(const upstream::tool_call_delta& part) {
        if (part.choice != 0 || part.index < 0 || part.index >= tool_calls_max) return;
        const auto index = static_cast<std::size_t>(part.index);
        while (tool_calls_.size() <= index) {
            tool_calls_.push_back({{"id", ""}, {"name", ""}, {"arguments", ""}});
        }
        auto& call = tool_calls_[index];
        if (!part.id.empty()) call["id"] = part.id;
        if (!part.name.empty()) call["name"] = part.name;
        call["arguments"].get_ref<std::string&>() += part.arguments;
    }
    void gather(const upstream::media_delta& part) {
        if (media_.empty() || media_.back()["type"] != part.type) {
            media_.push_back({{"type", part.type}, {"data", ""}});
        }
        media_.back()["data"].get_ref<std::string&>() += part.data;
    }
    void gather(const upstream::finish& part) {
        if (part.choice == 0) reason_ = part.reason;
    }
    void gather(const upstream::usage&) {}
    void gather(const upstream::identity& part) {
        if (!part.model.empty()) model_ = part.model;
    }
    void gather(const upstream::verbatim&) {}

    stream_names names_;
    std::string model_;
    std::string text_;
    std::string reasoning_;
    std::string refusal_;
    json tool_calls_ = json::array();
    json media_ = json::array();
    upstream::finish_reason reason_ = upstream::finish_reason::stop;
};

/// `prompt` and `system` become messages: the short form of the same request.
void decode_short_form(fields& body, upstream::request& request, bool has_messages) {
    const auto prompt = body.text("prompt");
    const auto system = body.text("system");
    if (body.failed()) return;
    if (prompt && has_messages) return body.fail("prompt", "and 'messages' exclude each other");
    if (!prompt && !has_messages) return body.fail("prompt", "(or 'messages') is required");
    if (prompt && prompt->empty()) return body.fail("prompt", "must not be empty");
    const auto message = [](upstream::role role, const std::string& text) {
        upstream::message made;
        made.role = role;
        made.content.emplace_back(upstream::text_part{text});
        return made;
    };
    if (system) {
        request.messages.insert(request.messages.begin(), message(upstream::role::system, *system));
    }
    if (prompt) request.messages.push_back(message(upstream::role::user, *prompt));
}

class native final : public dialect {
 public:
    std::string_view name() const override { return "native"; }

    boost::system::result<decoded_request, upstream::failure> decode(std::string body
    ) const override {
        auto parsed = parse_object(body);
        if (!parsed) return std::move(parsed).error();
        std::optional<upstream::failure> problem;
        decoded_request decoded;
        auto& request = decoded.call.request;
        decoded.unknown_part = decode_chat(*parsed, request, problem);
        fields top{*parsed, "", problem};
        decoded.call.stream = top.boolean("stream").value_or(true);
        decoded.call.want_usage = asks_for_usage(*parsed, problem);
        decode_short_form(
            top, request, parsed->contains("messages") && !(*parsed)["messages"].is_null()
        );
        if (problem) return *problem;
        for (const auto& [key, value] : parsed->items()) {
            if (!chat_carries(key) && key != "prompt" && key != "system")
                decoded.dropped.push_back(key);
        }
        decoded.call.api = upstream::api::native;
        decoded.call.body = std::move(body);
        return decoded;
    }

    std::unique_ptr<stream_encoder> encoder(const upstream::call&, const stream_names& names, bool)
        const override {
        return std::make_unique<native_encoder>(names);
    }

    std::unique_ptr<document_builder> document(
        const upstream::call&, const stream_names& names, bool
    ) const override {
        return std::make_unique<native_document>(names);
    }

    std::string error_body(const upstream::failure& failure) const override {
        const json body{{"error", error_object(failure, failure.type)}};
        return dump_json(body);
    }
};

}  // namespace

const dialect& native_dialect() {
    static const native instance;
    return instance;
}

}  // namespace sluice::gateway
