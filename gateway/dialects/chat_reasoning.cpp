#include "gateway/dialects/chat_reasoning.hpp"

#include "gateway/dialects/openai_chat_shapes.hpp"

#include <algorithm>
#include <iterator>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace sluice::gateway {

namespace {

using nlohmann::json;
using upstream::reasoning_part;
using upstream::reasoning_state;

std::string text_in(const json& object, const char* key) {
    const auto found = object.find(key);
    return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

json member(const json& object, const char* key) {
    const auto found = object.is_object() ? object.find(key) : object.end();
    return found == object.end() ? json() : *found;
}

upstream::text_part* last_text(upstream::message& message) {
    const auto found =
        std::find_if(message.content.rbegin(), message.content.rend(), [](const auto& part) {
            return std::holds_alternative<upstream::text_part>(part);
        });
    return found == message.content.rend() ? nullptr : &std::get<upstream::text_part>(*found);
}

/// Puts the entries of `reasoning_details` together. Clients give them back whole or as they came
/// in the stream, in pieces of one index.
class details_reader {
 public:
    explicit details_reader(upstream::message& message) : message_(message) {}

    void read(const json& detail) {
        const auto type = text_in(detail, "type");
        if (type == "reasoning.encrypted")
            encrypted(detail);
        else if (type == "reasoning.summary")
            text(detail, text_in(detail, "summary"));
        else
            text(detail, text_in(detail, "text"));
    }

    /// `plain`: the same thoughts as one text, for entries that hold the state alone.
    std::vector<reasoning_part> take(std::string plain) {
        if (plain.empty() || has_text_) return std::move(parts_);
        const auto may_own = [](const reasoning_part& part) {
            return part.state && part.state->how != reasoning_state::form::redacted;
        };
        // Of several signatures none is known to be that of the whole.
        if (std::ranges::count_if(parts_, may_own) == 1)
            std::ranges::find_if(parts_, may_own)->text = std::move(plain);
        else
            parts_.insert(parts_.begin(), reasoning_part{std::move(plain)});
        return std::move(parts_);
    }

 private:
    void text(const json& detail, std::string text) {
        has_text_ = has_text_ || !text.empty();
        open(detail).text += text;
        auto signature = text_in(detail, "signature");
        if (!signature.empty()) open(detail).state = state_of(detail, std::move(signature));
        if (parts_.back().text.empty() && !parts_.back().state) parts_.pop_back();
    }

    /// The part that an entry goes on with, or a new one.
    reasoning_part& open(const json& detail) {
        const auto index = member(detail, "index");
        const bool goes_on = !parts_.empty() && !parts_.back().state && index == index_;
        index_ = index;
        return goes_on ? parts_.back() : parts_.emplace_back();
    }

    void encrypted(const json& detail) {
        auto state = state_of(detail, text_in(detail, "data"));
        if (state.data.empty()) return;
        if (auto* call = call_of(state.id)) {
            state.id.clear();
            call->state = std::move(state);
            return;
        }
        auto* signed_text = member(detail, "of_text") == true ? last_text(message_) : nullptr;
        if (signed_text != nullptr) {
            signed_text->state = std::move(state);
            return;
        }
        const bool of_the_text_before =
            !parts_.empty() && !parts_.back().state && state.how != reasoning_state::form::redacted;
        auto& part = of_the_text_before ? parts_.back() : parts_.emplace_back();
        part.state = std::move(state);
    }

    static reasoning_state state_of(const json& detail, std::string data) {
        reasoning_state state;
        state.from = origin_of_format(text_in(detail, "format"));
        state.id = text_in(detail, "id");
        state.data = std::move(data);
        if (text_in(detail, "type") == "reasoning.encrypted") {
            state.how = form_of_encrypted(state.from);
        }
        return state;
    }

    upstream::tool_call* call_of(const std::string& id) {
        if (id.empty()) return nullptr;
        const auto found = std::ranges::find(message_.tool_calls, id, &upstream::tool_call::id);
        return found == message_.tool_calls.end() ? nullptr : &*found;
    }

    upstream::message& message_;
    std::vector<reasoning_part> parts_;
    json index_;
    bool has_text_ = false;
};

}  // namespace

std::optional<reasoning_state> google_signature(const json& holder) {
    const auto signature =
        member(member(member(holder, "extra_content"), "google"), "thought_signature");
    if (!signature.is_string() || signature.get_ref<const std::string&>().empty()) return {};
    reasoning_state state;
    state.from = reasoning_state::origin::gemini;
    state.data = signature.get<std::string>();
    return state;
}

void decode_thoughts(fields& reader, const json& value, upstream::message& message) {
    auto plain = reader.text("reasoning_content").value_or("");
    const auto reasoning = reader.text("reasoning").value_or("");
    if (plain.empty()) plain = reasoning;
    const auto* details = reader.array("reasoning_details");
    if (reader.failed()) return;
    details_reader all(message);
    for (std::size_t i = 0; details != nullptr && i < details->size(); ++i) {
        if (!(*details)[i].is_object()) {
            return reader.fail("reasoning_details[" + std::to_string(i) + "]", "must be an object");
        }
        all.read((*details)[i]);
    }
    auto parts = all.take(std::move(plain));
    message.content.insert(
        message.content.begin(),
        std::make_move_iterator(parts.begin()),
        std::make_move_iterator(parts.end())
    );
    auto signature = google_signature(value);
    auto* text = signature ? last_text(message) : nullptr;
    if (text != nullptr) text->state = std::move(signature);
}

}  // namespace sluice::gateway
