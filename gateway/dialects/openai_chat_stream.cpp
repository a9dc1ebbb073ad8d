#include "gateway/dialects/continued_mark.hpp"
#include "gateway/dialects/json_text.hpp"
#include "gateway/dialects/openai_chat_answers.hpp"
#include "gateway/dialects/openai_chat_shapes.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace sluice::gateway {

namespace {

using json = nlohmann::ordered_json;

/// Choices are 128 at most by the request; a provider's index is not to be trusted with memory.
constexpr int choices_max = 1024;
/// Probabilities whose text does not come are told without it.
constexpr std::size_t logprobs_bytes_max = 256 * 1024;

/// Appends the elements of one JSON array to another.
void append_array(std::string& to, std::string_view elements) {
    if (elements.size() <= 2) return;
    if (to.empty()) {
        to = elements;
        return;
    }
    to.back() = ',';
    to += elements.substr(1);
}

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
    chat_encoder(const stream_names& names, const chat_form& form)
        : chat_stream(names), form_(form), audio_id_("audio_" + names.id) {}

    void encode(const upstream::item& item, frame_writer& out) override {
        std::visit([&](const auto& part) { write(part, out); }, item);
    }

    void close(const closing& closing, frame_writer& out) override {
        const auto outcome = closing.ending.outcome;
        if (outcome == upstream::outcome::budget)
            finish_open_choices(out);
        else if (outcome != upstream::outcome::completed)
            return append_failure(closing.ending, out);
        if (form_.want_usage) {
            append_chunk(out, "[]", chat_usage(closing.usage).dump(), {});
        }
        out.append("data: [DONE]\n\n");
    }

 private:
    struct choice_state {
        bool begun = false;
        bool finished = false;
        bool sounds = false;        ///< has told the id of its audio
        std::int64_t details = 0;   ///< entries of reasoning_details so far
        std::string logprobs = {};  ///< of tokens whose text has not come
        std::string refusal_logprobs = {};
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
        begin(choice, words, out);
        delta_.assign("{\"").append(key).append("\":");
        append_json_string(delta_, text);
        delta_ += '}';
        if (key == "reasoning_content")
            append_delta(choice, delta_, "null", "null", out);
        else
            append_with_logprobs(choice, delta_, "null", out);
    }

    void write(const upstream::tool_call_delta& part, frame_writer& out) {
        if (!in_range(part.choice)) return;
        if (form_.functions) return write_function(part, out);
        json call{{"index", part.index}};
        if (!part.id.empty()) {
            call["id"] = part.id;
            call["type"] = "function";
        }
        if (!part.name.empty()) call["function"]["name"] = part.name;
        call["function"]["arguments"] = part.arguments;
        write_delta(part.choice, calls, {{"tool_calls", json::array({std::move(call)})}}, out);
    }

    /// The older form has room for one call.
    void write_function(const upstream::tool_call_delta& part, frame_writer& out) {
        if (part.index != 0) return;
        auto call = json::object();
        if (!part.name.empty()) call["name"] = part.name;
        call["arguments"] = part.arguments;
        write_delta(part.choice, calls, {{"function_call", std::move(call)}}, out);
    }

    void write(const upstream::media_delta& part, frame_writer& out) {
        if (!in_range(part.choice)) return;
        json delta;
        if (part.type.starts_with("audio/"))
            delta["audio"] = audio_of(part);
        else if (part.type.starts_with("image/"))
            delta["images"].push_back(image_url(part.type, part.data));
        else
            delta["media"] = {{"type", part.type}, {"data", part.data}};
        write_delta(part.choice, words, delta, out);
    }

    json audio_of(const upstream::media_delta& part) {
        auto audio = json::object();
        if (!std::exchange(state(part.choice).sounds, true)) audio["id"] = audio_id_;
        if (!part.data.empty()) audio["data"] = part.data;
        if (!part.transcript.empty()) audio["transcript"] = part.transcript;
        return audio;
    }

    void write(const upstream::reasoning_state_delta& part, frame_writer& out) {
        if (!in_range(part.choice) || part.data.empty()) return;
        const bool gemini = part.from == upstream::reasoning_state::origin::gemini;
        if (part.tool_call >= 0 && gemini) {
            const json call{
                {"index", part.tool_call},
                {"function", {{"arguments", ""}}},
                {"extra_content", google_extra(part.data)}};
            return write_delta(part.choice, calls, {{"tool_calls", json::array({call})}}, out);
        }
        if (part.of_text && gemini) {
            return write_delta(
                part.choice, words, {{"extra_content", google_extra(part.data)}}, out
            );
        }
        const upstream::reasoning_state opaque{
            part.from, part.how, std::string(part.data), std::string(part.id)};
        const auto detail = reasoning_detail(opaque, {}, state(part.choice).details++);
        write_delta(part.choice, words, {{"reasoning_details", json::array({detail})}}, out);
    }

