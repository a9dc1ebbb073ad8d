#include "upstream/providers/openai_logprobs.hpp"

#include "upstream/providers/json_read.hpp"

#include <algorithm>
#include <cstddef>
#include <utility>

namespace sluice::upstream {

namespace {

using nlohmann::json;

// Stands for the probability of a token that has none: the first of an echoed prompt.
constexpr double unknown_logprob = -9999.0;

bool holds_objects(const json* list) {
    return list != nullptr && list->is_array() && !list->empty() &&
           std::ranges::all_of(*list, [](const json& each) { return each.is_object(); });
}

json token_json(std::string_view token, const json* logprob) {
    auto bytes = json::array();
    for (const char c : token)
        bytes.push_back(static_cast<unsigned char>(c));
    const bool known = logprob != nullptr && logprob->is_number();
    return {
        {"token", token},
        {"logprob", known ? *logprob : json(unknown_logprob)},
        {"bytes", std::move(bytes)}};
}

/// An object of tokens with their probabilities, most probable first.
json alternatives_json(const json* object) {
    auto list = json::array();
    if (object == nullptr || !object->is_object()) return list;
    for (const auto& [token, logprob] : object->items()) {
        if (logprob.is_number()) list.push_back(token_json(token, &logprob));
    }
    std::sort(list.begin(), list.end(), [](const json& left, const json& right) {
        return left["logprob"].get<double>() > right["logprob"].get<double>();
    });
    return list;
}

const json* element(const json* list, std::size_t index) {
    const bool there = list != nullptr && list->is_array() && index < list->size();
    return there ? &(*list)[index] : nullptr;
}

json from_older_form(const json& logprobs) {
    const auto* tokens = find(logprobs, "tokens");
    auto list = json::array();
    if (tokens == nullptr || !tokens->is_array()) return list;
    for (std::size_t i = 0; i < tokens->size(); ++i) {
        auto token =
            token_json(text_of(&(*tokens)[i]), element(find(logprobs, "token_logprobs"), i));
        token["top_logprobs"] = alternatives_json(element(find(logprobs, "top_logprobs"), i));
        list.push_back(std::move(token));
    }
    return list;
}

void tell(int choice, const json& list, bool refusal, batch_texts& texts, batch& out) {
    const auto text = list.dump(-1, ' ', false, json::error_handler_t::replace);
    out.items.emplace_back(logprobs_delta{choice, texts.keep(text), refusal});
}

}  // namespace

void read_openai_logprobs(const json& choice, int index, batch_texts& texts, batch& out) {
    const auto* logprobs = find(choice, "logprobs");
    if (logprobs == nullptr || !logprobs->is_object()) return;
    const auto* content = find(*logprobs, "content");
    const auto* refusal = find(*logprobs, "refusal");
    if (holds_objects(content)) tell(index, *content, false, texts, out);
    if (holds_objects(refusal)) tell(index, *refusal, true, texts, out);
    const auto older = from_older_form(*logprobs);
    if (!older.empty()) tell(index, older, false, texts, out);
}

}  // namespace sluice::upstream
