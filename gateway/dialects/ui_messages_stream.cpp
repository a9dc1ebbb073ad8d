#include "gateway/dialects/continued_mark.hpp"
#include "gateway/dialects/joined_media.hpp"
#include "gateway/dialects/json_text.hpp"
#include "gateway/dialects/ui_messages_answers.hpp"

#include <algorithm>
#include <utility>
#include <variant>
#include <vector>

namespace sluice::gateway {

namespace {

using json = nlohmann::ordered_json;

// A provider is not to be trusted with memory: arguments are kept until the call is whole.
constexpr std::size_t calls_max = 1024;
constexpr std::size_t arguments_bytes_max = std::size_t{16} * 1024 * 1024;

std::string_view ui_word(upstream::finish_reason reason) {
    switch (reason) {
        case upstream::finish_reason::length:
            return "length";
        case upstream::finish_reason::tool_calls:
            return "tool-calls";
        case upstream::finish_reason::content_filter:
            return "content-filter";
        default:
            return "stop";
    }
}

/// Whether the answer goes on with a message that the client has: it ends in an answer, or in what
/// a tool of the client's gave back.
bool continues_answer(const upstream::call& call) {
    if (call.request.messages.empty()) return false;
    const auto last = call.request.messages.back().role;
    return last == upstream::role::assistant || last == upstream::role::tool;
}

/// Writes the first choice; the client knows no other.
class ui_encoder final : public stream_encoder {
 public:
    ui_encoder(const upstream::call& call, const stream_names& names)
        : names_(names), model_(names.route), continues_(continues_answer(call)) {}

    void open(frame_writer& out) override {
        json start{{"type", "start"}};
        // Without an id the client keeps that of its last message; with a new one it would show
        // what it has of the answer twice.
        if (!continues_) start["messageId"] = "msg_" + names_.id;
        write_part(start, out);
        out.append("data: {\"type\":\"start-step\"}\n\n");
    }

    void encode(const upstream::item& item, frame_writer& out) override {
        std::visit([&](const auto& part) { write(part, out); }, item);
    }

    void close(const closing& closing, frame_writer& out) override {
        switch (closing.ending.outcome) {
            case upstream::outcome::completed:
                return finish(closing.usage, out);
            case upstream::outcome::budget:
                reason_ = upstream::finish_reason::length;
                return finish(closing.usage, out);
            case upstream::outcome::cancelled:
                return out.append("data: {\"type\":\"abort\"}\n\n");
            default:
                if (closing.ending.failure) out.append(farewell(*closing.ending.failure, 0));
        }
    }

    std::string heartbeat(bool) const override { return ":\n\n"; }

    std::string farewell(const upstream::failure& reason, std::uint64_t) const override {
        const json error{{"type", "error"}, {"errorText", reason.message}};
        return "data: " + dump_json(error) + "\n\n";
    }

 private:
    enum class block { none, text, reasoning };

    struct tool_state {
        int index = 0;
        std::string id;
        std::string name;
        std::string arguments;
        std::optional<upstream::reasoning_state> state;
        bool begun = false;  ///< the client knows of it
        bool whole = false;  ///< all of it has been told
        bool too_long = false;
    };

    void write(const upstream::text_delta& part, frame_writer& out) {
        write_text(part.choice, block::text, part.text, out);
    }
    void write(const upstream::refusal_delta& part, frame_writer& out) {
        write_text(part.choice, block::text, part.text, out);
    }
    void write(const upstream::reasoning_delta& part, frame_writer& out) {
        write_text(part.choice, block::reasoning, part.text, out);
    }

    void write_text(int choice, block what, std::string_view text, frame_writer& out) {
        if (choice != 0 || text.empty()) return;
        tell_media(out);
        append_text(what, text, out);
    }

    void append_text(block what, std::string_view text, frame_writer& out) {
        if (open_ != what) {
            end_block(out);
            begin_block(what, out);
        }
        frame_.assign("data: {\"type\":\"").append(word()).append("-delta\",\"id\":\"");
        frame_.append(block_id_).append("\",\"delta\":");
        append_json_string(frame_, text);
        frame_ += "}\n\n";
        out.append(frame_);
    }

    void write(const upstream::tool_call_delta& part, frame_writer& out) {
        auto* call = part.choice == 0 ? call_at(part.index) : nullptr;
        if (call == nullptr || call->whole) return;
        if (!call->begun) begin_call(*call, part, out);
        if (part.arguments.empty()) return;
        call->too_long =
            call->too_long || call->arguments.size() + part.arguments.size() > arguments_bytes_max;
        if (call->too_long) return;
        call->arguments += part.arguments;
        frame_ = "data: {\"type\":\"tool-input-delta\",\"toolCallId\":";
        append_json_string(frame_, call->id);
        frame_ += ",\"inputTextDelta\":";
        append_json_string(frame_, part.arguments);
        frame_ += "}\n\n";
        out.append(frame_);
    }

    void begin_call(tool_state& call, const upstream::tool_call_delta& part, frame_writer& out) {
        tell_media(out);
        end_block(out);
        call.begun = true;
        call.id = part.id;
        call.name = part.name;
        if (call.id.empty()) call.id = "call_" + names_.id + "_" + std::to_string(call.index);
        write_part(
            {{"type", "tool-input-start"}, {"toolCallId", call.id}, {"toolName", call.name}}, out
        );
    }

    void write(const upstream::media_delta& part, frame_writer& out) {
        if (part.choice != 0) return;
        if (!part.data.empty()) {
            if (!media_.continued_by(part)) tell_media(out);
            media_.append(part);
        }
        // A client that knows no recordings with words is shown the words.
        if (!part.transcript.empty()) append_text(block::text, part.transcript, out);
    }

