#include "gateway/dialects/opaque_state.hpp"

#include "gateway/dialects/json_input.hpp"
#include "gateway/dialects/json_text.hpp"
#include "upstream/json_members.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>

namespace sluice::gateway {

namespace {

using state = upstream::reasoning_state;

// `sluice:ORIGIN:FORM:ID LENGTH:ID DATA`; ids hold anything.
constexpr std::string_view mark = "sluice:";
constexpr std::array<std::string_view, 4> origins{"anthropic", "gemini", "openai", "other"};
constexpr std::array<std::string_view, 3> forms{"signature", "redacted", "encrypted"};
constexpr std::size_t id_bytes_max = 1024;

constexpr std::string_view of_call = "call:";
constexpr std::string_view of_text = "text:";

/// Takes the text before the next colon off.
std::optional<std::string_view> take_word(std::string_view& text) {
    const auto colon = text.find(':');
    if (colon == std::string_view::npos) return {};
    const auto word = text.substr(0, colon);
    text.remove_prefix(colon + 1);
    return word;
}

template <class Names>
std::optional<std::size_t> index_of(const Names& names, std::string_view word) {
    const auto found = std::ranges::find(names, word);
    if (found == names.end()) return {};
    return static_cast<std::size_t>(found - names.begin());
}

std::optional<std::size_t> number_in(std::string_view digits) {
    std::size_t number = 0;
    if (digits.empty() || digits.size() > 4) return {};
    for (const char c : digits) {
        if (c < '0' || c > '9') return {};
        number = number * 10 + static_cast<std::size_t>(c - '0');
    }
    return number;
}

std::optional<state> read_marked(std::string_view text) {
    const auto origin = take_word(text);
    const auto form = take_word(text);
    const auto length = take_word(text);
    if (!origin || !form || !length) return {};
    const auto from = index_of(origins, *origin);
    const auto how = index_of(forms, *form);
    const auto id_bytes = number_in(*length);
    if (!from || !how || !id_bytes || *id_bytes > text.size()) return {};
    state made;
    made.from = static_cast<state::origin>(*from);
    made.how = static_cast<state::form>(*how);
    made.id = text.substr(0, *id_bytes);
    made.data = text.substr(*id_bytes);
    return made;
}

}  // namespace

std::string pack_state(const state& state, state::origin own) {
    if (state.from == own && state.id.empty()) return state.data;
    const auto id = std::string_view(state.id).substr(0, id_bytes_max);
    std::string text{mark};
    text.append(origins.at(static_cast<std::size_t>(state.from))).append(":");
    text.append(forms.at(static_cast<std::size_t>(state.how))).append(":");
    text.append(std::to_string(id.size())).append(":").append(id).append(state.data);
    return text;
}

state mark_as_of_call(state from, std::string_view call_id) {
    from.id = std::string(of_call).append(call_id);
    return from;
}

state mark_as_of_text(state from) {
    from.id = of_text;
    return from;
}

state_owner take_owner(state& from) {
    state_owner owner;
    if (from.id == of_text) {
        owner.text = true;
    } else if (from.id.starts_with(of_call)) {
        owner.call_id = from.id.substr(of_call.size());
    } else {
        return owner;
    }
    from.id.clear();
    return owner;
}

namespace {

using ordered = nlohmann::ordered_json;

enum class fate { kept, member_goes, object_goes };

/// Where thoughts stand for themselves the whole block goes, elsewhere the signature alone.
fate unpack_member(const std::string& key, ordered& value, state::origin own) {
    const bool block = key == "signature" || key == "data";
    const bool part = key == "thoughtSignature" || key == "thought_signature";
    if (!value.is_string() || (!block && !part)) return fate::kept;
    const auto& text = value.get_ref<const std::string&>();
    if (!text.starts_with(mark)) return fate::kept;
    auto made = unpack_state(text, own);
    const auto owner = take_owner(made);
    if (made.from == own && !owner.text && owner.call_id.empty()) {
        value = made.data;
        return fate::kept;
    }
    return block ? fate::object_goes : fate::member_goes;
}

/// False: the object itself is to be left out.
bool unpack_values(ordered& value, state::origin own) {
    if (value.is_array()) {
        for (auto each = value.begin(); each != value.end();)
            each = unpack_values(*each, own) ? each + 1 : value.erase(each);
        return true;
    }
    if (!value.is_object()) return true;
    for (auto member = value.begin(); member != value.end();) {
        const auto what = unpack_member(member.key(), member.value(), own);
        if (what == fate::object_goes) return false;
        if (what == fate::member_goes) {
            member = value.erase(member);
            continue;
        }
        unpack_values(member.value(), own);
        ++member;
    }
    return true;
}

}  // namespace

void unpack_body(std::string& body, state::origin own) {
    if (body.find("\"sluice:") == std::string::npos) return;
    // Its depth is bounded where it was decoded.
    auto parsed = ordered::parse(body, nullptr, false);
    if (parsed.is_discarded() || upstream::nested_deeper_than(body, json_depth_max)) return;
    unpack_values(parsed, own);
    body = dump_json(parsed);
}

state unpack_state(std::string_view text, state::origin own, state::form how) {
    if (text.starts_with(mark)) {
        if (auto marked = read_marked(text.substr(mark.size()))) return *marked;
    }
    state made;
    made.from = own;
    made.how = how;
    made.data = text;
    return made;
}

}  // namespace sluice::gateway
