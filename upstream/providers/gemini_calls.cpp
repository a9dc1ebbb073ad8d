#include "upstream/providers/gemini_calls.hpp"

#include "upstream/providers/json_read.hpp"
#include "upstream/providers/translation.hpp"

#include <array>
#include <cstdint>
#include <utility>

namespace sluice::upstream {

namespace {

using nlohmann::json;

/// More than any model makes in one answer.
constexpr int calls_max = 4096;

bool continues(const json& call) {
    const auto* more = find(call, "willContinue");
    return more != nullptr && more->is_boolean() && more->get<bool>();
}

/// FNV-1a: the same stream gives the same ids, another one others.
std::uint64_t mix(std::uint64_t hash, std::string_view text) {
    constexpr std::uint64_t prime = 1099511628211U;
    for (const char c : text)
        hash = (hash ^ static_cast<unsigned char>(c)) * prime;
    return hash;
}

/// Clients tell calls apart by their id, which Gemini seldom gives.
std::string invented_id(
    std::string_view response_id, int choice, int index, std::string_view name
) {
    constexpr std::uint64_t basis = 14695981039346656037U;
    constexpr std::string_view digits = "0123456789abcdef";
    auto hash = mix(mix(basis, response_id), name);
    hash = mix(hash, std::to_string(choice) + "/" + std::to_string(index));
    std::string id = "call_";
    for (int shift = 60; shift >= 0; shift -= 4)
        id += digits[(hash >> static_cast<unsigned>(shift)) & 0xFU];
    return id;
}

std::string arguments_of(const json& call) {
    const auto* arguments = find(call, "args");
    if (arguments == nullptr || arguments->is_null()) return "{}";
    return dump_body(*arguments);
}

}  // namespace

bool gemini_calls::read(
    const json& call, std::string_view response_id, batch_texts& texts, batch& out
) {
    if (!call.is_object()) return true;
    if (!find_text(call, "name").empty()) {
        close(texts, out);
        if (count_ == calls_max) return false;
        begin(call, response_id, texts, out);
    }
    if (!open_) return true;
    const auto* parts = find(call, "partialArgs");
    if (parts != nullptr && !open_->add(*parts)) return false;
    if (!continues(call)) close(texts, out);
    return true;
}

void gemini_calls::begin(
    const json& call, std::string_view response_id, batch_texts& texts, batch& out
) {
    const auto name = find_text(call, "name");
    const int index = count_++;
    std::string id(find_text(call, "id"));
    if (id.empty()) id = invented_id(response_id, choice_, index, name);
    tool_call_delta told{choice_, index, texts.keep(id), texts.keep(name), {}};
    const bool bit_by_bit = continues(call) || find(call, "partialArgs") != nullptr;
    if (bit_by_bit) {
        open_.emplace();
    } else {
        told.arguments = texts.keep(arguments_of(call));
    }
    out.items.emplace_back(told);
}

void gemini_calls::sign(std::string_view signature, batch_texts& texts, batch& out) {
    if (count_ == 0) return;
    signature_ = signature;
    if (!open_) tell_signature(texts, out);
}

void gemini_calls::tell_signature(batch_texts& texts, batch& out) {
    if (signature_.empty()) return;
    reasoning_state_delta told;
    told.choice = choice_;
    told.from = reasoning_state::origin::gemini;
    told.data = texts.keep(signature_);
    told.tool_call = count_ - 1;
    out.items.emplace_back(told);
    signature_.clear();
}

void gemini_calls::close(batch_texts& texts, batch& out) {
    if (!open_) return;
    const auto arguments = std::exchange(open_, std::nullopt)->text();
    out.items.emplace_back(tool_call_delta{choice_, count_ - 1, {}, {}, texts.keep(arguments)});
    tell_signature(texts, out);
}

}  // namespace sluice::upstream
