#include "gateway/dialects/json_text.hpp"
#include "gateway/dialects/openai_chat_answers.hpp"
#include "gateway/dialects/openai_chat_shapes.hpp"

#include <variant>
#include <vector>

namespace sluice::gateway {

namespace {

using json = nlohmann::ordered_json;

/// Choices are 128 at most by the request; a provider's index is not to be trusted with memory.
constexpr int choices_max = 1024;

/// What the translated and the transparent way have in common: errors and heartbeats.
class chat_stream : public stream_encoder {
 public:
    explicit chat_stream(const stream_names& names)
        : answer_id_("chatcmpl-" + names.id), model_(names.route), created_(names.created) {}

    void open(frame_writer&) override {}

    std::string heartbeat(bool started) const override {
        if (!started) return ":\n\n";
        std::string frame = "data: ";
        append_head(frame);
        frame += R"([{"index":0,"delta":{},"finish_reason":null}]})";
        return frame += "\n\n";
    }

    std::string farewell(const upstream::failure& reason, std::uint64_t) const override {
        return "data: " + chat_error(reason, upstream::to_string(reason.outcome)) + "\n\n";
    }

 protected:
    void append_failure(const upstream::ending& ending, frame_writer& out) const {
        if (ending.failure) out.append(farewell(*ending.failure, 0));
    }

    /// `{"id":...,"choices":`
    void append_head(std::string& out) const {
        out += "{\"id\":";
        append_json_string(out, answer_id_);
        out += ",\"object\":\"chat.completion.chunk\",\"created\":";
        out += std::to_string(created_);
        out += ",\"model\":";
        append_json_string(out, model_);
        out += ",\"choices\":";
    }

    void know(const upstream::identity& part) {
        if (!part.model.empty()) model_ = part.model;
    }

    std::string answer_id_;
    std::string model_;
    std::int64_t created_;
};

class chat_encoder final : public chat_stream {
 public:
    chat_encoder(const stream_names& names, bool want_usage)
        : chat_stream(names), want_usage_(want_usage) {}

    void encode(const upstream::item& item, frame_writer& out) override {
        std::visit([&](const auto& part) { write(part, out); }, item);
    }

    void close(const closing& closing, frame_writer& out) override {
        const auto outcome = closing.ending.outcome;
        if (outcome == upstream::outcome::budget)
            finish_open_choices(out);
        else if (outcome != upstream::outcome::completed)
            return append_failure(closing.ending, out);
        if (want_usage_) {
            append_chunk(out, "[]", chat_usage(closing.usage).dump());
        }
        out.append("data: [DONE]\n\n");
    }

 private:
    struct choice_state {
        bool begun = false;
        bool finished = false;
    };

    choice_state& state(int choice) {
        if (choices_.size() <= static_cast<std::size_t>(choice)) choices_.resize(choice + 1);
        return choices_[static_cast<std::size_t>(choice)];
    }

    static bool in_range(int choice) { return choice >= 0 && choice < choices_max; }

    void write(const upstream::text_delta& part, frame_writer& out) {
        write_text(part.choice, "content", part.text, out);
    }
    void write(const upstream::reasoning_delta& part, frame_writer& out) {
        write_text(part.choice, "reasoning_content", part.text, out);
    }
    void write(const upstream::refusal_delta& part, frame_writer& out) {
        write_text(part.choice, "refusal", part.text, out);
    }

    void write_text(int choice, std::string_view key, std::string_view text, frame_writer& out) {
        if (text.empty() || !in_range(choice)) return;
        begin(choice, R"({"role":"assistant","content":""})", out);
        delta_.assign("{\"").append(key).append("\":");
        append_json_string(delta_, text);
        delta_ += '}';
        append_delta(choice, delta_, "null", out);
    }

