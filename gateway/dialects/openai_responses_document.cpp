#include "gateway/dialects/continued_mark.hpp"
#include "gateway/dialects/gathered_answer.hpp"
#include "gateway/dialects/json_text.hpp"
#include "gateway/dialects/openai_responses_answers.hpp"
#include "gateway/dialects/openai_responses_shapes.hpp"

#include <algorithm>
#include <utility>

namespace sluice::gateway {

namespace {

using json = nlohmann::ordered_json;
using block_kind = answer_block::kind;
using item_kind = response_item::kind;

/// Makes the items of an answer's blocks.
class item_list {
 public:
    item_list(std::string base, const answer_choice& choice, std::string_view status)
        : base_(std::move(base)), logprobs_(logprobs_array(choice.logprobs)) {
        for (const auto& block : choice.blocks)
            add(block);
        // Only what came last may have been cut.
        if (!items_.empty()) items_.back().status = status;
    }

    json objects() const {
        json all = json::array();
        for (const auto& item : items_)
            all.push_back(item_object(item));
        return all;
    }

 private:
    void add(const answer_block& block) {
        switch (block.what) {
            case block_kind::text:
            case block_kind::refusal:
                return add_part(block);
            case block_kind::reasoning:
                return add_reasoning(block);
            case block_kind::tool_call:
                return add_call(block);
            case block_kind::media:
                return add_medium(block);
        }
    }

    void add_part(const answer_block& block) {
        const bool open = !items_.empty() && items_.back().what == item_kind::message;
        auto& message = open ? items_.back() : begin(item_kind::message, "msg_");
        auto& part = message.parts.emplace_back();
        part.refusal = block.what == block_kind::refusal;
        part.text = block.text;
        part.begin = code_points_;
        if (part.refusal) return;
        code_points_ += code_points_in(block.text);
        // They are those of all the text.
        part.logprobs = std::exchange(logprobs_, json::array());
        for (const auto& each : block.citations) {
            const upstream::citation_delta citation{
                0, each.url, each.title, each.cited_text, each.begin, each.end};
            part.annotations.push_back(annotation_object(citation, part.begin, code_points_));
        }
        if (block.state)
            begin(item_kind::reasoning, "rs_").encrypted =
                pack_reasoning(mark_as_of_text(*block.state));
    }

    void add_reasoning(const answer_block& block) {
        auto& item = begin(item_kind::reasoning, "rs_");
        item.text = block.text;
        if (block.state) item.encrypted = pack_reasoning(*block.state);
    }

    void add_call(const answer_block& block) {
        auto& item = begin(item_kind::call, "fc_");
        item.call_id =
            block.id.empty() ? "call_" + base_ + "_" + std::to_string(items_.size() - 1) : block.id;
        item.name = block.name;
        item.text = block.text;
        if (!block.state) return;
        auto packed = pack_reasoning(mark_as_of_call(*block.state, item.call_id));
        begin(item_kind::reasoning, "rs_").encrypted = std::move(packed);
    }

    void add_medium(const answer_block& block) {
        const bool sound = block.type.starts_with("audio/");
        if (!sound && !block.type.starts_with("image/")) return;
        auto& item = begin(sound ? item_kind::sound : item_kind::picture, sound ? "msg_" : "ig_");
        item.type = block.type;
        item.text = block.text;
        item.transcript = block.transcript;
    }

    response_item& begin(item_kind what, std::string_view prefix) {
        const auto index = items_.size();
        auto& item = items_.emplace_back();
        item.what = what;
        item.id = std::string(prefix) + base_ + "_" + std::to_string(index);
        item.status = "completed";
        return item;
    }

    std::string base_;
    json logprobs_;
    std::vector<response_item> items_;
    std::int64_t code_points_ = 0;
};

class responses_document final : public document_builder {
 public:
    responses_document(const upstream::call& call, const stream_names& names)
        : object_(call, names), base_(names.id) {}

    void add(const upstream::item& item) override { gatherer_.add(item); }

    std::string finish(const closing& closing) override {
        auto answer = gatherer_.take();
        upstream::identity who;
        who.model = answer.model;
        object_.know(who);
        if (answer.choices.empty()) answer.choices.emplace_back();
        const auto& choice = answer.choices.front();
        const auto standing = standing_of(closing.ending, choice.reason);
        const item_list items(base_, choice, standing.status);
        const auto usage = response_usage(closing.usage);
        auto response = object_.describe(standing, items.objects(), usage);
        mark_continued(response, continued_);
        return dump_json(response);
    }

 private:
    response_object object_;
    std::string base_;
    answer_gatherer gatherer_;
};

class responses_document_relay final : public document_builder {
 public:
    void add(const upstream::item& item) override { gatherer_.add(item); }
    std::string finish(const closing&) override { return gatherer_.take().verbatim; }

 private:
    answer_gatherer gatherer_;
};

}  // namespace

std::unique_ptr<document_builder> make_responses_document(
    const upstream::call& call, const stream_names& names
) {
    return std::make_unique<responses_document>(call, names);
}

std::unique_ptr<document_builder> make_responses_document_relay() {
    return std::make_unique<responses_document_relay>();
}

}  // namespace sluice::gateway
