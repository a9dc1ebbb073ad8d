#include "gateway/dialects/openai_responses_request.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <limits>
#include <utility>

namespace sluice::gateway {

namespace {

using nlohmann::json;

constexpr std::int64_t any_count = std::numeric_limits<std::int64_t>::max();
constexpr std::size_t tools_max = 1024;

std::string element(const std::string& path, std::size_t index) {
    return path + "[" + std::to_string(index) + "]";
}

class request_reader {
 public:
    request_reader(const json& body, responses_target& into)
        : into_(into), request_(into.call.request), top_(body, "", into.problem) {}

    void read() {
        request_.model = top_.text("model").value_or("");
        if (request_.model.empty()) top_.fail_missing("model");
        into_.call.stream = top_.boolean("stream").value_or(false);
        into_.call.want_usage = true;
        top_.object("stream_options");
        read_sampling();
        read_tools();
        read_tool_choice();
        read_text();
        read_reasoning();
        read_include();
        read_metadata();
        read_bound_to_provider();
        read_tuning();
    }

 private:
    void refuse_elsewhere(std::string path) {
        into_.call.untranslatable.push_back(std::move(path));
    }

    void read_sampling() {
        request_.max_tokens = top_.integer("max_output_tokens", 1, any_count);
        request_.temperature = top_.number("temperature", 0, 2);
        request_.top_p = top_.number("top_p", 0, 1);
        if (const auto top = top_.integer("top_logprobs", 0, 20); top && *top > 0) {
            request_.logprobs = true;
            request_.top_logprobs = static_cast<int>(*top);
        }
        request_.parallel_tool_calls = top_.boolean("parallel_tool_calls");
        request_.user = top_.text("user").value_or("");
    }

    void read_tools() {
        const auto* tools = top_.array("tools");
        if (tools == nullptr) return;
        if (tools->size() > tools_max) return top_.fail("tools", "holds more than 1024 tools");
        for (std::size_t i = 0; i < tools->size() && !into_.problem; ++i)
            read_tool((*tools)[i], element("tools", i));
    }

    void read_tool(const json& value, const std::string& path) {
        if (!value.is_object()) {
            into_.problem = bad_request("'" + path + "' must be an object", path);
            return;
        }
        fields tool{value, path, into_.problem};
        const auto type = tool.text("type");
        if (tool.failed()) return;
        if (!type) return tool.fail_missing("type");
        // Others are run by the provider, or speak in no JSON.
        if (*type != "function") return refuse_elsewhere(path);
        upstream::tool decoded;
        decoded.name = tool.text("name").value_or("");
        decoded.description = tool.text("description").value_or("");
        if (const auto* parameters = tool.object("parameters")) decoded.parameters = *parameters;
        decoded.strict = tool.boolean("strict");
        if (tool.failed()) return;
        if (decoded.name.empty()) return tool.fail_missing("name");
        request_.tools.push_back(std::move(decoded));
    }

    void read_tool_choice() {
        using mode = upstream::tool_choice::mode;
        constexpr std::string_view rule = "must be auto, none, required or an object";
        const auto* choice = top_.any("tool_choice");
        if (choice == nullptr) return;
        if (choice->is_object()) return read_named_tool(*choice);
        if (!choice->is_string()) return top_.fail("tool_choice", rule);
        const auto& word = choice->get_ref<const std::string&>();
        if (word == "auto")
            request_.tool_choice = upstream::tool_choice{mode::automatic, {}};
        else if (word == "none")
            request_.tool_choice = upstream::tool_choice{mode::none, {}};
        else if (word == "required")
            request_.tool_choice = upstream::tool_choice{mode::required, {}};
        else
            top_.fail("tool_choice", rule);
    }

    void read_named_tool(const json& choice) {
        fields inner{choice, "tool_choice", into_.problem};
        const auto type = inner.text("type");
        if (inner.failed()) return;
        if (!type) return inner.fail_missing("type");
        if (*type != "function") return refuse_elsewhere("tool_choice");
        const auto name = inner.text("name");
        if (inner.failed()) return;
        if (!name || name->empty()) return inner.fail_missing("name");
        const bool declared = std::ranges::any_of(request_.tools, [&](const auto& tool) {
            return tool.name == *name;
        });
        if (!declared) return inner.fail("name", "names a function that is not in 'tools'");
        request_.tool_choice = upstream::tool_choice{upstream::tool_choice::mode::named, *name};
    }

    void read_text() {
        const auto* text = top_.object("text");
        if (text == nullptr) return;
        fields inner{*text, "text", into_.problem};
        if (inner.text("verbosity")) into_.dropped.emplace_back("text.verbosity");
        if (const auto* format = inner.object("format")) read_format(*format);
    }

