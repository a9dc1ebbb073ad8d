#include "gateway/dialects/anthropic_answers.hpp"
#include "gateway/dialects/anthropic_frames.hpp"
#include "gateway/dialects/anthropic_states.hpp"
#include "gateway/dialects/json_balance.hpp"
#include "gateway/dialects/opaque_state.hpp"

#include <algorithm>
#include <functional>
#include <optional>
#include <utility>
#include <variant>
#include <vector>

namespace sluice::gateway {

namespace {

using json = nlohmann::ordered_json;
using upstream::reasoning_state;

// A provider's index is not to be trusted with memory.
constexpr int calls_max = 1024;
// What may wait for a call to end; beyond that the call is taken for ended.
constexpr std::size_t waiting_bytes_max = 1U << 20;
constexpr std::size_t waiting_parts_max = 4096;
constexpr std::size_t early_states_max = 64;

/// Writes a message from items. In this protocol one block is open at a time, and a call of a tool
/// is one block: what comes while a call is incomplete waits until its arguments are whole.
class anthropic_encoder final : public stream_encoder {
 public:
    explicit anthropic_encoder(const stream_names& names) : frames_(names), id_(names.id) {}

    void open(frame_writer&) override {}

    void encode(const upstream::item& item, frame_writer& out) override {
        std::visit([&](const auto& part) { write(part, out); }, item);
        settle(out);
    }

    void close(const closing& closing, frame_writer& out) override {
        let_all_go(out);
        const auto outcome = closing.ending.outcome;
        if (outcome == upstream::outcome::budget) {
            frames_.finish("max_tokens", {}, closing.usage, continued_, out);
        } else if (outcome == upstream::outcome::completed) {
            frames_.close_block(out);
            const auto unsaid = calls_.empty() ? upstream::finish_reason::stop
                                               : upstream::finish_reason::tool_calls;
            const auto reason =
                anthropic_stop_reason(reason_.value_or(unsaid), native_, stop_sequence_);
            frames_.finish(reason, stop_sequence_, closing.usage, continued_, out);
        } else if (closing.ending.failure) {
            out.append(anthropic_error_event(*closing.ending.failure));
        }
    }

    std::string heartbeat(bool) const override {
        return "event: ping\ndata: {\"type\": \"ping\"}\n\n";
    }

    std::string farewell(const upstream::failure& reason, std::uint64_t) const override {
        return anthropic_error_event(reason);
    }

 private:
    enum class kind { none, text, thinking, call };
    struct begun_call {
        int index = 0;
        std::string id;
    };
    struct early_state {
        int call = 0;
        reasoning_state state;
    };

    void write(const upstream::text_delta& part, frame_writer& out) {
        if (part.choice == 0) write_text(part.text, out);
    }
    void write(const upstream::refusal_delta& part, frame_writer& out) {
        if (part.choice == 0) write_text(part.text, out);
    }

    void write_text(std::string_view text, frame_writer& out) {
        if (text.empty()) return;
        if (must_wait()) {
            return wait(text.size(), [this, text = std::string(text)](frame_writer& to) {
                write_text(text, to);
            });
        }
        open_text(out);
        frames_.delta("text_delta", "text", text, out);
    }

    /// Clients know which text citations are about by the block that they share.
    void open_text(frame_writer& out) {
        if (open_ == kind::text && !cited_) return;
        open(kind::text, {{"type", "text"}, {"text", ""}}, out);
    }

    void write(const upstream::reasoning_delta& part, frame_writer& out) {
        if (part.choice != 0 || part.text.empty()) return;
        if (must_wait()) {
            const auto size = part.text.size();
            return wait(size, [this, text = std::string(part.text)](frame_writer& to) {
                write(upstream::reasoning_delta{0, text}, to);
            });
        }
        if (open_ != kind::thinking) open_thinking(out);
        frames_.delta("thinking_delta", "thinking", part.text, out);
    }

    void open_thinking(frame_writer& out) {
        open(kind::thinking, {{"type", "thinking"}, {"thinking", ""}, {"signature", ""}}, out);
    }

    void write(const upstream::reasoning_state_delta& part, frame_writer& out) {
        if (part.choice != 0 || part.data.empty()) return;
        if (must_wait()) {
            reasoning_state state{
                part.from, part.how, std::string(part.data), std::string(part.id)};
            const auto size = part.data.size() + part.id.size();
            return wait(
                size,
                [this, state = std::move(state), call = part.tool_call, of_text = part.of_text](
                    frame_writer& to
                ) {
                    write(
                        upstream::reasoning_state_delta{
                            0, state.from, state.how, state.data, state.id, call, of_text},
                        to
                    );
                }
            );
        }
        const reasoning_state state{
            part.from, part.how, std::string(part.data), std::string(part.id)};
        if (part.tool_call >= 0) return write_call_state(part.tool_call, state, out);
        if (part.of_text) return write_redacted(pack_thoughts(mark_as_of_text(state)), out);
        const auto packed = pack_thoughts(state);
        if (part.how == reasoning_state::form::redacted) return write_redacted(packed, out);
        if (open_ != kind::thinking) open_thinking(out);
        frames_.delta("signature_delta", "signature", packed, out);
        close_open(out);
    }

    void write_redacted(const std::string& data, frame_writer& out) {
        open(kind::none, {{"type", "redacted_thinking"}, {"data", data}}, out);
        close_open(out);
    }

    void write_call_state(int call, const reasoning_state& state, frame_writer& out) {
        const auto begun = std::ranges::find(calls_, call, &begun_call::index);
        if (begun != calls_.end())
            return write_redacted(pack_thoughts(mark_as_of_call(state, begun->id)), out);
        if (early_states_.size() < early_states_max) early_states_.push_back({call, state});
    }

