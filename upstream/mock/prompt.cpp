#include "upstream/mock/prompt.hpp"

#include "upstream/mock/hash.hpp"

#include <algorithm>
#include <initializer_list>
#include <string>
#include <string_view>

namespace sluice::upstream::mock {
namespace {

constexpr std::int64_t tokens_per_attachment = 85;
constexpr std::size_t bytes_per_token = 4;

struct add_part {
    fingerprint& print;

    void operator()(const text_part& part) const { print.add(part.text); }
    void operator()(const reasoning_part& part) const { print.add(part.text); }
    void operator()(const image_part& part) const {
        print.add(part.url);
        print.add(part.detail);
        add_more({part.id});
    }
    void operator()(const audio_part& part) const {
        print.add(part.data);
        print.add(part.format);
    }
    void operator()(const file_part& part) const {
        print.add(part.id);
        print.add(part.data);
        print.add(part.name);
        add_more({part.url, part.type});
    }

    /// Empty ones count for nothing, so that a field that is new changes no old conversation.
    void add_more(std::initializer_list<std::string_view> texts) const {
        for (const std::string_view text : texts) {
            if (!text.empty()) print.add(text);
        }
    }
};

std::int64_t tokens_of_bytes(std::size_t bytes) {
    return static_cast<std::int64_t>((bytes + bytes_per_token - 1) / bytes_per_token);
}

std::int64_t count(const message& message) {
    std::size_t bytes = message.name.size();
    std::int64_t attachments = 0;
    for (const content_part& part : message.content) {
        if (const auto* text = std::get_if<text_part>(&part)) {
            bytes += text->text.size();
        } else if (const auto* thoughts = std::get_if<reasoning_part>(&part)) {
            bytes += thoughts->text.size();
        } else {
            ++attachments;
        }
    }
    for (const tool_call& call : message.tool_calls)
        bytes += call.name.size() + call.arguments.size();
    return std::max<std::int64_t>(tokens_of_bytes(bytes) + attachments * tokens_per_attachment, 1);
}

std::int64_t count(const tool& tool) {
    std::size_t bytes = tool.name.size() + tool.description.size();
    if (!tool.parameters.is_null()) {
        bytes +=
            tool.parameters.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace).size();
    }
    return std::max<std::int64_t>(tokens_of_bytes(bytes), 1);
}

}  // namespace

std::uint64_t hash_prompt(const request& request) {
    fingerprint print;
    for (const message& message : request.messages) {
        print.add_number(static_cast<std::uint64_t>(message.role));
        for (const content_part& part : message.content) {
            print.add_number(part.index());
            std::visit(add_part{print}, part);
        }
        print.add(message.name);
        print.add(message.tool_call_id);
        for (const tool_call& call : message.tool_calls) {
            print.add(call.id);
            print.add(call.name);
            print.add(call.arguments);
        }
    }
    return print.value();
}

std::int64_t count_prompt_tokens(const request& request) {
    std::int64_t tokens = 0;
    for (const message& message : request.messages)
        tokens += count(message);
    for (const tool& tool : request.tools)
        tokens += count(tool);
    return tokens;
}

std::int64_t count_prompt_tokens(const embedding_request& request) {
    std::int64_t tokens = 0;
    for (const std::string& text : request.inputs)
        tokens += std::max<std::int64_t>(tokens_of_bytes(text.size()), 1);
    return tokens;
}

}  // namespace sluice::upstream::mock