    void read_format(const json& value) {
        using form = upstream::response_format::form;
        fields format{value, "text.format", into_.problem};
        const auto type = format.text("type");
        if (format.failed()) return;
        if (!type) return format.fail_missing("type");
        upstream::response_format decoded;
        if (*type == "json_object") {
            decoded.kind = form::json_object;
        } else if (*type == "json_schema") {
            decoded.kind = form::json_schema;
            decoded.name = format.text("name").value_or("");
            decoded.strict = format.boolean("strict");
            const auto* schema = format.object("schema");
            if (format.failed()) return;
            if (schema == nullptr) return format.fail_missing("schema");
            decoded.schema = *schema;
        } else if (*type != "text") {
            return format.fail("type", "must be text, json_object or json_schema");
        }
        if (!into_.problem) request_.response_format = std::move(decoded);
    }

    void read_reasoning() {
        const auto* value = top_.object("reasoning");
        if (value == nullptr) return;
        fields inner{*value, "reasoning", into_.problem};
        auto& wish = request_.reasoning;
        wish.effort = inner.text("effort").value_or("");
        if (wish.effort == "none") wish.enabled = false;
        const auto older = inner.text("generate_summary");
        wish.summary = inner.text("summary").value_or(older.value_or(""));
        if (!wish.summary.empty()) wish.visible = true;
    }

    void read_include() {
        const auto* include = top_.array("include");
        if (include == nullptr) return;
        for (std::size_t i = 0; i < include->size(); ++i) {
            const auto& each = (*include)[i];
            if (!each.is_string()) return top_.fail("include", "must be an array of strings");
            if (each == "message.output_text.logprobs") {
                request_.logprobs = true;
            } else if (each != "reasoning.encrypted_content") {
                into_.dropped.push_back(element("include", i));
            }
        }
    }

    void read_metadata() {
        const auto* metadata = top_.object("metadata");
        if (metadata == nullptr) return;
        for (const auto& [key, value] : metadata->items()) {
            if (!value.is_string()) return top_.fail("metadata", "must map strings to strings");
        }
        request_.metadata = *metadata;
    }

    /// What lies with the provider, or is run by it.
    void read_bound_to_provider() {
        if (top_.text("previous_response_id")) refuse_elsewhere("previous_response_id");
        if (top_.object("prompt") != nullptr) refuse_elsewhere("prompt");
        if (top_.boolean("background").value_or(false)) refuse_elsewhere("background");
        const auto* conversation = top_.any("conversation");
        if (conversation == nullptr) return;
        if (!conversation->is_string() && !conversation->is_object()) {
            return top_.fail("conversation", "must be a string or an object");
        }
        refuse_elsewhere("conversation");
    }

    void read_tuning() {
        for (const auto* key :
             {"service_tier", "safety_identifier", "prompt_cache_key", "prompt_cache_retention"}) {
            const auto value = top_.text(key);
            if (value && *value != "auto" && *value != "default") into_.dropped.emplace_back(key);
        }
        if (top_.integer("max_tool_calls", 1, any_count)) {
            into_.dropped.emplace_back("max_tool_calls");
        }
        // Nothing is stored or cut off here: only who wants it is told.
        if (top_.boolean("store").value_or(false)) into_.dropped.emplace_back("store");
        if (top_.text("truncation").value_or("disabled") != "disabled") {
            into_.dropped.emplace_back("truncation");
        }
    }

    responses_target& into_;
    upstream::request& request_;
    fields top_;
};

}  // namespace

void decode_response_request(const json& body, responses_target& into) {
    request_reader(body, into).read();
    note_unknown(
        body,
        {"model",
         "input",
         "instructions",
         "stream",
         "stream_options",
         "tools",
         "tool_choice",
         "parallel_tool_calls",
         "text",
         "reasoning",
         "include",
         "max_output_tokens",
         "temperature",
         "top_p",
         "top_logprobs",
         "metadata",
         "user",
         "previous_response_id",
         "prompt",
         "background",
         "conversation",
         "store",
         "truncation",
         "service_tier",
         "safety_identifier",
         "prompt_cache_key",
         "prompt_cache_retention",
         "max_tool_calls"},
        into.dropped
    );
}

std::string_view responses_field_name(std::string_view field) {
    struct name {
        std::string_view chat;
        std::string_view here;
    };
    static constexpr std::array names{
        name{"messages", "input"},
        name{"max_tokens", "max_output_tokens"},
        name{"response_format", "text.format"},
        name{"reasoning_effort", "reasoning.effort"},
        name{"logprobs", "include"},
    };
    const auto* const found = std::ranges::find(names, field, &name::chat);
    return found == names.end() ? field : found->here;
}

}  // namespace sluice::gateway