    void write(const upstream::reasoning_state_delta& part, frame_writer& out) {
        if (part.choice != 0) return;
        upstream::reasoning_state state{
            part.from, part.how, std::string(part.data), std::string(part.id)};
        if (part.tool_call >= 0) {
            auto* call = call_at(part.tool_call);
            if (call != nullptr) call->state = std::move(state);
            return;
        }
        const auto what = part.of_text ? block::text : block::reasoning;
        // What is redacted is a thought of its own; the others belong to what is open.
        if (open_ != what || part.how == upstream::reasoning_state::form::redacted) {
            tell_media(out);
            end_block(out);
            begin_block(what, out);
        }
        end_block(out, &state);
    }

    void write(const upstream::citation_delta& part, frame_writer& out) {
        if (part.choice == 0) write_part(ui_source(part, ++sources_), out);
    }

    void write(const upstream::finish& part, frame_writer& out) {
        if (part.choice != 0) return;
        reason_ = part.reason;
        end_content(out);
    }

    void write(const upstream::identity& part, frame_writer&) {
        if (!part.model.empty()) model_ = part.model;
    }
    void write(const upstream::logprobs_delta&, frame_writer&) {}
    void write(const upstream::embedding_delta&, frame_writer&) {}
    void write(const upstream::usage&, frame_writer&) {}
    void write(const upstream::verbatim&, frame_writer&) {}

    tool_state* call_at(int index) {
        const auto found = std::ranges::find(calls_, index, &tool_state::index);
        if (found != calls_.end()) return &*found;
        if (calls_.size() == calls_max) return nullptr;
        calls_.emplace_back().index = index;
        return &calls_.back();
    }

    std::string_view word() const { return open_ == block::text ? "text" : "reasoning"; }

    void begin_block(block what, frame_writer& out) {
        open_ = what;
        block_id_.assign(word()).append("-").append(std::to_string(++blocks_));
        write_block_part("start", nullptr, out);
    }

    void end_block(frame_writer& out, const upstream::reasoning_state* state = nullptr) {
        if (open_ == block::none) return;
        write_block_part("end", state, out);
        open_ = block::none;
    }

    void write_block_part(
        std::string_view which, const upstream::reasoning_state* state, frame_writer& out
    ) {
        json part{{"type", std::string(word()).append("-").append(which)}, {"id", block_id_}};
        if (state != nullptr) part["providerMetadata"] = ui_state(*state);
        write_part(part, out);
    }

    void tell_media(frame_writer& out) {
        if (media_.empty()) return;
        end_block(out);
        write_part(
            {{"type", "file"},
             {"url", "data:" + media_.type() + ";base64," + media_.data()},
             {"mediaType", media_.type()}},
            out
        );
        media_.clear();
    }

    /// Nothing more comes: calls are whole now. Not before, as their parts may come in turns.
    void end_content(frame_writer& out) {
        tell_media(out);
        end_block(out);
        for (auto& call : calls_) {
            if (call.begun && !std::exchange(call.whole, true)) end_call(call, out);
            call.arguments = {};
        }
    }

    void end_call(tool_state& call, frame_writer& out) {
        // Of an answer that was cut, nothing written is nothing known.
        const bool cut = reason_ == upstream::finish_reason::length && call.arguments.empty();
        const bool valid = !cut && !call.too_long && are_ui_arguments(call.arguments);
        frame_.assign("data: {\"type\":\"tool-input-").append(valid ? "available" : "error");
        frame_ += "\",\"toolCallId\":";
        append_json_string(frame_, call.id);
        frame_ += ",\"toolName\":";
        append_json_string(frame_, call.name);
        frame_ += ",\"input\":";
        if (valid)
            append_input(call.arguments);
        else
            append_json_string(frame_, call.arguments);
        if (!valid) frame_ += ",\"errorText\":\"The model's arguments are no JSON object.\"";
        if (call.state)
            frame_.append(",\"providerMetadata\":").append(dump_json(ui_state(*call.state)));
        frame_ += "}\n\n";
        out.append(frame_);
    }

    /// The model's own JSON, on one line: white space is all that line ends can be in it.
    void append_input(std::string_view arguments) {
        if (arguments.find_first_not_of(" \t\r\n") == std::string_view::npos) {
            frame_ += "{}";
            return;
        }
        const auto begin = frame_.size();
        frame_ += arguments;
        for (auto at = begin; at < frame_.size(); ++at) {
            if (frame_[at] == '\n' || frame_[at] == '\r') frame_[at] = ' ';
        }
    }

    void finish(const upstream::usage& usage, frame_writer& out) {
        end_content(out);
        out.append("data: {\"type\":\"finish-step\"}\n\n");
        auto metadata = ui_metadata(model_, usage);
        mark_continued(metadata, continued_);
        const json part{
            {"type", "finish"},
            {"finishReason", ui_word(reason_)},
            {"messageMetadata", std::move(metadata)}};
        write_part(part, out);
        out.append("data: [DONE]\n\n");
    }

    void write_part(const json& part, frame_writer& out) {
        frame_.assign("data: ").append(dump_json(part)).append("\n\n");
        out.append(frame_);
    }

    stream_names names_;
    std::string model_;
    bool continues_;
    block open_ = block::none;
    std::string block_id_;
    std::size_t blocks_ = 0;
    std::size_t sources_ = 0;
    std::vector<tool_state> calls_;
    joined_media media_;
    upstream::finish_reason reason_ = upstream::finish_reason::stop;
    std::string frame_;
};

}  // namespace

std::unique_ptr<stream_encoder> make_ui_encoder(
    const upstream::call& call, const stream_names& names
) {
    return std::make_unique<ui_encoder>(call, names);
}

}  // namespace sluice::gateway
