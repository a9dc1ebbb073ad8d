#include "upstream/providers/openai_tool_calls.hpp"

#include "upstream/providers/json_read.hpp"

#include <algorithm>
#include <utility>

namespace sluice::upstream {

namespace {

using nlohmann::json;

// Ids and names are compared, not only relayed; what is longer differs in its beginning too.
constexpr std::size_t remembered_bytes_max = 256;

std::string_view beginning(std::string_view text) {
    return text.substr(0, remembered_bytes_max);
}

/// Text as it came. Some servers send the object itself; parse_json has bounded its depth.
std::string arguments_text(const json& function) {
    const auto* arguments = find(function, "arguments");
    if (arguments == nullptr || arguments->is_null()) return {};
    if (arguments->is_string()) return std::string(text_of(arguments));
    return arguments->dump(-1, ' ', false, json::error_handler_t::replace);
}

}  // namespace

openai_tool_calls::fragment openai_tool_calls::parse(const json& json) {
    static const nlohmann::json nothing = nlohmann::json::object();
    const auto* function = find(json, "function");
    if (function == nullptr) function = &nothing;
    fragment part;
    part.provider_index = find_count(json, "index").value_or(no_index);
    part.id = find_text(json, "id");
    part.name = find_text(*function, "name");
    part.arguments = arguments_text(*function);
    return part;
}

openai_tool_calls::call_state* openai_tool_calls::find_call(const fragment& part) {
    const auto same = [&](const call_state& call) {
        if (part.provider_index != no_index) return call.provider_index == part.provider_index;
        return part.id.empty() || call.id == beginning(part.id);
    };
    const auto found = std::find_if(calls_.rbegin(), calls_.rend(), same);
    if (found == calls_.rend()) return nullptr;
    const bool names = !part.name.empty() && found->announced();
    return names && begins_another(*found, part) ? nullptr : &*found;
}

/// A fragment with a name, which the call it seems to belong to has too: the next call, or a server
/// that repeats itself.
bool openai_tool_calls::begins_another(const call_state& call, const fragment& part) {
    if (!part.id.empty()) return call.id != beginning(part.id);
    const bool other_name = call.name != beginning(part.name);
    if (part.provider_index == no_index) return other_name || call.has_arguments;
    return other_name && call.has_arguments;
}

bool openai_tool_calls::take(fragment part, batch_texts& texts, batch& out) {
    auto* call = find_call(part);
    if (call == nullptr) {
        if (calls_.size() == calls_max) return false;
        call = &calls_.emplace_back();
        call->provider_index = part.provider_index;
    }
    if (call->id.empty()) {
        call->id = beginning(part.id);
        held_bytes_ += call->id.size();
    }
    if (!call->announced() && part.name.empty()) {
        hold(*call, part.arguments);
        return call->early_arguments.size() <= early_bytes_max;
    }
    emit(*call, part, texts, out);
    return true;
}

void openai_tool_calls::hold(call_state& call, std::string_view arguments) {
    call.early_arguments += arguments;
    held_bytes_ += arguments.size();
}

void openai_tool_calls::emit(
    call_state& call, const fragment& part, batch_texts& texts, batch& out
) {
    tool_call_delta delta;
    delta.choice = choice_;
    held_bytes_ -= call.early_arguments.size();
    std::string arguments = std::exchange(call.early_arguments, {}) + part.arguments;
    // Groq calls a function without parameters with the text "null".
    if (!call.has_arguments && arguments == "null") arguments = "{}";
    call.has_arguments = call.has_arguments || !arguments.empty();
    if (!call.announced()) {
        call.index = announced_++;
        call.name = beginning(part.name);
        held_bytes_ += call.name.size();
        delta.id = texts.keep(part.id.empty() ? std::string_view(call.id) : part.id);
        delta.name = texts.keep(part.name);
    } else if (arguments.empty()) {
        return;
    }
    delta.index = call.index;
    delta.arguments = texts.keep(arguments);
    out.items.emplace_back(delta);
}

bool openai_tool_calls::read(const json& fragments, batch_texts& texts, batch& out) {
    if (!fragments.is_array()) return true;
    return std::ranges::all_of(fragments, [&](const json& each) {
        return !each.is_object() || take(parse(each), texts, out);
    });
}

bool openai_tool_calls::read_function(const json& function, batch_texts& texts, batch& out) {
    if (!function.is_object()) return true;
    fragment part;
    part.provider_index = 0;
    part.name = calls_.empty() || !calls_.front().announced() ? find_text(function, "name")
                                                              : std::string_view();
    part.arguments = arguments_text(function);
    return take(std::move(part), texts, out);
}

bool openai_tool_calls::lacks_name() const {
    return std::ranges::any_of(calls_, [](const call_state& call) {
        return !call.announced() && !call.early_arguments.empty();
    });
}

int openai_tool_calls::position_of(std::string_view id) const {
    const auto found = std::ranges::find_if(calls_, [&](const call_state& call) {
        return call.announced() && call.id == beginning(id);
    });
    return found == calls_.end() ? -1 : found->index;
}

int openai_tool_calls::position_of_fragment(const json& fragment) const {
    const auto id = find_text(fragment, "id");
    if (!id.empty()) return position_of(id);
    const auto provider_index = find_count(fragment, "index");
    const auto found = std::find_if(calls_.rbegin(), calls_.rend(), [&](const call_state& call) {
        return call.announced() && (!provider_index || call.provider_index == *provider_index);
    });
    return found == calls_.rend() ? -1 : found->index;
}

}  // namespace sluice::upstream
