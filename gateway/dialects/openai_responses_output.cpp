#include "gateway/dialects/openai_responses_output.hpp"

#include "gateway/dialects/joined_media.hpp"
#include "gateway/dialects/json_text.hpp"
#include "gateway/dialects/openai_chat_answers.hpp"

#include <utility>

namespace sluice::gateway {

namespace {

using json = nlohmann::ordered_json;

// A provider's indexes are not to be trusted with memory.
constexpr std::size_t items_max = 16 * 1024;
constexpr std::size_t annotations_max = 16 * 1024;
constexpr int tool_calls_max = 4096;

std::string member(std::string_view key, const json& value) {
    return ",\"" + std::string(key) + "\":" + dump_json(value);
}

std::string text_member(std::string_view key, std::string_view text) {
    auto out = ",\"" + std::string(key) + "\":";
    append_json_string(out, text);
    return out;
}

upstream::reasoning_state state_of(const upstream::reasoning_state_delta& part) {
    return {part.from, part.how, std::string(part.data), std::string(part.id)};
}

constexpr std::string_view summary_address = ",\"summary_index\":0";

}  // namespace

void response_events::append(std::string& out, std::string_view type, std::string_view members) {
    out.append("event: ").append(type).append("\ndata: {\"type\":\"").append(type);
    out.append("\",\"sequence_number\":").append(std::to_string(next_++));
    out.append(members).append("}\n\n");
}

void response_events::append_error(std::string& out, const upstream::failure& failure) {
    const auto word = upstream::to_string(failure.outcome);
    const auto body = chat_error(failure, word);
    append(out, "error", "," + body.substr(1, body.size() - 2));
}

void response_events::append_response(
    std::string& out, std::string_view type, const json& response
) {
    append(out, type, member("response", response));
}

void response_output::add(const upstream::logprobs_delta& part) {
    // Refusals have no place for theirs.
    if (part.choice == 0 && !part.refusal) append_json_array(logprobs_, part.content);
}

void response_output::add(const upstream::text_delta& part, std::string& out) {
    if (part.choice != 0 || part.text.empty()) return;
    const auto at = open(kind::message, out);
    if (!at) return;
    auto* to = open_part(*at, false, out);
    to->text += part.text;
    code_points_ += code_points_in(part.text);
    const auto probabilities = logprobs_array(std::exchange(logprobs_, {}));
    to->logprobs.insert(to->logprobs.end(), probabilities.begin(), probabilities.end());
    append_delta(
        *at,
        "response.output_text.delta",
        part_address(*at),
        part.text,
        member("logprobs", probabilities),
        out
    );
}

void response_output::add(const upstream::refusal_delta& part, std::string& out) {
    if (part.choice != 0 || part.text.empty()) return;
    const auto at = open(kind::message, out);
    if (!at) return;
    open_part(*at, true, out)->text += part.text;
    append_delta(*at, "response.refusal.delta", part_address(*at), part.text, {}, out);
}

void response_output::add(const upstream::reasoning_delta& part, std::string& out) {
    if (part.choice != 0 || part.text.empty()) return;
    const auto at = open(kind::reasoning, out);
    if (!at) return;
    if (at->item.text.empty()) {
        const json empty{{"type", "summary_text"}, {"text", ""}};
        events_.append(
            out,
            "response.reasoning_summary_part.added",
            address(*at) + std::string(summary_address) + member("part", empty)
        );
    }
    at->item.text += part.text;
    append_delta(*at, "response.reasoning_summary_text.delta", summary_address, part.text, {}, out);
}

void response_output::add(const upstream::reasoning_state_delta& part, std::string& out) {
    if (part.choice != 0 || part.data.empty()) return;
    if (part.of_text) return add_state(pack_reasoning(mark_as_of_text(state_of(part))), out);
    if (part.tool_call >= 0) {
        const auto call = calls_.find(part.tool_call);
        if (call == calls_.end()) return;
        return add_state(
            pack_reasoning(mark_as_of_call(state_of(part), items_[call->second].call_id)), out
        );
    }
    // Redacted thoughts are a stretch of their own.
    if (part.how == upstream::reasoning_state::form::redacted) close_current("completed", out);
    const auto at = open(kind::reasoning, out);
    if (!at) return;
    at->item.encrypted = pack_reasoning(state_of(part));
    close_current("completed", out);
}

void response_output::add_state(std::string encrypted, std::string& out) {
    close_current("completed", out);
    const auto at = open(kind::reasoning, out);
    if (!at) return;
    at->item.encrypted = std::move(encrypted);
    close_current("completed", out);
}

void response_output::add(const upstream::tool_call_delta& part, std::string& out) {
    if (part.choice != 0) return;
    const auto at = call_at(part, out);
    if (!at || part.arguments.empty()) return;
    at->item.text += part.arguments;
    append_delta(*at, "response.function_call_arguments.delta", {}, part.arguments, {}, out);
}

void response_output::add(const upstream::media_delta& part, std::string& out) {
    if (part.choice != 0) return;
    if (part.type.starts_with("audio/")) return add_sound(part, out);
    if (part.type.starts_with("image/")) add_picture(part, out);
}

void response_output::add(const upstream::citation_delta& part, std::string& out) {
    if (part.choice != 0) return;
    const auto at = open(kind::message, out);
    if (!at) return;
    auto* to = open_part(*at, false, out);
    const auto index = to->annotations.size();
    if (index == annotations_max) return;
    to->annotations.push_back(annotation_object(part, to->begin, code_points_));
    events_.append(
        out,
        "response.output_text.annotation.added",
        address(*at) + part_address(*at) + member("annotation_index", index) +
            member("annotation", to->annotations.back())
    );
}

void response_output::add_picture(const upstream::media_delta& part, std::string& out) {
    const bool same = current_ && goes_on(items_[*current_].type, items_[*current_].text, part);
    if (!same) close_current("completed", out);
    const auto at = open(kind::picture, out);
    if (!at) return;
    at->item.type = part.type;
    append_base64(at->item.text, part.data);
}

void response_output::add_sound(const upstream::media_delta& part, std::string& out) {
    const auto at = open(kind::sound, out);
    if (!at) return;
    at->item.type = part.type;
    append_base64(at->item.text, part.data);
    at->item.transcript += part.transcript;
    if (!part.data.empty()) {
        events_.append(out, "response.audio.delta", text_member("delta", part.data));
    }
    if (part.transcript.empty()) return;
    events_.append(out, "response.audio.transcript.delta", text_member("delta", part.transcript));
}

void response_output::finish(std::string_view status, std::string& out) {
    close_current(status, out);
    for (const auto& [call, index] : calls_) {
        if (items_[index].status == "in_progress") close({index, items_[index]}, status, out);
    }
}

json response_output::items() const {
    json all = json::array();
    for (const auto& item : items_) {
        auto copy = item;
        if (copy.status == "in_progress") copy.status = "incomplete";
        all.push_back(item_object(copy));
    }
    return all;
}

/// The open item of that kind; where another is open, that one ends.
std::optional<response_output::place> response_output::open(kind what, std::string& out) {
    if (current_ && items_[*current_].what == what) return place{*current_, items_[*current_]};
    close_current("completed", out);
    constexpr std::string_view prefixes[]{"msg_", "rs_", "fc_", "ig_", "msg_"};
    const auto at = begin(what, prefixes[static_cast<std::size_t>(what)]);
    if (!at) return {};
    current_ = at->index;
    announce(*at, out);
    return at;
}

std::optional<response_output::place> response_output::begin(kind what, std::string_view prefix) {
    const auto index = items_.size();
    if (index == items_max) return {};
    auto& item = items_.emplace_back();
    item.what = what;
    item.id = std::string(prefix) + base_ + "_" + std::to_string(index);
    return place{index, item};
}

response_part* response_output::open_part(place at, bool refusal, std::string& out) {
    auto& parts = at.item.parts;
    if (!parts.empty() && parts.back().refusal == refusal) return &parts.back();
    if (!parts.empty()) close_part(at, out);
    auto& part = parts.emplace_back();
    part.refusal = refusal;
    part.begin = code_points_;
    events_.append(
        out,
        "response.content_part.added",
        address(at) + part_address(at) + member("part", part_object(part))
    );
    return &part;
}

std::optional<response_output::place> response_output::call_at(
    const upstream::tool_call_delta& part, std::string& out
) {
    const auto found = calls_.find(part.index);
    if (found != calls_.end()) return place{found->second, items_[found->second]};
    if (part.index < 0 || part.index >= tool_calls_max) return {};
    close_current("completed", out);
    const auto at = begin(kind::call, "fc_");
    if (!at) return {};
    calls_[part.index] = at->index;
    at->item.call_id = unused_call_id(part.id);
    at->item.name = part.name;
    announce(*at, out);
    return at;
}

/// Clients want an id for each call, and no id twice.
std::string response_output::unused_call_id(std::string_view told) {
    std::string id(told);
    const auto suffix = base_ + "_" + std::to_string(items_.size() - 1);
    if (id.empty()) id = "call_" + suffix;
    if (call_ids_.contains(id)) id += "_" + suffix;
    call_ids_.insert(id);
    return id;
}

void response_output::announce(place at, std::string& out) {
    events_.append(
        out,
        "response.output_item.added",
        member("output_index", at.index) + member("item", item_object(at.item))
    );
}

void response_output::close_current(std::string_view status, std::string& out) {
    if (!current_) return;
    const auto index = *std::exchange(current_, std::nullopt);
    close({index, items_[index]}, status, out);
}

void response_output::close(place at, std::string_view status, std::string& out) {
    at.item.status = status;
    switch (at.item.what) {
        case kind::message:
            close_part(at, out);
            break;
        case kind::reasoning:
            close_summary(at, out);
            break;
        case kind::call:
            close_call(at, out);
            break;
        case kind::picture:
        case kind::sound:
            close_medium(at, out);
            break;
    }
    events_.append(
        out,
        "response.output_item.done",
        member("output_index", at.index) + member("item", item_object(at.item))
    );
}

void response_output::close_part(place at, std::string& out) {
    if (at.item.parts.empty()) return;
    const auto& part = at.item.parts.back();
    const auto where = address(at) + part_address(at);
    if (part.refusal) {
        events_.append(out, "response.refusal.done", where + text_member("refusal", part.text));
    } else {
        events_.append(
            out,
            "response.output_text.done",
            where + text_member("text", part.text) + member("logprobs", part.logprobs)
        );
    }
    events_.append(out, "response.content_part.done", where + member("part", part_object(part)));
}

void response_output::close_summary(place at, std::string& out) {
    if (at.item.text.empty()) return;
    const auto where = address(at) + std::string(summary_address);
    const json part{{"type", "summary_text"}, {"text", at.item.text}};
    events_.append(
        out, "response.reasoning_summary_text.done", where + text_member("text", at.item.text)
    );
    events_.append(out, "response.reasoning_summary_part.done", where + member("part", part));
}

void response_output::close_call(place at, std::string& out) {
    events_.append(
        out,
        "response.function_call_arguments.done",
        address(at) + text_member("name", at.item.name) + text_member("arguments", at.item.text)
    );
}

void response_output::close_medium(place at, std::string& out) {
    if (at.item.what == kind::picture) {
        events_.append(out, "response.image_generation_call.completed", address(at));
        return;
    }
    events_.append(out, "response.audio.done", {});
    if (!at.item.transcript.empty()) events_.append(out, "response.audio.transcript.done", {});
}

std::string response_output::address(place at) const {
    return text_member("item_id", at.item.id) + member("output_index", at.index);
}

std::string response_output::part_address(place at) const {
    return member("content_index", at.item.parts.size() - 1);
}

void response_output::append_delta(
    place at,
    std::string_view type,
    std::string_view where,
    std::string_view text,
    std::string_view more,
    std::string& out
) {
    auto members = address(at);
    members += where;
    members += ",\"delta\":";
    append_json_string(members, text);
    members += more;
    events_.append(out, type, members);
}

}  // namespace sluice::gateway
