#include "upstream/providers/anthropic_conversation.hpp"

#include "upstream/providers/anthropic_content.hpp"
#include "upstream/providers/anthropic_turns.hpp"
#include "upstream/providers/text.hpp"

#include <algorithm>
#include <utility>
#include <vector>

namespace sluice::upstream {

namespace {

using nlohmann::json;

/// Other characters than these are refused in the id of a call.
std::string valid_id(std::string_view id) {
    std::string valid(id);
    for (char& c : valid) {
        const bool fits = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
                          (c >= 'A' && c <= 'Z') || c == '_' || c == '-';
        if (!fits) c = '_';
    }
    return valid;
}

class teller {
 public:
    void tell(const message& message) {
        switch (message.role) {
            case role::system:
            case role::developer:
                return tell_system(message);
            case role::user:
                return tell_user(message);
            case role::assistant:
                return tell_assistant(message);
            case role::tool:
                return tell_result(message);
        }
    }

    anthropic_conversation finish() {
        told_.lost_thoughts = has_lost_thoughts(told_.turns);
        trim_last_words(told_.turns);
        begin_with_user(told_.turns, {{"type", "text"}, {"text", no_words}});
        return std::move(told_);
    }

 private:
    struct open_call {
        std::string id;  ///< the client's; may be empty
        std::string name;
        std::string sent;  ///< what it is called here
        bool answered = false;
    };

    /// The blocks of the turn that is being told; a turn of the same role goes on.
    json& turn(const char* role) {
        auto& turns = told_.turns;
        if (turns.empty() || turns.back()["role"] != role) {
            turns.push_back({{"role", role}, {"content", json::array()}});
        }
        return turns.back()["content"];
    }

    json blocks_of(const std::vector<content_part>& parts) {
        auto blocks = json::array();
        for (const auto& part : parts) {
            auto block = make_anthropic_block(part);
            if (told_.why.empty()) told_.why = block.why;
            told_.names_files = told_.names_files || block.by_id;
            if (!block.value.is_null()) blocks.push_back(std::move(block.value));
        }
        return blocks;
    }

    void append(const char* role, json blocks) {
        if (blocks.empty()) return;
        auto& content = turn(role);
        for (auto& block : blocks)
            content.push_back(std::move(block));
    }

    /// There is one place for the system's words, at the beginning.
    void tell_system(const message& message) {
        for (const auto& part : message.content) {
            const auto* text = std::get_if<text_part>(&part);
            if (text == nullptr) {
                told_.why = "takes nothing but text from the system";
            } else if (!trim(text->text).empty()) {
                if (!told_.system.empty()) told_.system += "\n\n";
                told_.system += text->text;
            }
        }
    }

    void tell_user(const message& message) { append("user", blocks_of(message.content)); }

    void tell_assistant(const message& message) {
        auto blocks = blocks_of(message.content);
        if (!message.tool_calls.empty()) open_.clear();
        for (const auto& call : message.tool_calls) {
            auto id = valid_id(call.id);
            if (id.empty()) id = "call_" + std::to_string(++invented_);
            blocks.push_back(
                {{"type", "tool_use"},
                 {"id", id},
                 {"name", call.name},
                 {"input", anthropic_tool_input(call.arguments)}}
            );
            open_.push_back({call.id, call.name, std::move(id)});
        }
        append("assistant", std::move(blocks));
    }

    /// Some protocols name no call: then results answer the calls in their order.
    std::string answered_id(const message& result) {
        const auto fits = [&](const open_call& call) {
            if (!result.tool_call_id.empty()) return call.id == result.tool_call_id;
            return !call.answered && (result.name.empty() || result.name == call.name);
        };
        auto call = std::ranges::find_if(open_, fits);
        if (call == open_.end() && result.tool_call_id.empty()) {
            call = std::ranges::find(open_, false, &open_call::answered);
        }
        if (call == open_.end()) return valid_id(result.tool_call_id);
        call->answered = true;
        return call->sent;
    }

    /// All results of one turn stand together, ahead of anything else that the user says.
    void tell_result(const message& message) {
        json result{{"type", "tool_result"}, {"tool_use_id", answered_id(message)}};
        auto blocks = blocks_of(message.content);
        if (!blocks.empty()) result["content"] = std::move(blocks);
        if (message.failed) result["is_error"] = true;
        auto& content = turn("user");
        const auto behind = std::find_if(content.begin(), content.end(), [](const json& block) {
            return block["type"] != "tool_result";
        });
        content.insert(behind, std::move(result));
    }

    anthropic_conversation told_;
    std::vector<open_call> open_;  ///< the calls of the last answer
    int invented_ = 0;
};

}  // namespace

anthropic_conversation tell_anthropic(const std::vector<message>& messages) {
    teller telling;
    for (const auto& message : messages)
        telling.tell(message);
    return telling.finish();
}

}  // namespace sluice::upstream
