#include "gateway/dialects/anthropic_request.hpp"

#include "gateway/dialects/anthropic_content.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <limits>
#include <string>
#include <utility>

namespace sluice::gateway {

namespace {

using nlohmann::json;
using problem_slot = std::optional<upstream::failure>;

constexpr std::int64_t any_count = std::numeric_limits<std::int64_t>::max();
constexpr std::size_t stop_sequences_max = 1024;
constexpr std::size_t tools_max = 1024;

class parameters {
 public:
    parameters(const json& body, decoded_request& decoded, problem_slot& problem)
        : top_(body, "", problem),
          call_(decoded.call),
          request_(decoded.call.request),
          dropped_(decoded.dropped),
          problem_(problem) {}

    void decode(bool counts) {
        request_.model = top_.text("model").value_or("");
        if (request_.model.empty()) return top_.fail_missing("model");
        decode_length(counts);
        request_.temperature = top_.number("temperature", 0, 1);
        request_.top_p = top_.number("top_p", 0, 1);
        request_.top_k = top_.integer("top_k", 0, any_count);
        decode_stop();
        decode_metadata();
        decode_tools();
        decode_tool_choice();
        decode_thinking();
        decode_output();
        decode_passengers();
    }

 private:
    void note_untranslatable(std::string path) { call_.untranslatable.push_back(std::move(path)); }

    /// Zero fills the cache and generates nothing, which nobody else can do.
    void decode_length(bool counts) {
        request_.max_tokens = top_.integer("max_tokens", 0, any_count);
        if (problem_) return;
        if (!request_.max_tokens && !counts) return top_.fail_missing("max_tokens");
        if (request_.max_tokens == 0) note_untranslatable("max_tokens");
    }

    void decode_stop() {
        const auto* list = top_.array("stop_sequences");
        if (!list) return;
        if (list->size() > stop_sequences_max) {
            return top_.fail("stop_sequences", "holds more than 1024 strings");
        }
        for (const auto& text : *list) {
            if (!text.is_string()) return top_.fail("stop_sequences", "must hold strings");
            request_.stop.push_back(text.get<std::string>());
        }
    }

    void decode_metadata() {
        const auto* metadata = top_.object("metadata");
        if (!metadata) return;
        fields inner{*metadata, "metadata", problem_};
        request_.user = inner.text("user_id").value_or("");
    }

    void decode_tools() {
        const auto* tools = top_.array("tools");
        if (!tools) return;
        if (tools->size() > tools_max) return top_.fail("tools", "holds more than 1024 tools");
        for (std::size_t i = 0; i < tools->size() && !problem_; ++i)
            decode_tool((*tools)[i], "tools[" + std::to_string(i) + "]");
    }

    void decode_tool(const json& value, const std::string& path) {
        if (!value.is_object()) {
            problem_ = bad_request("'" + path + "' must be an object", path);
            return;
        }
        fields reader{value, path, problem_};
        const auto type = reader.text("type").value_or("custom");
        if (problem_) return;
        if (type != "custom") return note_untranslatable(path);
        upstream::tool tool;
        tool.name = reader.text("name").value_or("");
        tool.description = reader.text("description").value_or("");
        tool.strict = reader.boolean("strict");
        const auto* schema = reader.object("input_schema");
        if (problem_) return;
        if (tool.name.empty()) return reader.fail_missing("name");
        if (!schema) return reader.fail_missing("input_schema");
        tool.parameters = *schema;
        request_.tools.push_back(std::move(tool));
    }

    void decode_tool_choice() {
        using mode = upstream::tool_choice::mode;
        const auto* choice = top_.object("tool_choice");
        if (!choice) return;
        fields inner{*choice, "tool_choice", problem_};
        const auto type = inner.text("type");
        const auto single = inner.boolean("disable_parallel_tool_use");
        upstream::tool_choice decoded;
        decoded.name = inner.text("name").value_or("");
        if (problem_) return;
        if (!type) return inner.fail_missing("type");
        if (*type == "any")
            decoded.how = mode::required;
        else if (*type == "none")
            decoded.how = mode::none;
        else if (*type == "tool")
            decoded.how = mode::named;
        else if (*type != "auto")
            return inner.fail("type", "must be auto, any, tool or none");
        if (decoded.how == mode::named && decoded.name.empty()) return inner.fail_missing("name");
        if (decoded.how == mode::named && !is_declared(decoded.name)) {
            return inner.fail("name", "names a tool that is not in 'tools'");
        }
        if (decoded.how != mode::named) decoded.name.clear();
        request_.tool_choice = decoded;
        if (single) request_.parallel_tool_calls = !*single;
    }

