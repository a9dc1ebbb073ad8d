#include "upstream/mock/prompt.hpp"

#include "upstream/mock/hash.hpp"
#include "upstream/mock/prompt_settings.hpp"

#include <algorithm>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

namespace sluice::upstream::mock {
namespace {

constexpr std::int64_t tokens_per_attachment = 85;
constexpr std::size_t bytes_per_token = 4;

struct add_part {
    fingerprint& print;
    const message& of;

    void operator()(const text_part& part) const { print.add(said_in(of, part)); }
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

std::string dump(const nlohmann::json& parameters) {
    if (parameters.is_null()) return {};
    return parameters.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

std::int64_t tokens_of_bytes(std::size_t bytes) {
    return static_cast<std::int64_t>((bytes + bytes_per_token - 1) / bytes_per_token);
}

std::int64_t count(const message& message) {
    std::size_t bytes = message.name.size();
    std::int64_t attachments = 0;
    for (const content_part& part : message.content) {
        if (const auto* text = std::get_if<text_part>(&part)) {
            bytes += said_in(message, *text).size();
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
    const std::size_t bytes =
        tool.name.size() + tool.description.size() + dump(tool.parameters).size();
    return std::max<std::int64_t>(tokens_of_bytes(bytes), 1);
}

bool is_instruction(const message& message) {
    return message.role == role::system || message.role == role::developer;
}

/// Walks over a prompt as `count` counts it and notes where blocks end.
class block_printer {
 public:
    explicit block_printer(std::int64_t block_tokens)
        : block_bytes_(static_cast<std::uint64_t>(block_tokens) * bytes_per_token),
          next_(block_bytes_) {}

    void walk(const message& message) {
        mark(static_cast<std::uint64_t>(message.role));
        text(message.name);
        mark_text(message.tool_call_id);
        for (const content_part& part : message.content) {
            mark(part.index());
            const auto* const said = std::get_if<text_part>(&part);
            const auto* const thought = std::get_if<reasoning_part>(&part);
            if (said != nullptr) text(said_in(message, *said));
            if (thought != nullptr) text(thought->text);
            if (said == nullptr && thought == nullptr) attach(message, part);
        }
        for (const tool_call& call : message.tool_calls) {
            mark_text(call.id);
            text(call.name);
            mark(0);
            text(call.arguments);
        }
        end();
    }

    void walk(const tool& tool) {
        text(tool.name);
        mark(0);
        text(tool.description);
        mark(0);
        text(dump(tool.parameters));
        end();
    }

    /// Changes the numbers, without being a part of the prompt.
    void mark(std::uint64_t number) { print_ = mix(print_, number); }
    void mark_text(std::string_view text) {
        fingerprint print;
        print.add(text);
        mark(print.value());
    }

    std::vector<std::uint64_t> take() { return std::move(prints_); }

 private:
    void text(std::string_view bytes) {
        while (!bytes.empty()) {
            const auto here = std::min<std::uint64_t>(bytes.size(), next_ - at_);
            for (const char c : bytes.substr(0, here))
                print_ = (print_ ^ static_cast<unsigned char>(c)) * 0x100000001b3U;
            bytes.remove_prefix(here);
            advance(here);
        }
    }

    void attach(const message& message, const content_part& part) {
        fingerprint print;
        std::visit(add_part{print, message}, part);
        mark(print.value());
        advance(tokens_per_attachment * bytes_per_token);
    }

    void advance(std::uint64_t bytes) {
        at_ += bytes;
        for (; at_ >= next_; next_ += block_bytes_)
            prints_.push_back(mix(print_, next_));
    }

    /// Of a message or a tool: it is whole tokens, and one at least.
    void end() {
        const std::uint64_t whole = (at_ + bytes_per_token - 1) / bytes_per_token * bytes_per_token;
        mark(1);
        advance(std::max(whole, began_ + bytes_per_token) - at_);
        began_ = at_;
    }

    std::uint64_t block_bytes_;
    std::uint64_t next_;  ///< where the block under way ends
    std::uint64_t at_ = 0;
    std::uint64_t began_ = 0;
    std::uint64_t print_ = 0;
    std::vector<std::uint64_t> prints_;
};

}  // namespace

std::uint64_t hash_prompt(const request& request) {
    fingerprint print;
    for (const message& message : request.messages) {
        print.add_number(static_cast<std::uint64_t>(message.role));
        for (const content_part& part : message.content) {
            print.add_number(part.index());
            std::visit(add_part{print, message}, part);
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

std::vector<std::uint64_t> prompt_prints(const request& request, std::int64_t block_tokens) {
    block_printer printer(block_tokens);
    printer.mark_text(request.model);
    auto message = request.messages.begin();
    for (; message != request.messages.end() && is_instruction(*message); ++message)
        printer.walk(*message);
    for (const tool& tool : request.tools)
        printer.walk(tool);
    for (; message != request.messages.end(); ++message)
        printer.walk(*message);
    return printer.take();
}

std::string last_user_text(const request& request) {
    const auto last = std::find_if(
        request.messages.rbegin(),
        request.messages.rend(),
        [](const message& message) { return message.role == role::user; }
    );
    std::string out;
    if (last == request.messages.rend()) return out;
    for (const content_part& part : last->content) {
        if (const auto* const text = std::get_if<text_part>(&part)) out += text->text;
    }
    return out;
}

}  // namespace sluice::upstream::mock