    void write(const upstream::citation_delta& part, frame_writer& out) {
        if (part.choice != 0) return;
        json citation{
            {"type", "web_search_result_location"},
            {"url", part.url},
            {"title", part.title},
            {"cited_text", part.cited_text},
            {"encrypted_index", ""}};
        if (must_wait()) {
            const auto size = part.url.size() + part.title.size() + part.cited_text.size();
            return wait(size, [this, citation = std::move(citation)](frame_writer& to) {
                write_citation(citation, to);
            });
        }
        write_citation(citation, out);
    }

    void write_citation(const json& citation, frame_writer& out) {
        if (must_wait()) {
            return wait(0, [this, citation](frame_writer& to) { write_citation(citation, to); });
        }
        if (open_ != kind::text) open_text(out);
        frames_.delta({{"type", "citations_delta"}, {"citation", citation}}, out);
        cited_ = true;
    }

    void write(const upstream::tool_call_delta& part, frame_writer& out) {
        if (part.choice != 0 || part.index < 0 || part.index >= calls_max) return;
        if (open_ == kind::call && open_call_ == part.index) {
            return write_arguments(part.arguments, out);
        }
        if (must_wait()) {
            const auto size = part.id.size() + part.name.size() + part.arguments.size();
            return wait(
                size,
                [this,
                 index = part.index,
                 id = std::string(part.id),
                 name = std::string(part.name),
                 arguments = std::string(part.arguments)](frame_writer& to) {
                    write(upstream::tool_call_delta{0, index, id, name, arguments}, to);
                }
            );
        }
        // A call whose block is closed was whole; what still comes of it has no place.
        const bool begun =
            std::ranges::find(calls_, part.index, &begun_call::index) != calls_.end();
        if (!begun) begin_call(part, out);
    }

    void begin_call(const upstream::tool_call_delta& part, frame_writer& out) {
        auto id = std::string(part.id);
        if (id.empty()) id = "toolu_" + id_ + "_" + std::to_string(part.index);
        calls_.push_back({part.index, id});
        write_early_states(part.index, out);
        open(
            kind::call,
            {{"type", "tool_use"}, {"id", id}, {"name", part.name}, {"input", json::object()}},
            out
        );
        open_call_ = part.index;
        balance_ = {};
        write_arguments(part.arguments, out);
    }

    void write_early_states(int call, frame_writer& out) {
        for (const auto& each : early_states_) {
            if (each.call == call) write_call_state(call, each.state, out);
        }
        std::erase_if(early_states_, [&](const early_state& each) { return each.call == call; });
    }

    void write_arguments(std::string_view arguments, frame_writer& out) {
        if (arguments.empty()) return;
        balance_.feed(arguments);
        frames_.delta("input_json_delta", "partial_json", arguments, out);
    }

    void write(const upstream::finish& part, frame_writer&) {
        if (part.choice != 0 || reason_) return;
        reason_ = part.reason;
        native_ = part.native;
        stop_sequence_ = part.stop_sequence;
    }

    void write(const upstream::identity& part, frame_writer&) { frames_.know(part); }
    void write(const upstream::usage& part, frame_writer&) { frames_.know(part); }
    void write(const upstream::media_delta&, frame_writer&) {}
    void write(const upstream::logprobs_delta&, frame_writer&) {}
    void write(const upstream::embedding_delta&, frame_writer&) {}
    void write(const upstream::verbatim&, frame_writer&) {}

    void open(kind what, const json& block, frame_writer& out) {
        frames_.open_block(block, out);
        open_ = what;
        cited_ = false;
    }

    void close_open(frame_writer& out) {
        frames_.close_block(out);
        open_ = kind::none;
        cited_ = false;
    }

    bool call_is_incomplete() const { return open_ == kind::call && !balance_.complete(); }
    bool must_wait() const { return call_is_incomplete() || !waiting_.empty(); }

    template <class Write>
    void wait(std::size_t size, Write write) {
        waiting_bytes_ += size;
        waiting_.emplace_back(std::move(write));
    }

    /// Lets what waits go on, as far as it can.
    void settle(frame_writer& out) {
        while (!waiting_.empty()) {
            const bool full =
                waiting_bytes_ > waiting_bytes_max || waiting_.size() > waiting_parts_max;
            if (call_is_incomplete() && !full) return;
            if (full) close_open(out);
            let_go(out);
        }
    }

    /// Writes what waits; what has to wait again stays in its order.
    void let_go(frame_writer& out) {
        auto parts = std::exchange(waiting_, {});
        waiting_bytes_ = 0;
        for (const auto& write : parts)
            write(out);
    }

    void let_all_go(frame_writer& out) {
        while (!waiting_.empty()) {
            close_open(out);
            let_go(out);
        }
    }

    anthropic_frames frames_;
    std::string id_;
    kind open_ = kind::none;
    bool cited_ = false;  ///< the open text has citations
    int open_call_ = 0;
    json_balance balance_;  ///< of the open call's arguments
    std::vector<begun_call> calls_;
    std::vector<early_state> early_states_;  ///< of calls that have not begun
    std::vector<std::function<void(frame_writer&)>> waiting_;
    std::size_t waiting_bytes_ = 0;
    std::optional<upstream::finish_reason> reason_;
    std::string native_;
    std::string stop_sequence_;
};

}  // namespace

std::unique_ptr<stream_encoder> make_anthropic_encoder(const stream_names& names) {
    return std::make_unique<anthropic_encoder>(names);
}

}  // namespace sluice::gateway