    /// The provider's own tools can be chosen as well.
    bool is_declared(std::string_view name) const {
        return !call_.untranslatable.empty() ||
               std::ranges::find(request_.tools, name, &upstream::tool::name) !=
                   request_.tools.end();
    }

    void decode_thinking() {
        const auto* thinking = top_.object("thinking");
        if (!thinking) return;
        auto& wish = request_.reasoning;
        fields inner{*thinking, "thinking", problem_};
        const auto type = inner.text("type");
        const auto budget = inner.integer("budget_tokens", 1, any_count);
        const auto display = inner.text("display");
        if (problem_) return;
        if (!type) return inner.fail_missing("type");
        if (*type != "enabled" && *type != "disabled" && *type != "adaptive") {
            return inner.fail("type", "must be enabled, adaptive or disabled");
        }
        wish.enabled = *type != "disabled";
        if (*type == "disabled") return;
        if (*type == "enabled" && !budget) return inner.fail_missing("budget_tokens");
        if (*type == "enabled") wish.budget = budget;
        wish.visible = display != "omitted";
    }

    void decode_output() {
        const auto* older = top_.object("output_format");
        if (older) decode_format(*older, "output_format");
        const auto* output = top_.object("output_config");
        if (!output) return;
        fields inner{*output, "output_config", problem_};
        request_.reasoning.effort = inner.text("effort").value_or("");
        if (const auto* format = inner.object("format"))
            decode_format(*format, "output_config.format");
    }

    void decode_format(const json& format, const std::string& path) {
        fields inner{format, path, problem_};
        const auto type = inner.text("type");
        const auto* schema = inner.object("schema");
        if (problem_) return;
        if (type != "json_schema") return inner.fail("type", "must be json_schema");
        if (!schema) return inner.fail_missing("schema");
        upstream::response_format decoded;
        decoded.kind = upstream::response_format::form::json_schema;
        decoded.name = "output";  // other protocols want one
        decoded.schema = *schema;
        decoded.strict = true;
        request_.response_format = std::move(decoded);
    }

    /// What only Anthropic understands: where it does the work, or changes what is worked on, no
    /// other provider can take its place; the rest tunes.
    void decode_passengers() {
        if (const auto* servers = top_.array("mcp_servers"); servers && !servers->empty())
            note_untranslatable("mcp_servers");
        for (const auto* key : {"container", "context_management"}) {
            if (top_.any(key)) note_untranslatable(key);
        }
        for (const auto* key : {"service_tier", "inference_geo"}) {
            if (top_.text(key)) dropped_.emplace_back(key);
        }
    }

    fields top_;
    upstream::call& call_;
    upstream::request& request_;
    std::vector<std::string>& dropped_;
    problem_slot& problem_;
};

}  // namespace

void decode_anthropic(
    const json& body, bool counts, decoded_request& decoded, problem_slot& problem
) {
    parameters(body, decoded, problem).decode(counts);
    if (problem) return;
    auto& call = decoded.call;
    decode_anthropic_messages(body, call.request, call.untranslatable, problem);
    fields top{body, "", problem};
    const bool stream = top.boolean("stream").value_or(false);
    call.stream = stream && !counts;
    call.want_usage = true;  // this protocol always tells it
    note_unknown(
        body,
        {"model",          "messages",      "system",      "max_tokens",    "stream",
         "stop_sequences", "temperature",   "top_p",       "top_k",         "tools",
         "tool_choice",    "thinking",      "metadata",    "output_config", "output_format",
         "service_tier",   "inference_geo", "mcp_servers", "container",     "context_management"},
        decoded.dropped
    );
}

std::string_view anthropic_field_name(std::string_view field) {
    struct pair {
        std::string_view chat;
        std::string_view here;
    };
    static constexpr std::array names{
        pair{"stop", "stop_sequences"},
        pair{"user", "metadata.user_id"},
        pair{"reasoning_effort", "thinking"},
        pair{"response_format", "output_config.format"},
        pair{"parallel_tool_calls", "tool_choice.disable_parallel_tool_use"},
        pair{"strict", "tools.strict"},
    };
    const auto found = std::ranges::find(names, field, &pair::chat);
    return found == names.end() ? field : found->here;
}

}  // namespace sluice::gateway
