#include "gateway/dialects/continued_mark.hpp"
#include "gateway/dialects/gemini_answers.hpp"
#include "gateway/dialects/gemini_frames.hpp"
#include "gateway/dialects/gemini_grounding.hpp"
#include "gateway/dialects/gemini_shapes.hpp"
#include "gateway/dialects/json_balance.hpp"
#include "gateway/dialects/json_text.hpp"
#include "gateway/dialects/opaque_state.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <utility>
#include <variant>
#include <vector>

namespace sluice::gateway {

namespace {

using json = nlohmann::ordered_json;

// A provider's index is not to be trusted with memory.
constexpr int choices_max = 1024;
constexpr std::size_t open_calls_max = 1024;
/// Of all open calls: a call has no partial form, so its arguments are gathered.
constexpr std::size_t arguments_bytes_max = 16U << 20;

class gemini_encoder final : public stream_encoder {
 public:
    gemini_encoder(const stream_names& names, gemini_form form)
        : frames_(form), id_(names.id), model_(names.route) {}

    void open(frame_writer&) override {}

    void encode(const upstream::item& item, frame_writer& out) override {
        std::visit([&](const auto& part) { write(part, out); }, item);
    }

    void close(const closing& closing, frame_writer& out) override {
        const auto outcome = closing.ending.outcome;
        const bool cut = outcome == upstream::outcome::budget;
        if (!cut && outcome != upstream::outcome::completed) {
            if (closing.ending.failure) frames_.fail(*closing.ending.failure, out);
            return;
        }
        usage_ = closing.usage;
        append_finishes(cut, out);
        frames_.end(out);
    }

    std::string heartbeat(bool) const override { return frames_.heartbeat(); }
    std::string farewell(const upstream::failure& reason, std::uint64_t) const override {
        return frames_.farewell(reason);
    }

 private:
    struct open_call {
        int index = 0;
        std::string id;
        std::string name;
        std::string arguments;
        std::string signature;
        json_balance balance;  ///< of the arguments
        bool tried = false;    ///< they are balanced, and no call all the same
        bool spoilt = false;   ///< too much was said
    };
    struct choice_state {
        std::vector<open_call> calls;
        std::optional<upstream::finish_reason> reason;
        std::string native;
        std::string malformed;  ///< the message about a call that can't be told
        std::string logprobs;   ///< of the text that comes next
        gemini_grounding grounding;
    };

    choice_state* at(int choice) {
        if (choice < 0 || choice >= choices_max) return nullptr;
        return &choices_[choice];
    }

    void write(const upstream::text_delta& part, frame_writer& out) {
        append_text(part.choice, part.text, "", out);
        if (auto* to = at(part.choice)) to->grounding.add_text(part.text);
    }
    void write(const upstream::reasoning_delta& part, frame_writer& out) {
        append_text(part.choice, part.text, R"(,"thought":true)", out);
    }
    /// Gemini has no place of its own for it.
    void write(const upstream::refusal_delta& part, frame_writer& out) {
        append_text(part.choice, part.text, "", out);
        if (auto* to = at(part.choice)) to->grounding.add_text(part.text);
    }

    void append_text(int choice, std::string_view text, std::string_view more, frame_writer& out) {
        auto* to = at(choice);
        if (to == nullptr || text.empty()) return;
        append_calls(choice, *to, false, out);
        part_.assign(R"({"text":)");
        append_json_string(part_, text);
        part_.append(more).append("}");
        append_part(choice, *to, out);
    }

    void write(const upstream::media_delta& part, frame_writer& out) {
        auto* to = at(part.choice);
        if (to == nullptr || part.data.empty()) return;
        append_calls(part.choice, *to, false, out);
        part_ = dump_json(json{{"inlineData", {{"mimeType", part.type}, {"data", part.data}}}});
        append_part(part.choice, *to, out);
    }

    void write(const upstream::tool_call_delta& part, frame_writer& out) {
        auto* to = at(part.choice);
        if (to == nullptr) return;
        auto found = std::ranges::find(to->calls, part.index, &open_call::index);
        if (found == to->calls.end()) {
            append_calls(part.choice, *to, false, out);
            if (to->calls.size() == open_calls_max) return;
            to->calls.emplace_back().index = part.index;
            found = std::prev(to->calls.end());
        }
        if (!part.id.empty()) found->id = part.id;
        if (!part.name.empty()) found->name = part.name;
        const auto bytes = part.arguments.size();
        found->spoilt = found->spoilt || gathered_ + bytes > arguments_bytes_max;
        if (found->spoilt) return;
        found->arguments += part.arguments;
        found->balance.feed(part.arguments);
        gathered_ += bytes;
    }

    void write(const upstream::reasoning_state_delta& part, frame_writer& out) {
        auto* to = at(part.choice);
        if (to == nullptr || part.data.empty()) return;
        const upstream::reasoning_state state{
            part.from, part.how, std::string(part.data), std::string(part.id)};
        const auto packed = pack_state(state, upstream::reasoning_state::origin::gemini);
        if (part.tool_call >= 0) {
            const auto found = std::ranges::find(to->calls, part.tool_call, &open_call::index);
            if (found != to->calls.end()) found->signature = packed;
            return;
        }
        append_calls(part.choice, *to, false, out);
        part_.assign(R"({"text":"")");
        if (!part.of_text) part_ += R"(,"thought":true)";
        part_ += R"(,"thoughtSignature":)";
        append_json_string(part_, packed);
        part_ += "}";
        append_part(part.choice, *to, out);
    }

