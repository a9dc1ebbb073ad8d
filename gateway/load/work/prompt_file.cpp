#include "gateway/load/work/prompt_file.hpp"

#include "gateway/dialects/dialect.hpp"
#include "gateway/load/work/conversation.hpp"
#include "gateway/load/work/drawn_lengths.hpp"
#include "gateway/load/work/line_reader.hpp"
#include "upstream/mock/prompt.hpp"
#include "upstream/providers/json_read.hpp"
#include "upstream/utf8.hpp"

#include <filesystem>
#include <utility>

namespace sluice::gateway::load {

namespace {

using parsed_prompt = boost::system::result<written_prompt, std::string>;

parsed_prompt prompt_of(upstream::request request, std::optional<std::int64_t> output_tokens) {
    written_prompt made;
    made.input_tokens = upstream::mock::count_prompt_tokens(request);
    made.messages = std::move(request.messages);
    made.output_tokens = output_tokens;
    if (made.input_tokens > workload_tokens_max)
        return std::string("is a prompt of more than 1000000 tokens");
    return made;
}

parsed_prompt plain_prompt(std::string text) {
    upstream::request request;
    request.messages.push_back(said_by(upstream::role::user, std::move(text)));
    return prompt_of(std::move(request), {});
}

parsed_prompt string_prompt(std::string_view line) {
    const auto text = nlohmann::json::parse(line, nullptr, false);
    if (!text.is_string())
        return std::string("begins with a quotation mark, but is no JSON string");
    if (upstream::text_of(&text).empty()) return std::string("is an empty prompt");
    return plain_prompt(text.get<std::string>());
}

/// Nothing: not said. An error: it is out of bounds.
boost::system::result<std::optional<std::int64_t>, std::string> output_tokens_in(
    const nlohmann::json& object
) {
    for (const auto* key : {"output_tokens", "max_tokens", "max_completion_tokens"}) {
        const auto* value = upstream::find(object, key);
        if (value == nullptr || value->is_null()) continue;
        const auto tokens = upstream::count_of(value);
        if (tokens && *tokens >= 1 && *tokens <= workload_tokens_max) return tokens;
        return std::string("has ") + key + " that is no number from 1 to 1000000";
    }
    return std::optional<std::int64_t>();
}

/// The object is a request of the native dialect, which knows what may stand in it.
parsed_prompt object_prompt(std::string_view line) {
    auto decoded = native_dialect().decode(std::string(line));
    if (!decoded) return "cannot be read: " + decoded.error().message;
    const auto object = nlohmann::json::parse(line, nullptr, false);
    auto output_tokens = output_tokens_in(object);
    if (!output_tokens) return std::move(output_tokens).error();
    const auto& strange = decoded->call.untranslatable;
    if (!strange.empty()) return "has '" + strange.front() + "', which not every server knows";
    return prompt_of(std::move(decoded->call.request), *output_tokens);
}

class prompt_workload final : public workload {
 public:
    prompt_workload(const workload_settings& settings, std::unique_ptr<std::istream> file)
        : settings_(settings),
          lines_(std::move(file), prompt_line_bytes_max),
          prefix_(shared_prefix(settings)) {}

    /// Reads the whole file once. Says what is wrong with it, or nothing.
    std::string check() {
        const auto& path = settings_.prompts_file;
        while (lines_.next()) {
            const auto prompt = parse_prompt(lines_.line());
            if (!prompt) return trouble(prompt.error());
            ++prompts_;
        }
        if (lines_.too_long()) return trouble("is longer than 32 mebibytes");
        lines_.rewind();
        return prompts_ > 0 ? std::string() : path + " holds no prompt";
    }

    std::optional<job> next() override {
        auto prompt = next_prompt();
        if (!prompt) return {};
        drawn_lengths drawn(settings_, number_);
        job made;
        made.number = number_++;
        made.messages = std::move(prompt->messages);
        put_ahead(made.messages, prefix_);
        const auto ahead = static_cast<std::int64_t>(settings_.shared_prefix_tokens);
        made.input_tokens = prompt->input_tokens + ahead;
        made.output_tokens = prompt->output_tokens.value_or(drawn.output_tokens());
        return made;
    }

    bool is_timed() const override { return false; }

    std::string describe() const override {
        const auto name = std::filesystem::path(settings_.prompts_file).filename().string();
        auto text = "prompts of " + name + ", " + std::to_string(prompts_);
        if (!prefix_.empty()) {
            text += " behind " + std::to_string(settings_.shared_prefix_tokens) + " shared tokens";
        }
        return text;
    }

 private:
    std::string trouble(std::string_view what) const {
        return settings_.prompts_file + ":" + std::to_string(lines_.number()) + ": the line " +
               std::string(what);
    }

    /// Nothing: the file has been emptied since it was checked.
    std::optional<written_prompt> next_prompt() {
        for (int rounds = 0; rounds < 2; ++rounds) {
            while (lines_.next()) {
                if (auto prompt = parse_prompt(lines_.line())) return std::move(*prompt);
            }
            lines_.rewind();
        }
        return {};
    }

    workload_settings settings_;
    line_reader lines_;
    std::string prefix_;
    std::uint64_t prompts_ = 0;
    std::uint64_t number_ = 0;
};

}  // namespace

parsed_prompt parse_prompt(std::string_view line) {
    const auto first = line.find_first_not_of(" \t");
    if (first == std::string_view::npos) return std::string("is an empty prompt");
    if (!upstream::is_utf8(line)) return std::string("is not UTF-8");
    if (line[first] == '{') return object_prompt(line.substr(first));
    if (line[first] == '"') return string_prompt(line.substr(first));
    return plain_prompt(std::string(line));
}

boost::system::result<std::unique_ptr<workload>, std::string> make_prompt_workload(
    const workload_settings& settings
) {
    auto file = open_text(settings.prompts_file);
    if (!file) return std::move(file).error();
    auto made = std::make_unique<prompt_workload>(settings, std::move(*file));
    auto problem = made->check();
    if (!problem.empty()) return problem;
    return std::unique_ptr<workload>(std::move(made));
}

}  // namespace sluice::gateway::load
