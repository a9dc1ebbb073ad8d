#include "gateway/dialects/continued_mark.hpp"
#include "gateway/dialects/joined_media.hpp"
#include "gateway/dialects/json_text.hpp"
#include "gateway/dialects/ollama_answers.hpp"

#include <algorithm>
#include <map>
#include <string>
#include <utility>
#include <variant>

namespace sluice::gateway {

namespace {

// What is gathered of one answer because Ollama has no form for a part of it: bounds on what a
// provider can make the gateway hold.
constexpr std::size_t tool_calls_max = 4096;
constexpr std::size_t gathered_bytes_max = 32U << 20;

/// What the translated and the transparent way have in common: how a line begins, and how an
/// answer ends.
class ollama_lines : public stream_encoder {
 public:
    ollama_lines(const stream_names& names, ollama_form form)
        : form_(form), model_(names.route), created_(rfc3339(names.created)) {}

    void open(frame_writer&) override {}
    std::string heartbeat(bool) const override { return {}; }
    std::string farewell(const upstream::failure& reason, std::uint64_t) const override {
        return ollama_error(reason) + "\n";
    }

 protected:
    bool chat() const { return form_ == ollama_form::chat; }

    void know(const upstream::identity& part) {
        if (!part.model.empty()) model_ = part.model;
    }

    /// One line. `members`: what stands in the message, or beside an empty response, behind a
    /// comma; `beside`: what stands behind `done`.
    void append_line(
        std::string_view text,
        std::string_view members,
        bool done,
        std::string_view beside,
        frame_writer& out
    ) {
        line_ = "{\"model\":";
        append_json_string(line_, model_);
        line_.append(",\"created_at\":\"").append(created_);
        line_ +=
            chat() ? "\",\"message\":{\"role\":\"assistant\",\"content\":" : "\",\"response\":";
        append_json_string(line_, text);
        line_.append(members);
        if (chat()) line_ += '}';
        line_.append(",\"done\":").append(done ? "true" : "false").append(beside).append("}\n");
        out.append(line_);
    }

    void append_end(std::string_view reason, const upstream::usage& usage, frame_writer& out) {
        append_line({}, {}, true, ollama_end(reason, usage) + continued_member(continued_), out);
    }

    void append_failure(const upstream::ending& ending, frame_writer& out) const {
        if (ending.failure) out.append(farewell(*ending.failure, 0));
    }

 private:
    ollama_form form_;
    std::string model_;
    std::string created_;
    std::string line_;
};

class ollama_encoder final : public ollama_lines {
 public:
    using ollama_lines::ollama_lines;

    void encode(const upstream::item& item, frame_writer& out) override {
        std::visit([&](const auto& part) { write(part, out); }, item);
    }

    void close(const closing& closing, frame_writer& out) override {
        const auto outcome = closing.ending.outcome;
        const bool cut = outcome == upstream::outcome::budget;
        if (outcome != upstream::outcome::completed && !cut)
            return append_failure(closing.ending, out);
        const auto reason = cut ? upstream::finish_reason::length : reason_;
        tell_media(out);
        tell_calls(reason == upstream::finish_reason::length, out);
        append_end(ollama_reason(reason), closing.usage, out);
    }

 private:
    struct gathered_call {
        std::string id;
        std::string name;
        std::string arguments;
        bool told = false;
    };

    void write(const upstream::text_delta& part, frame_writer& out) {
        if (part.choice == 0) tell_text(part.text, out);
    }
    void write(const upstream::refusal_delta& part, frame_writer& out) {
        if (part.choice == 0) tell_text(part.text, out);
    }

    void tell_text(std::string_view text, frame_writer& out) {
        if (text.empty()) return;
        tell_media(out);
        append_line(text, {}, false, take_logprobs(), out);
    }

    void write(const upstream::reasoning_delta& part, frame_writer& out) {
        if (part.choice != 0 || part.text.empty()) return;
        tell_media(out);
        members_ = ",\"thinking\":";
        append_json_string(members_, part.text);
        append_line({}, members_, false, take_logprobs(), out);
    }

    /// Calls have no partial form. One whose arguments are a whole object when the next begins is
    /// told then, the others when the answer ends.
    void write(const upstream::tool_call_delta& part, frame_writer& out) {
        if (part.choice != 0) return;
        if (!calls_.contains(part.index)) {
            if (calls_.size() == tool_calls_max) return;
            tell_media(out);
            tell_last_call(out);
            last_call_ = part.index;
        }
        auto& call = calls_[part.index];
        if (call.told || !hold(part.arguments)) return;
        if (!part.id.empty()) call.id = part.id;
        if (!part.name.empty()) call.name = part.name;
        call.arguments += part.arguments;
    }