    void write(const upstream::citation_delta& part, frame_writer&) {
        auto* to = at(part.choice);
        if (to == nullptr) return;
        to->grounding.add({part.url, part.title, part.cited_text, part.begin, part.end});
    }

    void write(const upstream::logprobs_delta& part, frame_writer&) {
        auto* to = at(part.choice);
        if (to == nullptr || part.content.size() <= 2) return;
        if (to->logprobs.empty()) {
            to->logprobs = part.content;
        } else {
            to->logprobs.back() = ',';
            to->logprobs += part.content.substr(1);
        }
    }

    /// The last response of all tells the finish, together with the usage.
    void write(const upstream::finish& part, frame_writer& out) {
        auto* to = at(part.choice);
        if (to == nullptr || to->reason) return;
        const bool cut = part.reason == upstream::finish_reason::length;
        append_calls(part.choice, *to, true, out, cut);
        to->reason = part.reason;
        to->native = part.native;
    }

    void write(const upstream::identity& part, frame_writer&) {
        if (!part.model.empty()) model_ = part.model;
    }
    void write(const upstream::usage& part, frame_writer&) { usage_ = part; }
    void write(const upstream::embedding_delta&, frame_writer&) {}
    void write(const upstream::verbatim&, frame_writer&) {}

    /// Tells the calls that are whole; at the `last` chance the others are malformed, unless the
    /// answer was `cut`.
    void append_calls(
        int choice, choice_state& to, bool last, frame_writer& out, bool cut = false
    ) {
        for (auto call = to.calls.begin(); call != to.calls.end();) {
            const bool told = append_call(choice, to, *call, last, out);
            if (!told && !last) {
                ++call;
                continue;
            }
            if (!told && !cut) to.malformed = gemini_malformed_message(call->name);
            gathered_ -= std::min(gathered_, call->arguments.size());
            call = to.calls.erase(call);
        }
    }

    /// Arguments that are empty may be about to come.
    bool append_call(int choice, choice_state& to, open_call& call, bool last, frame_writer& out) {
        if (call.spoilt || call.name.empty()) return false;
        // Looked at once, however many items come meanwhile.
        if (!last && (!call.balance.complete() || std::exchange(call.tried, true))) return false;
        const auto part = gemini_call_part(call.id, call.name, call.arguments, call.signature);
        if (!part) return false;
        part_ = dump_json(*part);
        append_part(choice, to, out);
        return true;
    }

    /// `part_` as the response of one candidate.
    void append_part(int choice, choice_state& to, frame_writer& out) {
        text_.assign(R"({"candidates":[{"content":{"parts":[)");
        text_.append(part_).append(R"(],"role":"model"},"index":)");
        text_ += std::to_string(choice);
        if (!to.logprobs.empty()) {
            const auto result = gemini_logprobs(std::exchange(to.logprobs, {}));
            if (!result.is_null()) text_.append(R"(,"logprobsResult":)").append(dump_json(result));
        }
        text_ += "}]";
        if (usage_ != upstream::usage()) append_usage();
        append_names();
        frames_.append(text_, out);
    }

    void append_finishes(bool cut, frame_writer& out) {
        if (choices_.empty()) choices_[0];
        auto candidates = json::array();
        for (auto& [choice, state] : choices_) {
            const bool short_of = cut || state.reason == upstream::finish_reason::length;
            append_calls(choice, state, true, out, short_of);
            candidates.push_back(finished(choice, state, cut));
        }
        text_.assign(R"({"candidates":)").append(dump_json(candidates));
        append_usage();
        text_ += continued_member(continued_);
        append_names();
        frames_.append(text_, out);
    }

    static json finished(int choice, const choice_state& state, bool cut) {
        using upstream::finish_reason;
        const auto reason =
            state.reason.value_or(cut ? finish_reason::length : finish_reason::stop);
        json made{
            {"content", {{"parts", json::array({json{{"text", ""}}})}, {"role", "model"}}},
            {"finishReason", gemini_finish_word(reason, state.native)},
            {"index", choice},
        };
        if (!state.malformed.empty()) {
            made["finishReason"] = gemini_malformed_call;
            made["finishMessage"] = state.malformed;
        }
        auto grounding = state.grounding.object();
        if (!grounding.is_null()) made["groundingMetadata"] = std::move(grounding);
        auto logprobs = state.logprobs.empty() ? json() : gemini_logprobs(state.logprobs);
        if (!logprobs.is_null()) made["logprobsResult"] = std::move(logprobs);
        return made;
    }

    void append_usage() {
        text_.append(R"(,"usageMetadata":)").append(dump_json(gemini_usage(usage_)));
    }

    void append_names() {
        text_ += R"(,"modelVersion":)";
        append_json_string(text_, model_);
        if (!id_.empty()) {
            text_ += R"(,"responseId":)";
            append_json_string(text_, id_);
        }
        text_ += "}";
    }

    gemini_frames frames_;
    std::string id_;
    std::string model_;
    upstream::usage usage_;
    std::map<int, choice_state> choices_;
    std::size_t gathered_ = 0;  ///< bytes of arguments of open calls
    std::string part_;
    std::string text_;
};

}  // namespace

std::unique_ptr<stream_encoder> make_gemini_encoder(const stream_names& names, gemini_form form) {
    return std::make_unique<gemini_encoder>(names, form);
}

}  // namespace sluice::gateway
