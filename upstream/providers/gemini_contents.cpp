#include "upstream/providers/gemini_contents.hpp"

#include "upstream/providers/gemini_media.hpp"
#include "upstream/providers/gemini_model.hpp"
#include "upstream/providers/json_read.hpp"
#include "upstream/providers/translation.hpp"

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <variant>

namespace sluice::upstream {

namespace {

using nlohmann::json;

/// Stands where Gemini 3 demands the signature of a call that it did not make itself
/// (ai.google.dev/gemini-api/docs/thought-signatures).
constexpr const char* no_signature = "skip_thought_signature_validator";
/// Gemini refuses turns without text, and conversations that do not begin with the user.
constexpr const char* blank = " ";

const std::string* signature_of(const std::optional<reasoning_state>& state) {
    const bool own = state && state->from == reasoning_state::origin::gemini;
    return own && !state->data.empty() ? &state->data : nullptr;
}

void sign(json& part, const std::optional<reasoning_state>& state) {
    if (const auto* signature = signature_of(state)) part["thoughtSignature"] = *signature;
}

/// A function's response has to be an object.
json response_of(const message& result) {
    const auto text = text_of(result);
    if (result.failed) return {{"error", text}};
    auto parsed = parse_json(text);
    if (parsed.is_object()) return parsed;
    return {{"result", text}};
}

class conversation {
 public:
    conversation(const call& call, const provider_settings& provider, std::string_view model)
        : call_(call), provider_(provider), model_(model) {}

    boost::system::result<gemini_conversation, failure> write() {
        for (const auto& each : call_.request.messages) {
            add(each);
            if (problem_) return *problem_;
        }
        if (made_.contents.empty() || made_.contents.front()["role"] != "user") {
            made_.contents.insert(made_.contents.begin(), turn("user", json{{"text", blank}}));
        }
        return std::move(made_);
    }

 private:
    static json turn(const char* role, json part) {
        return {{"role", role}, {"parts", json::array({std::move(part)})}};
    }

    void add(const message& message) {
        switch (message.role) {
            case role::system:
            case role::developer:
                return add_system(message);
            case role::user:
                return add_content(message, "user");
            case role::assistant:
                add_content(message, "model");
                for (const auto& each : message.tool_calls)
                    add_call(each);
                return;
            case role::tool:
                return add_result(message);
        }
    }

    void add_system(const message& message) {
        for (const auto& part : message.content) {
            const auto* text = std::get_if<text_part>(&part);
            if (text == nullptr) return refuse("takes only text from the system");
            if (!text->text.empty()) made_.system.push_back({{"text", text->text}});
        }
    }

    void add_content(const message& message, const char* role) {
        for (const auto& part : message.content)
            std::visit([&](const auto& each) { add_part(each, role); }, part);
    }

    void add_part(const text_part& part, const char* role) {
        if (part.text.empty() && signature_of(part.state) == nullptr) return;
        json made{{"text", part.text}};
        sign(made, part.state);
        append(std::move(made), role);
    }
    void add_part(const image_part& part, const char* role) {
        append(gemini_image(part, provider_, model_), role);
    }
    void add_part(const audio_part& part, const char* role) { append(gemini_audio(part), role); }
    void add_part(const file_part& part, const char* role) {
        append(gemini_file(part, provider_, model_), role);
    }
    /// Thoughts that it did not sign itself would be no thoughts to it.
    void add_part(const reasoning_part& part, const char* role) {
        if (signature_of(part.state) == nullptr) return;
        json made{{"text", part.text}, {"thought", true}};
        sign(made, part.state);
        append(std::move(made), role);
    }

    void add_call(const tool_call& call) {
        auto arguments = arguments_object(call.arguments);
        if (!arguments) arguments = json{{"arguments", call.arguments}};
        json made{{"functionCall", {{"name", call.name}, {"args", std::move(*arguments)}}}};
        add_id(made["functionCall"], call.id);
        sign(made, call.state);
        if (needs_signature() && !made.contains("thoughtSignature")) {
            made["thoughtSignature"] = no_signature;
        }
        names_[call.id] = call.name;
        append(std::move(made), "model");
        called_ = true;
    }

    /// Only the first call of each turn is checked.
    bool needs_signature() const {
        return generation_of(model_) == gemini_generation::level && !called_;
    }

    void add_result(const message& message) {
        const auto known = names_.find(message.tool_call_id);
        auto name = known != names_.end() ? known->second : message.name;
        if (name.empty()) name = message.tool_call_id;
        json made{
            {"functionResponse", {{"name", std::move(name)}, {"response", response_of(message)}}}};
        add_id(made["functionResponse"], message.tool_call_id);
        append(std::move(made), "user");
        // A function responds with JSON; pictures go beside it.
        for (const auto& part : message.content) {
            if (std::holds_alternative<text_part>(part)) continue;
            std::visit([&](const auto& each) { add_part(each, "user"); }, part);
        }
    }

    void add_id(json& to, const std::string& id) const {
        if (!id.empty() && !is_vertex(provider_)) to["id"] = id;
    }

    void append(gemini_part made, const char* role) {
        if (made.part.is_null()) return refuse(made.why);
        append(std::move(made.part), role);
    }
    void append(json part, const char* role) {
        auto& contents = made_.contents;
        if (!contents.empty() && contents.back()["role"] == role) {
            contents.back()["parts"].push_back(std::move(part));
            return;
        }
        called_ = false;
        contents.push_back(turn(role, std::move(part)));
    }

    void refuse(std::string_view why) {
        if (!problem_) problem_ = cannot_carry(call_, provider_, model_, "messages", why);
    }

    const call& call_;
    const provider_settings& provider_;
    std::string_view model_;
    gemini_conversation made_{json::array(), json::array()};
    std::map<std::string, std::string> names_;  ///< of functions, by the id of the call
    bool called_ = false;                       ///< within the turn being written
    std::optional<failure> problem_;
};

}  // namespace

boost::system::result<gemini_conversation, failure> gemini_contents(
    const call& call, const provider_settings& provider, std::string_view model
) {
    return conversation(call, provider, model).write();
}

}  // namespace sluice::upstream
