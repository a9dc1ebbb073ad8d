#include "gateway/dialects/gemini_answers.hpp"
#include "gateway/dialects/gemini_frames.hpp"
#include "gateway/dialects/gemini_shapes.hpp"
#include "gateway/dialects/json_text.hpp"
#include "sse/parser.hpp"

#include <utility>

namespace sluice::gateway {

namespace {

using json = nlohmann::ordered_json;

/// One event of a provider's holds a picture of some megabytes at most.
constexpr std::size_t event_bytes_max = 8U << 20;

class gemini_relay final : public stream_encoder {
 public:
    gemini_relay(const stream_names& names, gemini_form form)
        : frames_(form), form_(form), id_(names.id), model_(names.route) {}

    void open(frame_writer&) override {}

    void encode(const upstream::item& item, frame_writer& out) override {
        if (const auto* frame = std::get_if<upstream::verbatim>(&item)) return pass(*frame, out);
        if (const auto* name = std::get_if<upstream::identity>(&item)) {
            if (!name->id.empty()) id_ = name->id;
            if (!name->model.empty()) model_ = name->model;
        }
    }

    void close(const closing& closing, frame_writer& out) override {
        const auto outcome = closing.ending.outcome;
        if (outcome == upstream::outcome::budget) {
            frames_.append(spent(closing.usage), out);
        } else if (outcome != upstream::outcome::completed) {
            if (closing.ending.failure) frames_.fail(*closing.ending.failure, out);
            return;
        }
        frames_.end(out);
    }

    std::string heartbeat(bool) const override { return frames_.heartbeat(); }
    std::string farewell(const upstream::failure& reason, std::uint64_t) const override {
        return frames_.farewell(reason);
    }

 private:
    /// The provider is always asked for events; an array is made of what they hold.
    void pass(const upstream::verbatim& frame, frame_writer& out) {
        if (form_ == gemini_form::events) return out.append(frame.bytes);
        parser_.feed(frame.bytes);
        while (const auto event = parser_.next()) {
            if (event->dispatched && !event->data.empty()) frames_.append(event->data, out);
        }
    }

    std::string spent(const upstream::usage& usage) const {
        json candidate{
            {"content", {{"parts", json::array({json{{"text", ""}}})}, {"role", "model"}}},
            {"finishReason", "MAX_TOKENS"},
            {"index", 0},
        };
        json response{
            {"candidates", json::array({std::move(candidate)})},
            {"usageMetadata", gemini_usage(usage)},
            {"modelVersion", model_},
        };
        if (!id_.empty()) response["responseId"] = id_;
        return dump_json(response);
    }

    gemini_frames frames_;
    gemini_form form_;
    std::string id_;
    std::string model_;
    sse::parser parser_{event_bytes_max};
};

}  // namespace

std::unique_ptr<stream_encoder> make_gemini_relay(const stream_names& names, gemini_form form) {
    return std::make_unique<gemini_relay>(names, form);
}

}  // namespace sluice::gateway
