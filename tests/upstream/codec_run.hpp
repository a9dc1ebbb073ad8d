#pragma once

#include "upstream/providers/openai_chat.hpp"

#include <map>
#include <memory>
#include <optional>
#include <ostream>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

/// Runs a codec over bytes and keeps what it told, for comparison.
namespace sluice::upstream::testing {

struct told_call {
    int choice = 0;
    int index = 0;
    std::string id;
    std::string name;
    std::string arguments;

    bool operator==(const told_call&) const = default;
};

inline std::ostream& operator<<(std::ostream& out, const told_call& call) {
    return out << call.choice << '/' << call.index << ' ' << call.id << ' ' << call.name << '('
               << call.arguments << ')';
}

/// Opaque state as it was told.
struct told_state {
    int choice = 0;
    reasoning_state::origin from = reasoning_state::origin::other;
    reasoning_state::form how = reasoning_state::form::signature;
    std::string data;
    int tool_call = -1;

    bool operator==(const told_state&) const = default;
};

struct told_citation {
    int choice = 0;
    std::string url;
    std::string title;
    std::string cited_text;
    std::int64_t begin = -1;
    std::int64_t end = -1;

    bool operator==(const told_citation&) const = default;
};

struct told {
    std::map<int, std::string> text;
    std::map<int, std::string> reasoning;
    std::map<int, std::string> refusal;
    std::vector<told_call> calls;
    std::vector<std::pair<int, finish_reason>> finishes;
    std::vector<std::pair<std::string, std::string>> media;  ///< type and base64
    std::string transcript;
    std::vector<told_state> states;
    std::vector<told_citation> citations;
    std::string logprobs;
    std::map<int, std::string> embeddings;
    std::vector<std::string> native_reasons;
    std::string stop_sequence;
    std::optional<upstream::usage> usage;
    std::vector<std::tuple<std::string, std::string, std::int64_t>> identities;
    std::vector<std::pair<std::string, bool>> frames;
    std::string bytes;  ///< of all verbatim items
    std::optional<outcome> ended;
    std::optional<upstream::failure> failure;

    /// Everything that must not depend on how the bytes were cut.
    auto key() const {
        return std::tuple(
            text,
            reasoning,
            refusal,
            calls,
            finishes,
            media,
            transcript,
            std::pair(logprobs, embeddings),
            usage,
            identities,
            std::pair(native_reasons, stop_sequence),
            frames,
            ended,
            failure ? failure->message + "|" + failure->type + "|" + failure->code + "|" +
                          std::to_string(failure->status)
                    : std::string()
        );
    }

    void add(const text_delta& item) { text[item.choice] += item.text; }
    void add(const reasoning_delta& item) { reasoning[item.choice] += item.text; }
    void add(const refusal_delta& item) { refusal[item.choice] += item.text; }
    void add(const media_delta& item) {
        if (!item.data.empty()) media.emplace_back(item.type, item.data);
        transcript += item.transcript;
    }
    void add(const reasoning_state_delta& item) {
        states.push_back({item.choice, item.from, item.how, std::string(item.data), item.tool_call}
        );
    }
    void add(const citation_delta& item) {
        citations.push_back(
            {item.choice,
             std::string(item.url),
             std::string(item.title),
             std::string(item.cited_text),
             item.begin,
             item.end}
        );
    }
    void add(const logprobs_delta& item) { logprobs += item.content; }
    void add(const embedding_delta& item) { embeddings[item.index] = item.numbers; }
    void add(const finish& item) {
        finishes.emplace_back(item.choice, item.reason);
        native_reasons.emplace_back(item.native);
        if (!item.stop_sequence.empty()) stop_sequence = item.stop_sequence;
    }
    void add(const upstream::usage& item) { usage = item; }
    void add(const identity& item) {
        identities.emplace_back(std::string(item.id), std::string(item.model), item.created);
    }
    void add(const verbatim& item) {
        frames.emplace_back(item.bytes, item.content);
        bytes += item.bytes;
    }
    void add(const tool_call_delta& item) {
        for (auto& call : calls) {
            if (call.choice != item.choice || call.index != item.index) continue;
            call.id += item.id;
            call.name += item.name;
            call.arguments += item.arguments;
            return;
        }
        calls.push_back(
            {item.choice,
             item.index,
             std::string(item.id),
             std::string(item.name),
             std::string(item.arguments)}
        );
    }
    void add(const batch& from) {
        for (const auto& item : from.items)
            std::visit([this](auto& each) { add(each); }, item);
        if (!from.ending) return;
        ended = from.ending->outcome;
        failure = from.ending->failure;
    }
};

/// A codec that has encoded `asked`, fed with `pieces` in blocks of their exact size. As in an
/// exchange, the end of the file adds to the batch of the last piece, whose items are read only
/// then.
inline told run(
    std::unique_ptr<codec> codec,
    const call& asked,
    const provider_settings& provider,
    const std::vector<std::string_view>& pieces
) {
    (void)codec->encode(asked, provider, "model");
    told result;
    batch out;
    for (const auto piece : pieces) {
        result.add(out);
        out.clear();
        const std::vector<char> exact(piece.begin(), piece.end());
        codec->feed({exact.data(), exact.size()}, out);
    }
    codec->end(out);
    result.add(out);
    return result;
}

inline told run(
    const call& asked,
    const provider_settings& provider,
    const std::vector<std::string_view>& pieces
) {
    return run(make_openai_chat_codec(), asked, provider, pieces);
}

inline call translated_call() {
    return {};
}

inline call transparent_call(bool want_usage = false, bool stream = true) {
    call asked;
    asked.api = api::openai_chat;
    asked.body = R"({"model":"m","messages":[],"stream":true})";
    asked.stream = stream;
    asked.want_usage = want_usage;
    return asked;
}

inline std::vector<std::string_view> bytewise(std::string_view text) {
    std::vector<std::string_view> pieces;
    for (std::size_t at = 0; at < text.size(); ++at)
        pieces.push_back(text.substr(at, 1));
    return pieces;
}

inline provider_settings plain_provider() {
    provider_settings provider;
    provider.name = "upstream";
    provider.base_url = "https://api.example.com/v1";
    provider.api_key = "sk-secret-key";
    return provider;
}

}  // namespace sluice::upstream::testing