    bool hold(std::string_view bytes) {
        held_bytes_ += bytes.size();
        return held_bytes_ <= gathered_bytes_max;
    }

    void tell_last_call(frame_writer& out) {
        const auto last = calls_.find(last_call_);
        if (last == calls_.end() || last->second.told) return;
        if (is_json_object(last->second.arguments)) tell_call(last->first, last->second, out);
    }

    void tell_call(int index, gathered_call& call, frame_writer& out) {
        call.told = true;
        members_ = ",\"tool_calls\":[";
        members_ += ollama_call(call.id, call.name, index, call.arguments);
        members_ += ']';
        append_line({}, members_, false, {}, out);
        std::string().swap(call.arguments);
    }

    /// `cut`: the last call may lack its end, and is no call then.
    void tell_calls(bool cut, frame_writer& out) {
        for (auto& [index, call] : calls_) {
            const bool broken = cut && !call.arguments.empty() && !is_json_object(call.arguments);
            if (!call.told && !broken) tell_call(index, call, out);
        }
    }

    /// A picture is told whole, as its parts stand for nothing by themselves.
    void write(const upstream::media_delta& part, frame_writer& out) {
        if (part.choice != 0) return;
        if (!part.transcript.empty()) tell_text(part.transcript, out);
        if (!part.type.starts_with("image/") || part.data.empty()) return;
        if (!goes_on(media_type_, media_, part)) tell_media(out);
        media_type_ = part.type;
        if (hold(part.data)) append_base64(media_, part.data);
    }

    void tell_media(frame_writer& out) {
        if (media_.empty()) return;
        members_ = chat() ? ",\"images\":[" : ",\"image\":";
        append_json_string(members_, media_);
        if (chat()) members_ += ']';
        append_line({}, members_, false, {}, out);
        std::string().swap(media_);
        media_type_.clear();
    }

    void write(const upstream::logprobs_delta& part, frame_writer&) {
        const bool array = part.content.starts_with('[') && part.content.size() > 2;
        if (part.choice != 0 || !array || !hold(part.content)) return;
        if (logprobs_.empty()) {
            logprobs_ = part.content;
        } else {
            logprobs_.back() = ',';
            logprobs_ += part.content.substr(1);
        }
        // White space between tokens at most; within strings they would be escapes.
        std::erase_if(logprobs_, [](char c) { return c == '\n' || c == '\r'; });
    }

    std::string take_logprobs() {
        if (logprobs_.empty()) return {};
        return ",\"logprobs\":" + std::exchange(logprobs_, {});
    }

    void write(const upstream::finish& part, frame_writer&) {
        if (part.choice == 0) reason_ = part.reason;
    }
    void write(const upstream::identity& part, frame_writer&) { know(part); }
    void write(const upstream::usage&, frame_writer&) {}
    void write(const upstream::verbatim&, frame_writer&) {}
    void write(const upstream::reasoning_state_delta&, frame_writer&) {}
    void write(const upstream::citation_delta&, frame_writer&) {}
    void write(const upstream::embedding_delta&, frame_writer&) {}

    upstream::finish_reason reason_ = upstream::finish_reason::stop;
    std::map<int, gathered_call> calls_;
    int last_call_ = -1;
    std::string media_;
    std::string media_type_;
    std::string logprobs_;
    std::string members_;
    std::size_t held_bytes_ = 0;
};

class ollama_relay final : public ollama_lines {
 public:
    using ollama_lines::ollama_lines;

    void encode(const upstream::item& item, frame_writer& out) override {
        if (const auto* frame = std::get_if<upstream::verbatim>(&item)) {
            if (!frame->bytes.empty()) out.append(frame->bytes);
        } else if (const auto* who = std::get_if<upstream::identity>(&item)) {
            know(*who);
        }
    }

    /// A completed answer brought its own last line.
    void close(const closing& closing, frame_writer& out) override {
        if (closing.ending.outcome == upstream::outcome::budget)
            append_end("length", closing.usage, out);
        else
            append_failure(closing.ending, out);
    }
};

}  // namespace

std::unique_ptr<stream_encoder> make_ollama_encoder(const stream_names& names, ollama_form form) {
    return std::make_unique<ollama_encoder>(names, form);
}

std::unique_ptr<stream_encoder> make_ollama_relay(const stream_names& names, ollama_form form) {
    return std::make_unique<ollama_relay>(names, form);
}

}  // namespace sluice::gateway
