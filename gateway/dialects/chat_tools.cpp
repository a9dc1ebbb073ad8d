#include "gateway/dialects/chat_tools.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace sluice::gateway {

namespace {

using nlohmann::json;
using mode = upstream::tool_choice::mode;

constexpr std::size_t tools_max = 1024;

class tools_reader {
 public:
    tools_reader(fields& body, upstream::call& call, std::optional<upstream::failure>& problem)
        : body_(body), call_(call), request_(call.request), problem_(problem) {}

    void run() {
        each("tools", &tools_reader::tool);
        choice();
        older_choice();
        older_functions();
    }

 private:
    void each(const char* key, void (tools_reader::*read)(const json&, const std::string&)) {
        const auto* list = body_.array(key);
        if (list == nullptr) return;
        if (list->size() > tools_max) return body_.fail(key, "holds more than 1024 tools");
        for (std::size_t i = 0; i < list->size() && !problem_; ++i) {
            const auto path = body_.path_of(key) + "[" + std::to_string(i) + "]";
            if (!(*list)[i].is_object()) {
                problem_ = bad_request("'" + path + "' must be an object", path);
                return;
            }
            (this->*read)((*list)[i], path);
        }
    }

    void tool(const json& value, const std::string& path) {
        fields tool{value, path, problem_};
        const auto type = tool.text("type");
        if (tool.failed()) return;
        if (!type) return tool.fail_missing("type");
        if (*type != "function") return call_.untranslatable.push_back(path);
        const auto* inner = tool.object("function");
        if (tool.failed()) return;
        if (inner == nullptr) return tool.fail_missing("function");
        function(*inner, path + ".function");
    }

    void function(const json& value, const std::string& path) {
        fields inner{value, path, problem_};
        upstream::tool decoded;
        const auto name = inner.text("name");
        decoded.description = inner.text("description").value_or("");
        if (const auto* parameters = inner.object("parameters")) decoded.parameters = *parameters;
        decoded.strict = inner.boolean("strict");
        if (inner.failed()) return;
        if (!name || name->empty()) return inner.fail_missing("name");
        decoded.name = *name;
        request_.tools.push_back(std::move(decoded));
    }

    void choice() {
        const auto* choice = body_.any("tool_choice");
        if (choice == nullptr) return;
        if (choice->is_string()) return word("tool_choice", *choice, true);
        if (!choice->is_object()) return fail_choice("tool_choice", true);
        fields inner{*choice, body_.path_of("tool_choice"), problem_};
        const auto type = inner.text("type");
        if (inner.failed()) return;
        if (type != "function") return call_.untranslatable.push_back("tool_choice");
        const auto* function = inner.object("function");
        if (inner.failed()) return;
        if (function == nullptr) return inner.fail_missing("function");
        named(*function, body_.path_of("tool_choice.function"), "tools");
    }

    void word(const char* key, const json& value, bool may_require) {
        const auto& word = value.get_ref<const std::string&>();
        upstream::tool_choice decoded;
        if (word == "none")
            decoded.how = mode::none;
        else if (word == "required" && may_require)
            decoded.how = mode::required;
        else if (word != "auto")
            return fail_choice(key, may_require);
        request_.tool_choice = decoded;
    }

    void fail_choice(const char* key, bool may_require) {
        body_.fail(
            key,
            may_require ? "must be auto, none, required or name a function"
                        : "must be auto, none or name a function"
        );
    }

    void named(const json& function, const std::string& path, const char* list) {
        fields inner{function, path, problem_};
        const auto name = inner.text("name");
        if (inner.failed()) return;
        if (!name || name->empty()) return inner.fail_missing("name");
        if (std::ranges::find(request_.tools, *name, &upstream::tool::name) ==
            request_.tools.end()) {
            return inner.fail(
                "name", "names a function that is not in '" + std::string(list) + "'"
            );
        }
        request_.tool_choice = upstream::tool_choice{mode::named, *name};
    }

    void older_functions() {
        const bool newer = body_.array("tools") != nullptr;
        if (newer) body_.array("functions");
        if (!newer) each("functions", &tools_reader::function);
        const auto* choice = body_.any("function_call");
        if (choice == nullptr || newer || problem_) return;
        if (choice->is_string()) return word("function_call", *choice, false);
        named(*choice, body_.path_of("function_call"), "functions");
    }

    void older_choice() {
        const auto* choice = body_.any("function_call");
        if (choice != nullptr && !choice->is_string() && !choice->is_object()) {
            body_.fail("function_call", "must be a string or an object");
        }
    }

    fields& body_;
    upstream::call& call_;
    upstream::request& request_;
    std::optional<upstream::failure>& problem_;
};

}  // namespace

void decode_chat_tools(
    fields& body, upstream::call& call, std::optional<upstream::failure>& problem
) {
    tools_reader(body, call, problem).run();
}

}  // namespace sluice::gateway
