#include "gateway/dialects/continued_mark.hpp"
#include "gateway/dialects/openai_responses_answers.hpp"
#include "gateway/dialects/openai_responses_output.hpp"

#include <variant>

namespace sluice::gateway {

namespace {

using json = nlohmann::ordered_json;

constexpr response_standing begun{"response.created", "in_progress"};

json usage_or_null(const upstream::usage& usage, bool failed) {
    if (failed && usage == upstream::usage{}) return nullptr;
    return response_usage(usage);
}

class responses_encoder final : public stream_encoder {
 public:
    responses_encoder(const upstream::call& call, const stream_names& names)
        : object_(call, names), output_(names, events_) {}

    /// The first event names the model: it waits for it.
    void open(frame_writer&) override {}

    void encode(const upstream::item& item, frame_writer& out) override {
        frames_.clear();
        std::visit([this](const auto& part) { write(part); }, item);
        send(out);
    }

    void close(const closing& closing, frame_writer& out) override {
        frames_.clear();
        begin();
        const auto standing = standing_of(closing.ending, reason_);
        const bool failed = standing.status == "failed";
        // What a failure cut is not said to be done.
        if (!failed) output_.finish(standing.status, frames_);
        const auto usage = usage_or_null(closing.usage, failed);
        auto response = object_.describe(standing, output_.items(), usage);
        if (!failed) mark_continued(response, continued_);
        if (standing.failure != nullptr) events_.append_error(frames_, *standing.failure);
        events_.append_response(frames_, standing.event, response);
        send(out);
    }

    std::string heartbeat(bool) const override { return ":\n"; }

    std::string farewell(const upstream::failure& reason, std::uint64_t) const override {
        std::string frames;
        auto events = events_;
        if (!begun_) append_beginning(events, frames);
        const response_standing standing{"response.failed", "failed", {}, &reason};
        const auto response = object_.describe(standing, output_.items(), nullptr);
        events.append_error(frames, reason);
        events.append_response(frames, standing.event, response);
        return frames;
    }

 private:
    void append_beginning(response_events& events, std::string& frames) const {
        const auto response = object_.describe(begun, json::array(), nullptr);
        events.append_response(frames, "response.created", response);
        events.append_response(frames, "response.in_progress", response);
    }

    void begin() {
        if (begun_) return;
        begun_ = true;
        append_beginning(events_, frames_);
    }

    template <class Part>
    void write(const Part& part) {
        begin();
        output_.add(part, frames_);
    }
    void write(const upstream::logprobs_delta& part) { output_.add(part); }
    void write(const upstream::identity& part) {
        if (!begun_) object_.know(part);
        begin();
    }
    void write(const upstream::finish& part) {
        if (part.choice != 0 || reason_) return;
        begin();
        reason_ = part.reason;
        const bool cut = part.reason == upstream::finish_reason::length ||
                         part.reason == upstream::finish_reason::content_filter;
        output_.finish(cut ? "incomplete" : "completed", frames_);
    }
    void write(const upstream::usage&) {}
    void write(const upstream::verbatim&) {}
    void write(const upstream::embedding_delta&) {}

    /// Each event is a frame of its own.
    void send(frame_writer& out) {
        std::string_view rest = frames_;
        while (!rest.empty()) {
            const auto size = rest.find("\n\n") + 2;
            out.append(rest.substr(0, size));
            rest.remove_prefix(size);
        }
    }

    response_object object_;
    response_events events_;
    response_output output_;
    std::optional<upstream::finish_reason> reason_;
    bool begun_ = false;
    std::string frames_;
};

}  // namespace

std::unique_ptr<stream_encoder> make_responses_encoder(
    const upstream::call& call, const stream_names& names
) {
    return std::make_unique<responses_encoder>(call, names);
}

}  // namespace sluice::gateway
