#include "gateway/dialects/anthropic_answers.hpp"
#include "gateway/dialects/anthropic_frames.hpp"
#include "upstream/json_members.hpp"

#include <utility>
#include <variant>

namespace sluice::gateway {

namespace {

/// Passes a provider's events on. Looks at where blocks begin and end only, so that a message which
/// a budget cuts can be closed as the protocol has it.
class anthropic_relay final : public stream_encoder {
 public:
    explicit anthropic_relay(const stream_names& names) : own_(names) {}

    void open(frame_writer&) override {}

    void encode(const upstream::item& item, frame_writer& out) override {
        if (const auto* frame = std::get_if<upstream::verbatim>(&item)) {
            if (frame->bytes.empty()) return;
            look_at(frame->bytes);
            out.append(frame->bytes);
        } else if (const auto* who = std::get_if<upstream::identity>(&item)) {
            own_.know(*who);
        } else if (const auto* used = std::get_if<upstream::usage>(&item)) {
            own_.know(*used);
        }
    }

    void close(const closing& closing, frame_writer& out) override {
        // A completed answer brought its own message_stop; a cut one must not look like it.
        if (closing.ending.outcome == upstream::outcome::budget) {
            if (started_) own_.resume(open_block_);
            own_.finish("max_tokens", {}, closing.usage, continued_, out);
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
    void look_at(std::string_view frame) {
        if (frame.starts_with("event: content_block_delta")) return;
        if (frame.starts_with("event: message_start")) started_ = true;
        if (frame.starts_with("event: content_block_start")) open_block_ = index_in(frame);
        if (frame.starts_with("event: content_block_stop")) open_block_ = -1;
    }

    static int index_in(std::string_view frame) {
        constexpr std::size_t digits_max = 6;
        const auto brace = frame.find('{');
        if (brace == std::string_view::npos) return -1;
        upstream::json_walker member(frame.substr(brace));
        while (member.next()) {
            const auto value = member.value();
            if (!member.key_is("index") || value.empty() || value.size() > digits_max) continue;
            int index = 0;
            for (const char c : value) {
                if (c < '0' || c > '9') return -1;
                index = index * 10 + (c - '0');
            }
            return index;
        }
        return -1;
    }

    anthropic_frames own_;
    bool started_ = false;
    int open_block_ = -1;
};

class anthropic_document_relay final : public document_builder {
 public:
    void add(const upstream::item& item) override {
        if (const auto* document = std::get_if<upstream::verbatim>(&item)) text_ += document->bytes;
    }
    std::string finish(const closing&) override { return std::move(text_); }

 private:
    std::string text_;
};

}  // namespace

std::unique_ptr<stream_encoder> make_anthropic_relay(const stream_names& names) {
    return std::make_unique<anthropic_relay>(names);
}

std::unique_ptr<document_builder> make_anthropic_document_relay() {
    return std::make_unique<anthropic_document_relay>();
}

}  // namespace sluice::gateway
