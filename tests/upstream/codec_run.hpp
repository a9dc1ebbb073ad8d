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

struct told {
    std::map<int, std::string> text;
    std::map<int, std::string> reasoning;
    std::map<int, std::string> refusal;
    std::vector<told_call> calls;
    std::vector<std::pair<int, finish_reason>> finishes;
    std::vector<std::pair<std::string, std::string>> media;
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
            usage,
            identities,
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
    void add(const media_delta& item) { media.emplace_back(item.type, item.data); }
    void add(const finish& item) { finishes.emplace_back(item.choice, item.reason); }
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

/// A codec that has encoded `asked`, fed with `pieces` in blocks of their exact size.
inline told run(
    const call& asked,
    const provider_settings& provider,
    const std::vector<std::string_view>& pieces
) {
    auto codec = make_openai_chat_codec();
    (void)codec->encode(asked, provider, "model");
    told result;
    batch out;
    for (const auto piece : pieces) {
        const std::vector<char> exact(piece.begin(), piece.end());
        out.clear();
        codec->feed({exact.data(), exact.size()}, out);
        result.add(out);
    }
    out.clear();
    codec->end(out);
    result.add(out);
    return result;
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
