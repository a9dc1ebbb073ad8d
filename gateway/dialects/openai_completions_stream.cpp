#include "gateway/dialects/continued_mark.hpp"
#include "gateway/dialects/json_text.hpp"
#include "gateway/dialects/openai_chat_answers.hpp"
#include "gateway/dialects/openai_chat_shapes.hpp"
#include "gateway/dialects/openai_completions_answers.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace sluice::gateway {

namespace {

/// A provider's index is not to be trusted with memory.
constexpr int choices_max = 1024;
/// Probabilities whose text does not come are told without it.
constexpr std::size_t logprobs_bytes_max = 256 * 1024;

/// What the translated and the transparent way have in common: errors and heartbeats.
class completions_stream : public stream_encoder {
 public:
    explicit completions_stream(const stream_names& names)
        : answer_id_("cmpl-" + names.id), model_(names.route), created_(names.created) {}

    void open(frame_writer&) override {}

    std::string heartbeat(bool started) const override {
        if (!started) return ":\n\n";
        return chunk(choice(0, "\"\"", "null", "null"));
    }

    std::string farewell(const upstream::failure& reason, std::uint64_t) const override {
        return "data: " + chat_error(reason, upstream::to_string(reason.outcome)) + "\n\n";
    }

 protected:
    void append_failure(const upstream::ending& ending, frame_writer& out) const {
        if (ending.failure) out.append(farewell(*ending.failure, 0));
    }

    /// `[{...}]`; all but the index is JSON.
    static std::string choice(
        int index, std::string_view text, std::string_view logprobs, std::string_view reason
    ) {
        std::string made = "[{\"text\":";
        made.append(text).append(",\"index\":").append(std::to_string(index));
        made.append(",\"logprobs\":").append(logprobs);
        return made.append(",\"finish_reason\":").append(reason).append("}]");
    }

    std::string chunk(
        std::string_view choices, std::string_view usage = {}, std::string_view more = {}
    ) const {
        std::string frame = "data: {\"id\":";
        append_json_string(frame, answer_id_);
        frame.append(",\"object\":\"text_completion\",\"created\":");
        frame.append(std::to_string(created_)).append(",\"model\":");
        append_json_string(frame, model_);
        frame.append(",\"choices\":").append(choices);
        if (!usage.empty()) frame.append(",\"usage\":").append(usage);
        return frame.append(more).append("}\n\n");
    }

    void know(const upstream::identity& part) {
        if (!part.model.empty()) model_ = part.model;
    }

    std::string answer_id_;
    std::string model_;
    std::int64_t created_;
};

class completions_encoder final : public completions_stream {
 public:
    completions_encoder(const stream_names& names, bool want_usage)
        : completions_stream(names), want_usage_(want_usage) {}

    void encode(const upstream::item& item, frame_writer& out) override {
        std::visit([&](const auto& part) { write(part, out); }, item);
    }

    void close(const closing& closing, frame_writer& out) override {
        const auto outcome = closing.ending.outcome;
        if (outcome == upstream::outcome::budget)
            finish_open_choices(out);
        else if (outcome != upstream::outcome::completed)
            return append_failure(closing.ending, out);
        if (want_usage_) out.append(chunk("[]", dump_json(chat_usage(closing.usage))));
        out.append("data: [DONE]\n\n");
    }

 private:
    struct choice_state {
        bool finished = false;
        std::string logprobs = {};  ///< of tokens whose text has not come
        std::size_t offset = 0;     ///< code points of the text whose probabilities were told
    };

    choice_state* state(int choice) {
        if (choice < 0 || choice >= choices_max) return nullptr;
        const auto position = static_cast<std::size_t>(choice);
        if (choices_.size() <= position) choices_.resize(position + 1);
        return &choices_[position];
    }

    void write(const upstream::text_delta& part, frame_writer& out) {
        write_text(part.choice, part.text, out);
    }
    /// There is no other place for it, and it is what the model has to say.
    void write(const upstream::refusal_delta& part, frame_writer& out) {
        write_text(part.choice, part.text, out);
    }

    void write_text(int choice, std::string_view text, frame_writer& out) {
        if (text.empty() || state(choice) == nullptr) return;
        text_.clear();
        append_json_string(text_, text);
        append(choice, text_, "null", out);
    }

    void write(const upstream::logprobs_delta& part, frame_writer& out) {
        auto* of = state(part.choice);
        if (of == nullptr || of->finished || part.content.size() <= 2) return;
        if (of->logprobs.empty()) {
            of->logprobs = part.content;
        } else {
            of->logprobs.back() = ',';
            of->logprobs += part.content.substr(1);
        }
        if (of->logprobs.size() >= logprobs_bytes_max) append(part.choice, "\"\"", "null", out);
    }

    void write(const upstream::finish& part, frame_writer& out) {
        auto* of = state(part.choice);
        if (of == nullptr || of->finished) return;
        of->finished = true;
        std::string reason;
        append_json_string(reason, completions_reason(part.reason));
        append(part.choice, "\"\"", reason, out);
    }

    void write(const upstream::identity& part, frame_writer&) { know(part); }
    /// Text is all that this API tells.
    template <class Other>
    void write(const Other&, frame_writer&) {}

    void append(int index, std::string_view text, std::string_view reason, frame_writer& out) {
        auto& of = *state(index);
        std::string logprobs = "null";
        if (!of.logprobs.empty()) logprobs = dump_json(older_logprobs(of.logprobs, of.offset));
        of.logprobs.clear();
        const bool last = reason != "null";
        const auto more = last ? continued_member(continued_) : std::string();
        out.append(chunk(choice(index, text, logprobs, reason), want_usage_ ? "null" : "", more));
    }

    void finish_open_choices(frame_writer& out) {
        if (choices_.empty()) choices_.resize(1);
        for (std::size_t i = 0; i < choices_.size(); ++i) {
            write(upstream::finish{static_cast<int>(i), upstream::finish_reason::length}, out);
        }
    }

    bool want_usage_;
    std::vector<choice_state> choices_;
    std::string text_;
};

class completions_relay final : public completions_stream {
 public:
    explicit completions_relay(const stream_names& names) : completions_stream(names) {}

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
            out.append(chunk(choice(0, "\"\"", "null", "\"length\"")));
            out.append("data: [DONE]\n\n");
        } else {
            append_failure(closing.ending, out);
        }
    }
};

}  // namespace

std::unique_ptr<stream_encoder> make_completions_encoder(
    const stream_names& names, bool want_usage
) {
    return std::make_unique<completions_encoder>(names, want_usage);
}

std::unique_ptr<stream_encoder> make_completions_relay(const stream_names& names) {
    return std::make_unique<completions_relay>(names);
}

}  // namespace sluice::gateway