    void write(const upstream::tool_call_delta& part, frame_writer& out) {
        if (!in_range(part.choice)) return;
        begin(part.choice, R"({"role":"assistant","content":null})", out);
        json call{{"index", part.index}};
        if (!part.id.empty()) {
            call["id"] = part.id;
            call["type"] = "function";
        }
        if (!part.name.empty()) call["function"]["name"] = part.name;
        call["function"]["arguments"] = part.arguments;
        const json delta{{"tool_calls", json::array({std::move(call)})}};
        delta_ = dump_json(delta);
        append_delta(part.choice, delta_, "null", out);
    }

    void write(const upstream::media_delta& part, frame_writer& out) {
        if (!in_range(part.choice)) return;
        begin(part.choice, R"({"role":"assistant","content":""})", out);
        const json delta{{"media", {{"type", part.type}, {"data", part.data}}}};
        delta_ = dump_json(delta);
        append_delta(part.choice, delta_, "null", out);
    }

    void write(const upstream::finish& part, frame_writer& out) {
        if (!in_range(part.choice) || state(part.choice).finished) return;
        begin(part.choice, R"({"role":"assistant","content":""})", out);
        state(part.choice).finished = true;
        std::string reason;
        append_json_string(reason, to_string(part.reason));
        append_delta(part.choice, "{}", reason, out);
    }

    void write(const upstream::identity& part, frame_writer&) { know(part); }
    void write(const upstream::usage&, frame_writer&) {}
    void write(const upstream::verbatim&, frame_writer&) {}

    /// The first chunk of a choice names the role, alone.
    void begin(int choice, std::string_view delta, frame_writer& out) {
        if (state(choice).begun) return;
        state(choice).begun = true;
        append_delta(choice, delta, "null", out);
    }

    void finish_open_choices(frame_writer& out) {
        if (choices_.empty()) choices_.resize(1);
        for (std::size_t i = 0; i < choices_.size(); ++i) {
            write(upstream::finish{static_cast<int>(i), upstream::finish_reason::length}, out);
        }
    }

    void append_delta(
        int choice, std::string_view delta, std::string_view reason, frame_writer& out
    ) {
        choice_.assign("[{\"index\":").append(std::to_string(choice));
        choice_.append(",\"delta\":").append(delta);
        choice_.append(",\"logprobs\":null,\"finish_reason\":").append(reason).append("}]");
        append_chunk(out, choice_, "null");
    }

    void append_chunk(frame_writer& out, std::string_view choices, std::string_view usage) {
        frame_ = "data: ";
        append_head(frame_);
        frame_ += choices;
        if (want_usage_) frame_.append(",\"usage\":").append(usage);
        frame_ += "}\n\n";
        out.append(frame_);
    }

    bool want_usage_;
    std::vector<choice_state> choices_;
    std::string delta_;
    std::string choice_;
    std::string frame_;
};

class chat_relay final : public chat_stream {
 public:
    explicit chat_relay(const stream_names& names) : chat_stream(names) {}

    void encode(const upstream::item& item, frame_writer& out) override {
        if (const auto* frame = std::get_if<upstream::verbatim>(&item)) {
            if (!frame->bytes.empty()) out.append(frame->bytes);
        } else if (const auto* who = std::get_if<upstream::identity>(&item)) {
            know(*who);
            if (!who->id.empty()) answer_id_ = who->id;
            if (who->created != 0) created_ = who->created;
        }
    }

    void close(const closing& closing, frame_writer& out) override {
        // A completed answer brought its own [DONE]; a cut one must not look like it.
        if (closing.ending.outcome == upstream::outcome::budget) {
            std::string frame = "data: ";
            append_head(frame);
            frame += R"([{"index":0,"delta":{},"finish_reason":"length"}]})";
            out.append(frame += "\n\n");
            out.append("data: [DONE]\n\n");
        } else {
            append_failure(closing.ending, out);
        }
    }
};

}  // namespace

std::unique_ptr<stream_encoder> make_chat_encoder(const stream_names& names, bool want_usage) {
    return std::make_unique<chat_encoder>(names, want_usage);
}

std::unique_ptr<stream_encoder> make_chat_relay(const stream_names& names) {
    return std::make_unique<chat_relay>(names);
}

}  // namespace sluice::gateway
