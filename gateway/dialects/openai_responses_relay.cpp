#include "gateway/dialects/openai_responses_answers.hpp"
#include "gateway/dialects/openai_responses_output.hpp"

#include <charconv>
#include <variant>

namespace sluice::gateway {

namespace {

using json = nlohmann::ordered_json;

/// The number that a provider's event bears.
std::optional<std::uint64_t> number_in(std::string_view frame) {
    constexpr std::string_view key = "\"sequence_number\":";
    auto at = frame.find(key);
    if (at == std::string_view::npos) return {};
    at = frame.find_first_not_of(' ', at + key.size());
    if (at == std::string_view::npos) return {};
    std::uint64_t number = 0;
    const auto read = std::from_chars(frame.data() + at, frame.data() + frame.size(), number);
    if (read.ec != std::errc() || number == UINT64_MAX) return {};
    return number;
}

class responses_relay final : public stream_encoder {
 public:
    responses_relay(const upstream::call& call, const stream_names& names) : object_(call, names) {}

    void open(frame_writer&) override {}

    void encode(const upstream::item& item, frame_writer& out) override {
        if (const auto* who = std::get_if<upstream::identity>(&item)) return object_.adopt(*who);
        const auto* frame = std::get_if<upstream::verbatim>(&item);
        if (frame == nullptr || frame->bytes.empty()) return;
        if (const auto number = number_in(frame->bytes)) {
            events_.go_on_from(*number + 1);
            begun_ = true;
        }
        out.append(frame->bytes);
    }

    /// A completed answer brought its own last event.
    void close(const closing& closing, frame_writer& out) override {
        if (closing.ending.outcome == upstream::outcome::completed) return;
        const bool known = closing.usage != upstream::usage{};
        const auto usage = known ? response_usage(closing.usage) : json(nullptr);
        for (const auto& frame : last_frames(standing_of(closing.ending, {}), usage))
            out.append(frame);
    }

    std::string heartbeat(bool) const override { return ":\n"; }

    std::string farewell(const upstream::failure& reason, std::uint64_t) const override {
        std::string all;
        const response_standing standing{"response.failed", "failed", {}, &reason};
        for (const auto& frame : last_frames(standing, nullptr))
            all += frame;
        return all;
    }

 private:
    /// Clients take no event for the first one but that of the beginning.
    std::vector<std::string> last_frames(const response_standing& standing, const json& usage)
        const {
        std::vector<std::string> frames;
        auto events = events_;
        if (!begun_) {
            constexpr response_standing begun{"response.created", "in_progress"};
            const auto response = object_.describe(begun, json::array(), nullptr);
            events.append_response(frames.emplace_back(), begun.event, response);
        }
        if (standing.failure != nullptr)
            events.append_error(frames.emplace_back(), *standing.failure);
        const auto response = object_.describe(standing, json::array(), usage);
        events.append_response(frames.emplace_back(), standing.event, response);
        return frames;
    }

    response_object object_;
    response_events events_;
    bool begun_ = false;
};

}  // namespace

std::unique_ptr<stream_encoder> make_responses_relay(
    const upstream::call& call, const stream_names& names
) {
    return std::make_unique<responses_relay>(call, names);
}

}  // namespace sluice::gateway
