#include "gateway/dialects/chat_request.hpp"
#include "gateway/dialects/continued_mark.hpp"
#include "gateway/dialects/dialect.hpp"
#include "gateway/dialects/gathered_answer.hpp"
#include "gateway/dialects/json_text.hpp"
#include "gateway/dialects/openai_chat_shapes.hpp"
#include "sse/writer.hpp"

#include <nlohmann/json.hpp>

#include <cstddef>
#include <map>
#include <string>
#include <utility>
#include <variant>

namespace sluice::gateway {

namespace {

using json = nlohmann::ordered_json;

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
    put("input_audio_tokens", usage.input_audio_tokens);
    put("output_audio_tokens", usage.output_audio_tokens);
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

/// Milliseconds, to the microsecond.
double in_ms(generation_timing::span time) {
    return static_cast<double>(time.count()) / 1000;
}

json timing_object(const generation_timing& timing) {
    json told{{"queue_ms", in_ms(timing.queue)}, {"upstream_ms", in_ms(timing.upstream)}};
    if (timing.first_token) told["first_token_ms"] = in_ms(*timing.first_token);
    told["total_ms"] = in_ms(timing.total);
    return told;
}

void add_account(json& into, const closing& closing) {
    into["usage"] = usage_object(closing.usage);
    if (closing.cost) into["cost"] = static_cast<double>(*closing.cost) / 1e9;
    if (closing.timing) into["timing"] = timing_object(*closing.timing);
}

json done_object(const closing& closing, upstream::finish_reason reason, int continued) {
    json done{{"finish_reason", done_reason(closing.ending, reason)}};
    if (done["finish_reason"] == "error" && closing.ending.failure) {
        done["error"] = error_object(*closing.ending.failure, to_string(closing.ending.outcome));
    }
    add_account(done, closing);
    mark_continued(done, continued);
    return done;
}

json tool_call_object(const upstream::tool_call_delta& part) {
    json call{{"index", part.index}};
    if (!part.id.empty()) call["id"] = part.id;
    if (!part.name.empty()) call["name"] = part.name;
    call["arguments"] = part.arguments;
    return call;
}

/// Opaque state as an entry of `reasoning_details`, which a message of the next prompt takes as it
/// is.
json state_object(const upstream::reasoning_state& state, bool of_text) {
    auto object = reasoning_detail(state, {}, -1);
    if (of_text) object["of_text"] = true;
    return object;
}

json citation_object(const cited_source& source) {
    json object{{"url", source.url}, {"title", source.title}};
    if (!source.cited_text.empty()) object["cited_text"] = source.cited_text;
    if (source.begin >= 0 && source.end >= 0) {
        object["begin"] = source.begin;
        object["end"] = source.end;
    }
    return object;
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
        append(out, {.type = "done", .data = dump_json(done_object(closing, reason_, continued_))});
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
        if (part.choice != 0) return;
        payload_ = dump_json(json{{"tool_call", tool_call_object(part)}});
        if (!part.id.empty() && call_ids_.size() < calls_max) call_ids_[part.index] = part.id;
    }
    void describe(const upstream::media_delta& part) {
        if (part.choice != 0) return;
        json media{{"type", part.type}, {"data", part.data}};
        if (!part.transcript.empty()) media["transcript"] = part.transcript;
        payload_ = dump_json(json{{"media", std::move(media)}});
    }
    void describe(const upstream::reasoning_state_delta& part) {
        if (part.choice != 0 || part.data.empty()) return;
        upstream::reasoning_state state{
            part.from, part.how, std::string(part.data), std::string(part.id)};
        if (part.tool_call >= 0) state.id = call_id(part.tool_call);
        payload_ = dump_json(json{{"reasoning_state", state_object(state, part.of_text)}});
    }
    void describe(const upstream::citation_delta& part) {
        if (part.choice != 0) return;
        const cited_source source{part.url, part.title, part.cited_text, part.begin, part.end};
        payload_ = dump_json(json{{"citation", citation_object(source)}});
    }
    void describe(const upstream::logprobs_delta& part) {
        if (part.choice != 0 || part.content.empty()) return;
        payload_.append("{\"logprobs\":").append(part.content).append("}");
    }
    std::string call_id(int index) const {
        const auto found = call_ids_.find(index);
        return found == call_ids_.end() ? std::string() : found->second;
    }
    void describe(const upstream::finish& part) {
        if (part.choice == 0) reason_ = part.reason;
    }
    void describe(const upstream::embedding_delta&) {}
    void describe(const upstream::usage&) {}
    void describe(const upstream::identity&) {}
    void describe(const upstream::verbatim&) {}

