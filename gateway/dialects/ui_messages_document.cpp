#include "gateway/dialects/continued_mark.hpp"
#include "gateway/dialects/gathered_answer.hpp"
#include "gateway/dialects/json_text.hpp"
#include "gateway/dialects/ui_messages_answers.hpp"

#include <utility>

namespace sluice::gateway {

namespace {

using json = nlohmann::ordered_json;

json text_part(std::string_view type, const answer_block& block) {
    json part{{"type", type}, {"text", block.text}, {"state", "done"}};
    if (block.state) part["providerMetadata"] = ui_state(*block.state);
    return part;
}

json tool_part(const answer_block& block) {
    json part{{"type", "tool-" + block.name}, {"toolCallId", block.id}};
    if (are_ui_arguments(block.text)) {
        part["state"] = "input-available";
        part["input"] = block.text.find_first_not_of(" \t\r\n") == std::string::npos
                            ? json::object()
                            : json::parse(block.text);
    } else {
        part["state"] = "output-error";
        part["rawInput"] = block.text;
        part["errorText"] = "The model's arguments are no JSON object.";
    }
    if (block.state) part["callProviderMetadata"] = ui_state(*block.state);
    return part;
}

class ui_document final : public document_builder {
 public:
    explicit ui_document(const stream_names& names) : names_(names) {}

    void add(const upstream::item& item) override { gatherer_.add(item); }

    std::string finish(const closing& closing) override {
        const auto answer = gatherer_.take();
        json parts = json::array({{{"type", "step-start"}}});
        if (!answer.choices.empty()) {
            for (const auto& block : answer.choices.front().blocks)
                append(block, parts);
        }
        const auto& model = answer.model.empty() ? names_.route : answer.model;
        auto metadata = ui_metadata(model, closing.usage);
        mark_continued(metadata, continued_);
        const json message{
            {"id", "msg_" + names_.id},
            {"role", "assistant"},
            {"metadata", std::move(metadata)},
            {"parts", std::move(parts)}};
        return dump_json(message);
    }

 private:
    void append(const answer_block& block, json& parts) {
        switch (block.what) {
            case answer_block::kind::text:
            case answer_block::kind::refusal:
                parts.push_back(text_part("text", block));
                break;
            case answer_block::kind::reasoning:
                parts.push_back(text_part("reasoning", block));
                break;
            case answer_block::kind::tool_call:
                parts.push_back(tool_part(block));
                break;
            case answer_block::kind::media:
                parts.push_back(
                    {{"type", "file"},
                     {"mediaType", block.type},
                     {"url", "data:" + block.type + ";base64," + block.text}}
                );
                if (block.transcript.empty()) break;
                parts.push_back({{"type", "text"}, {"text", block.transcript}, {"state", "done"}});
        }
        for (const auto& from : block.citations) {
            parts.push_back(ui_source(
                {0, from.url, from.title, from.cited_text, from.begin, from.end}, ++sources_
            ));
        }
    }

    stream_names names_;
    answer_gatherer gatherer_;
    std::size_t sources_ = 0;
};

}  // namespace

std::unique_ptr<document_builder> make_ui_document(const stream_names& names) {
    return std::make_unique<ui_document>(names);
}

}  // namespace sluice::gateway
