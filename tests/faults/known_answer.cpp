#include "tests/faults/known_answer.hpp"

namespace sluice::faults {
namespace {

using nlohmann::json;

/// Content as a text, or as a list of parts of which some are texts.
std::string text_of(const json& message) {
    const auto content = message.value("content", json());
    if (content.is_string()) return content.get<std::string>();
    std::string text;
    for (const auto& part : content) {
        if (part.is_object()) text += part.value("text", "");
    }
    return text;
}

bool is_of(const json& message, std::string_view role) {
    return message.is_object() && message.value("role", "") == role;
}

std::optional<std::size_t> token_behind(std::string_view text) {
    std::size_t bytes = 0;
    std::size_t index = 0;
    while (bytes < text.size() && index < known_tokens().size()) {
        bytes += known_tokens()[index++].size();
    }
    if (bytes != text.size() || known_answer().compare(0, bytes, text) != 0) return std::nullopt;
    return index;
}

}  // namespace

const std::vector<std::string>& known_tokens() {
    static const std::vector<std::string> tokens{
        "Gr\u00fc\u00dfe",
        " aus",
        " \u6c34\u9580",
        " und",
        " S\u00e3o",
        " Paulo",
        ":\n",
        "\"Wer",
        " fragt,\"",
        " sagte",
        " der",
        " Schleusenw\u00e4rter",
        " \U0001F6A2",
        ",\n\n",
        "bekommt",
        " \\eine\\",
        " Antwort",
        " \U0001F469\u200D\U0001F680",
        ";",
        "\tdata: [DONE]",
        "\n\nevent: message_stop",
        "\r\n",
        "steht",
        " nur",
        " als",
        " <b>Text</b>",
        " & Zeichen",
        " \u2028",
        "\u6771\u4eac",
        "\u306e",
        " \u304c",
        " flie\u00dft",
        " \u03b1\u03b2\u03b3",
        " \u0416\u0443\u043a",
        " \u05e9\u05dc\u05d5\u05dd",
        " e\u0301t\u00e9",
        " 100\u00a0%",
        " {\"k\": [1]}",
        " \u2014",
        " Ende",
        "\u2026",
        " \U0001F30A.",
    };
    return tokens;
}

const std::string& known_answer() {
    static const std::string text = [] {
        std::string joined;
        for (const auto& token : known_tokens())
            joined += token;
        return joined;
    }();
    return text;
}

std::optional<std::size_t> first_token_of(const json& messages) {
    if (!messages.is_array() || messages.empty()) return 0;
    const auto count = messages.size();
    if (is_of(messages[count - 1], "assistant")) return token_behind(text_of(messages[count - 1]));
    const bool asked_to_go_on =
        count >= 3 && is_of(messages[count - 1], "user") && is_of(messages[count - 2], "assistant");
    if (!asked_to_go_on) return 0;
    return token_behind(text_of(messages[count - 2]));
}

}  // namespace sluice::faults