    void append(frame_writer& out, const sse::event& event) {
        frame_.clear();
        sse::append_event(frame_, event);
        out.append(frame_);
    }

    static constexpr std::size_t calls_max = 4096;

    stream_names names_;
    upstream::finish_reason reason_ = upstream::finish_reason::stop;
    std::map<int, std::string> call_ids_;
    std::string payload_;
    std::string frame_;
};

/// The parts of the one document, block by block.
class document_writer {
 public:
    explicit document_writer(json& body) : body_(body) {}

    void write(const answer_choice& choice) {
        using kind = answer_block::kind;
        body_["text"] = choice.joined(kind::text);
        put("reasoning", choice.joined(kind::reasoning));
        put("refusal", choice.joined(kind::refusal));
        for (const auto& block : choice.blocks)
            write(block);
        if (choice.logprobs.empty()) return;
        auto logprobs = json::parse(choice.logprobs, nullptr, false);
        if (logprobs.is_array()) body_["logprobs"] = std::move(logprobs);
    }

 private:
    void put(const char* key, std::string text) {
        if (!text.empty()) body_[key] = std::move(text);
    }

    void write(const answer_block& block) {
        using kind = answer_block::kind;
        if (block.what == kind::tool_call) {
            body_["tool_calls"].push_back(
                {{"id", block.id}, {"name", block.name}, {"arguments", block.text}}
            );
        }
        if (block.what == kind::media) {
            json media{{"type", block.type}, {"data", block.text}};
            if (!block.transcript.empty()) media["transcript"] = block.transcript;
            body_["media"].push_back(std::move(media));
        }
        for (const auto& each : block.citations) {
            body_["citations"].push_back(
                citation_object({each.url, each.title, each.cited_text, each.begin, each.end})
            );
        }
        if (block.state) write(*block.state, block);
    }

    /// With the text that it signs, which the joined texts can't be cut into again.
    void write(const upstream::reasoning_state& state, const answer_block& block) {
        using kind = answer_block::kind;
        auto whole = state;
        if (block.what == kind::tool_call) whole.id = block.id;
        auto object = state_object(whole, block.what == kind::text);
        if (block.what == kind::reasoning && object.contains("text")) object["text"] = block.text;
        body_["reasoning_states"].push_back(std::move(object));
    }

    json& body_;
};

class native_document final : public document_builder {
 public:
    explicit native_document(const stream_names& names) : names_(names) {}

    void add(const upstream::item& item) override { gatherer_.add(item); }

    std::string finish(const closing& closing) override {
        auto answer = gatherer_.take();
        if (answer.choices.empty()) answer.choices.resize(1);
        const auto& choice = answer.choices.front();
        json body{
            {"id", names_.id},
            {"model", answer.model.empty() ? names_.route : answer.model},
        };
        document_writer(body).write(choice);
        const auto reason = choice.reason.value_or(upstream::finish_reason::stop);
        body["finish_reason"] = done_reason(closing.ending, reason);
        add_account(body, closing);
        mark_continued(body, continued_);
        return dump_json(body);
    }

 private:
    stream_names names_;
    answer_gatherer gatherer_;
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

    boost::system::result<decoded_request, upstream::failure>
    decode(std::string body, const said_in_path&) const override {
        auto parsed = parse_object(body);
        if (!parsed) return std::move(parsed).error();
        std::optional<upstream::failure> problem;
        decoded_request decoded;
        auto& request = decoded.call.request;
        decode_chat(*parsed, decoded.call, problem);
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
