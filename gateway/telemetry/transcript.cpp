#include "gateway/telemetry/transcript.hpp"

#include "gateway/telemetry/message_writer.hpp"

#include <utility>
#include <variant>

namespace sluice::gateway {

namespace {

std::string_view word_of(upstream::role role) {
    switch (role) {
        case upstream::role::system:
        case upstream::role::developer:
            return "system";
        case upstream::role::user:
            return "user";
        case upstream::role::assistant:
            return "assistant";
        case upstream::role::tool:
            return "tool";
    }
    return "user";
}

struct part_writer {
    message_writer& to;

    void operator()(const upstream::text_part& part) const { to.text(part.text); }
    void operator()(const upstream::reasoning_part& part) const { to.reasoning(part.text); }
    void operator()(const upstream::image_part&) const { to.blob("image"); }
    void operator()(const upstream::audio_part&) const { to.blob("audio"); }
    void operator()(const upstream::file_part&) const { to.blob("file"); }
};

std::string written(const upstream::message& message) {
    message_writer writer(word_of(message.role));
    for (const auto& part : message.content)
        std::visit(part_writer{writer}, part);
    for (const auto& call : message.tool_calls)
        writer.tool_call(call.id, call.name, call.arguments);
    return std::move(writer).finish();
}

/// A text for vectors is what a user says.
std::vector<upstream::message> messages_of(const upstream::embedding_request& embedding) {
    std::vector<upstream::message> messages;
    for (const auto& input : embedding.inputs) {
        auto& message = messages.emplace_back();
        message.role = upstream::role::user;
        message.content.emplace_back(upstream::text_part{input});
    }
    return messages;
}

}  // namespace

transcript::transcript(const upstream::request& prompt) {
    keep_prompt(prompt.messages);
}

transcript::transcript(const upstream::call& call) : api_(call.api), streamed_(call.stream) {
    keep_prompt(call.embedding ? messages_of(*call.embedding) : call.request.messages);
}

/// The newest: what an answer is about stands last.
void transcript::keep_prompt(const std::vector<upstream::message>& messages) {
    std::vector<std::string> kept;
    std::size_t bytes = 2;
    for (auto message = messages.rbegin(); message != messages.rend(); ++message) {
        auto text = written(*message);
        bytes += text.size() + 1;
        prompt_cut_ = bytes > bytes_max;
        if (prompt_cut_) break;
        kept.push_back(std::move(text));
    }
    prompt_.assign(1, '[');
    for (auto text = kept.rbegin(); text != kept.rend(); ++text) {
        if (prompt_.size() > 1) prompt_ += ',';
        prompt_ += *text;
    }
    prompt_ += ']';
}

void transcript::see(const upstream::batch& batch) {
    for (const auto& item : batch.items) {
        if (const auto* frame = std::get_if<upstream::verbatim>(&item))
            hear(*frame);
        else
            answer_.add(item);
    }
    if (batch.ending) hear_end();
}

/// What has no room is not read either.
void transcript::hear(const upstream::verbatim& relayed) {
    if (answer_.full()) return relayed_.reset();
    if (!relayed_) relayed_ = std::make_unique<relayed_answer>(api_, streamed_);
    keep(relayed_->read(relayed.bytes));
    unread_ = unread_ || relayed_->broken();
}

void transcript::hear_end() {
    if (relayed_ && !answer_.full()) keep(relayed_->end());
    relayed_.reset();
}

/// How each choice ended stands beside the frames, as for everybody who does not read them.
void transcript::keep(const std::vector<upstream::item>& read) {
    for (const auto& item : read) {
        if (!std::holds_alternative<upstream::finish>(item)) answer_.add(item);
    }
}

}  // namespace sluice::gateway