    void write(const upstream::citation_delta& part, frame_writer& out) {
        if (!in_range(part.choice)) return;
        const auto citation =
            url_citation({part.url, part.title, part.cited_text, part.begin, part.end});
        write_delta(part.choice, words, {{"annotations", json::array({citation})}}, out);
    }

    void write(const upstream::logprobs_delta& part, frame_writer& out) {
        if (!in_range(part.choice) || state(part.choice).finished) return;
        auto& of = state(part.choice);
        auto& held = part.refusal ? of.refusal_logprobs : of.logprobs;
        append_array(held, part.content);
        if (held.size() < logprobs_bytes_max) return;
        begin(part.choice, words, out);
        append_with_logprobs(part.choice, "{}", "null", out);
    }

    void write(const upstream::finish& part, frame_writer& out) {
        if (!in_range(part.choice) || state(part.choice).finished) return;
        begin(part.choice, words, out);
        state(part.choice).finished = true;
        const bool function = form_.functions && part.reason == upstream::finish_reason::tool_calls;
        std::string reason;
        append_json_string(reason, function ? "function_call" : to_string(part.reason));
        append_with_logprobs(part.choice, "{}", reason, out);
    }

    void write(const upstream::identity& part, frame_writer&) { know(part); }
    void write(const upstream::usage&, frame_writer&) {}
    void write(const upstream::embedding_delta&, frame_writer&) {}
    void write(const upstream::verbatim&, frame_writer&) {}

    /// The first chunk of a choice names the role, alone.
    void begin(int choice, std::string_view delta, frame_writer& out) {
        if (state(choice).begun) return;
        state(choice).begun = true;
        append_delta(choice, delta, "null", "null", out);
    }

    void finish_open_choices(frame_writer& out) {
        if (choices_.empty()) choices_.resize(1);
        for (std::size_t i = 0; i < choices_.size(); ++i) {
            write(upstream::finish{static_cast<int>(i), upstream::finish_reason::length}, out);
        }
    }

    void write_delta(int choice, std::string_view first, const json& delta, frame_writer& out) {
        begin(choice, first, out);
        delta_ = dump_json(delta);
        append_delta(choice, delta_, "null", "null", out);
    }

    void append_with_logprobs(
        int choice, std::string_view delta, std::string_view reason, frame_writer& out
    ) {
        auto& of = state(choice);
        logprobs_.clear();
        append_logprobs(logprobs_, of.logprobs, of.refusal_logprobs);
        of.logprobs.clear();
        of.refusal_logprobs.clear();
        append_delta(choice, delta, logprobs_, reason, out);
    }

    void append_delta(
        int choice,
        std::string_view delta,
        std::string_view logprobs,
        std::string_view reason,
        frame_writer& out
    ) {
        choice_.assign("[{\"index\":").append(std::to_string(choice));
        choice_.append(",\"delta\":").append(delta).append(",\"logprobs\":").append(logprobs);
        choice_.append(",\"finish_reason\":").append(reason).append("}]");
        const bool last = reason != "null";
        append_chunk(out, choice_, "null", last ? continued_member(continued_) : std::string());
    }

    void append_chunk(
        frame_writer& out, std::string_view choices, std::string_view usage, std::string_view more
    ) {
        frame_ = "data: ";
        append_head(frame_);
        frame_ += choices;
        if (form_.want_usage) frame_.append(",\"usage\":").append(usage);
        frame_.append(more).append("}\n\n");
        out.append(frame_);
    }

    static constexpr std::string_view words = R"({"role":"assistant","content":""})";
    static constexpr std::string_view calls = R"({"role":"assistant","content":null})";

    chat_form form_;
    std::string audio_id_;
    std::vector<choice_state> choices_;
    std::string delta_;
    std::string logprobs_;
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

std::unique_ptr<stream_encoder> make_chat_encoder(
    const stream_names& names, const chat_form& form
) {
    return std::make_unique<chat_encoder>(names, form);
}

std::unique_ptr<stream_encoder> make_chat_relay(const stream_names& names) {
    return std::make_unique<chat_relay>(names);
}

}  // namespace sluice::gateway
