#include "upstream/providers/bedrock_conversation.hpp"

#include "upstream/providers/anthropic_content.hpp"
#include "upstream/providers/anthropic_turns.hpp"
#include "upstream/providers/bedrock_content.hpp"
#include "upstream/providers/text.hpp"
#include "upstream/providers/translation.hpp"

#include <utility>

namespace sluice::upstream {

namespace {

using nlohmann::json;

class telling {
 public:
    explicit telling(bool claude) : claude_(claude) {}

    void tell(const message& from) {
        switch (from.role) {
            case role::system:
            case role::developer:
                return tell_system(from);
            case role::user:
                return add("user", blocks_of(from));
            case role::assistant:
                return add("assistant", answer_of(from));
            case role::tool:
                return add("user", json::array({result_of(from)}));
        }
    }

    bedrock_conversation finish() {
        told_.lost_thoughts = has_lost_thoughts(told_.messages);
        trim_last_words(told_.messages);
        begin_with_user(told_.messages, {{"text", no_words}});
        return std::move(told_);
    }

 private:
    void tell_system(const message& from) {
        const auto text = text_of(from);
        if (!trim(text).empty()) told_.system.push_back({{"text", text}});
        for (const auto& part : from.content) {
            if (!std::holds_alternative<text_part>(part)) told_.why = "takes system texts only";
        }
    }

    json blocks_of(const message& from) {
        auto blocks = json::array();
        for (const auto& part : from.content) {
            auto made = make_bedrock_block(part, claude_, ++parts_);
            if (!made.why.empty() && told_.why.empty()) told_.why = made.why;
            if (!made.value.is_null()) blocks.push_back(std::move(made.value));
        }
        return blocks;
    }

    json answer_of(const message& from) {
        auto blocks = blocks_of(from);
        for (const auto& call : from.tool_calls) {
            told_.tools_called.insert(call.name);
            blocks.push_back(
                {{"toolUse",
                  {{"toolUseId", bedrock_call_id(call.id)},
                   {"name", call.name},
                   {"input", anthropic_tool_input(call.arguments)}}}}
            );
        }
        return blocks;
    }

    json result_of(const message& from) {
        json result{
            {"toolUseId", bedrock_call_id(from.tool_call_id)}, {"content", blocks_of(from)}};
        if (from.failed) result["status"] = "error";
        return {{"toolResult", std::move(result)}};
    }

    void add(const char* role, json blocks) {
        if (blocks.empty()) return;
        auto& messages = told_.messages;
        if (messages.empty() || messages.back()["role"] != role)
            messages.push_back({{"role", role}, {"content", json::array()}});
        for (auto& block : blocks)
            messages.back()["content"].push_back(std::move(block));
    }

    bool claude_;
    std::size_t parts_ = 0;
    bedrock_conversation told_;
};

}  // namespace

bedrock_conversation tell_bedrock(const std::vector<message>& messages, bool claude) {
    telling conversation(claude);
    for (const auto& message : messages)
        conversation.tell(message);
    return conversation.finish();
}

}  // namespace sluice::upstream
