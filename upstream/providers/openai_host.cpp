#include "upstream/providers/openai_host.hpp"

#include "upstream/providers/settings.hpp"

#include <algorithm>
#include <array>

namespace sluice::upstream {

namespace {

using thinking = openai_host::thinking;
using thoughts = openai_host::thoughts;
using probabilities = openai_host::probabilities;
using beginning = openai_host::beginning;

constexpr std::string_view completion_tokens = "max_completion_tokens";

// What a host is known not to take is written down here; of all else it judges by itself.
constexpr std::array hosts{
    openai_host{
        .name = "openai",
        .base_url = "https://api.openai.com/v1",
        .domain = "api.openai.com",
        .max_tokens = completion_tokens,
        .stops_max = 4,
        .developer_role = true,
        .wide_effort = true,
        .image_output = false,
    },
    openai_host{
        .name = "azure",
        .base_url = {},
        .domain = ".azure.com",
        .max_tokens = completion_tokens,
        .stops_max = 4,
        .developer_role = true,
        .wide_effort = true,
        .image_output = false,
    },
    openai_host{
        .name = "groq",
        .base_url = "https://api.groq.com/openai/v1",
        .domain = "api.groq.com",
        .max_tokens = completion_tokens,
        .logprobs = probabilities::none,
        .stops_max = 4,
        .many_choices = false,
        .audio = false,
        .files = false,
        .audio_output = false,
        .image_output = false,
        .names = false,
    },
    // Refuses every field that it does not know.
    openai_host{
        .name = "mistral",
        .base_url = "https://api.mistral.ai/v1",
        .domain = "api.mistral.ai",
        .seed = "random_seed",
        .required_tool = "any",
        .reasoning = thinking::nothing,
        .logprobs = probabilities::none,
        .temperature_max = 1.5,
        .stream_options = false,
        .named_tool = false,
        .files = false,
        .audio_output = false,
        .image_output = false,
        .short_call_ids = true,
        .names = false,
        .user = false,
        .prefill = beginning::mark,
        .prefills = true,
    },
    openai_host{
        .name = "deepseek",
        .base_url = "https://api.deepseek.com/v1",
        .domain = "api.deepseek.com",
        .seed = {},
        .reasoning = thinking::both,
        .history = thoughts::calls,
        .parallel_calls = false,
        .many_choices = false,
        .json_schema = false,
        .images = false,
        .audio = false,
        .files = false,
        .audio_output = false,
        .image_output = false,
        .user = false,
        .prefill = beginning::mark,
    },
    openai_host{
        .name = "xai",
        .base_url = "https://api.x.ai/v1",
        .domain = "api.x.ai",
        .max_tokens = completion_tokens,
        .audio = false,
        .files = false,
        .audio_output = false,
        .image_output = false,
    },
    openai_host{
        .name = "together",
        .base_url = "https://api.together.xyz/v1",
        .domain = "api.together.xyz",
        .logprobs = probabilities::count,
        .files = false,
        .audio_output = false,
        .image_output = false,
        .top_k = true,
    },
    openai_host{
        .name = "openrouter",
        .base_url = "https://openrouter.ai/api/v1",
        .domain = "openrouter.ai",
        .reasoning = thinking::object,
        .history = thoughts::details,
        .wide_effort = true,
        .many_choices = false,
        .file_urls = true,
        .top_k = true,
        .metadata = true,
        .prefills = true,
    },
    openai_host{
        .name = "vercel",
        .base_url = "https://ai-gateway.vercel.sh/v1",
        .domain = "ai-gateway.vercel.sh",
        .reasoning = thinking::object,
        .history = thoughts::details,
        .wide_effort = true,
        .many_choices = false,
    },
    openai_host{
        .name = "perplexity",
        .base_url = "https://api.perplexity.ai",
        .domain = "api.perplexity.ai",
        .seed = {},
        .logprobs = probabilities::none,
        .tools = false,
        .many_choices = false,
        .json_object = false,
        .audio = false,
        .audio_output = false,
        .image_output = false,
        .turns = true,
        .names = false,
        .top_k = true,
        .user = false,
    },
    openai_host{
        .name = "fireworks",
        .base_url = "https://api.fireworks.ai/inference/v1",
        .domain = "api.fireworks.ai",
        .audio_output = false,
        .image_output = false,
        .top_k = true,
    },
    openai_host{
        .name = "cerebras",
        .base_url = "https://api.cerebras.ai/v1",
        .domain = "api.cerebras.ai",
        .max_tokens = completion_tokens,
        .temperature_max = 1.5,
        .stops_max = 4,
        .many_choices = false,
        .images = false,
        .audio = false,
        .files = false,
        .audio_output = false,
        .image_output = false,
        .penalties = false,
    },
    openai_host{
        .name = "gemini-openai",
        .base_url = "https://generativelanguage.googleapis.com/v1beta/openai",
        .domain = "generativelanguage.googleapis.com",
        .files = false,
        .audio_output = false,
        .image_output = false,
        .call_signatures = true,
        .user = false,
    },
    openai_host{
        .name = "vllm",
        .base_url = {},
        .domain = {},
        .audio_output = false,
        .image_output = false,
        .top_k = true,
        .prefill = beginning::fields,
    },
    openai_host{
        .name = "llamacpp",
        .base_url = {},
        .domain = {},
        .history = thoughts::content,
        .named_tool = false,
        .files = false,
        .audio_output = false,
        .image_output = false,
        .top_k = true,
    },
    openai_host{
        .name = "lmstudio",
        .base_url = "http://localhost:1234/v1",
        .domain = {},
        .logprobs = probabilities::none,
        .named_tool = false,
        .many_choices = false,
        .json_object = false,
        .audio = false,
        .files = false,
        .audio_output = false,
        .image_output = false,
        .top_k = true,
    },
    // Ignores tool_choice.
    openai_host{
        .name = "ollama-openai",
        .base_url = "http://localhost:11434/v1",
        .domain = {},
        .required_tool = {},
        .no_tool = false,
        .many_choices = false,
        .audio = false,
        .files = false,
        .audio_output = false,
        .image_output = false,
    },
    openai_host{
        .name = "nvidia",
        .base_url = "https://integrate.api.nvidia.com/v1",
        .domain = "integrate.api.nvidia.com",
        .audio_output = false,
        .image_output = false,
    },
    openai_host{
        .name = "huggingface",
        .base_url = "https://router.huggingface.co/v1",
        .domain = "router.huggingface.co",
        .files = false,
        .audio_output = false,
        .image_output = false,
    },
    openai_host{
        .name = "moonshot",
        .base_url = "https://api.moonshot.ai/v1",
        .domain = ".moonshot.ai",
        .seed = {},
        .required_tool = {},
        .reasoning = thinking::toggle,
        .history = thoughts::content,
        .logprobs = probabilities::none,
        .temperature_max = 1,
        .stops_max = 5,
        .audio = false,
        .files = false,
        .audio_output = false,
        .image_output = false,
        .user = false,
    },
    // `auto` is its only tool_choice.
    openai_host{
        .name = "zai",
        .base_url = "https://api.z.ai/api/paas/v4",
        .domain = "api.z.ai",
        .seed = {},
        .required_tool = {},
        .reasoning = thinking::toggle,
        .history = thoughts::content,
        .logprobs = probabilities::none,
        .temperature_max = 1,
        .no_tool = false,
        .parallel_calls = false,
        .many_choices = false,
        .json_schema = false,
        .audio = false,
        .files = false,
        .audio_output = false,
        .image_output = false,
        .user = false,
        .penalties = false,
    },
    openai_host{
        .name = "sambanova",
        .base_url = "https://api.sambanova.ai/v1",
        .domain = "api.sambanova.ai",
        .many_choices = false,
        .files = false,
        .audio_output = false,
        .image_output = false,
        .top_k = true,
    },
    openai_host{
        .name = "deepinfra",
        .base_url = "https://api.deepinfra.com/v1/openai",
        .domain = "api.deepinfra.com",
        .required_tool = {},
        .audio_output = false,
        .image_output = false,
        .top_k = true,
    },
    openai_host{
        .name = "snowflake",
        .base_url = {},
        .domain = ".snowflakecomputing.com",
        .max_tokens = completion_tokens,
        .seed = {},
        .logprobs = probabilities::none,
        .many_choices = false,
        .audio = false,
        .files = false,
        .audio_output = false,
        .image_output = false,
        .penalties = false,
    },
};

// A server of one's own, for the most part.
constexpr openai_host ordinary{
    .name = {}, .base_url = {}, .domain = {}, .prefill = beginning::fields};

/// `api.example.com` of `https://api.example.com:8443/v1`.
std::string_view authority_of(std::string_view url) {
    constexpr std::string_view mark = "://";
    const auto scheme = url.find(mark);
    if (scheme != std::string_view::npos) url.remove_prefix(scheme + mark.size());
    return url.substr(0, url.find_first_of("/:?#"));
}

bool lies_in(std::string_view authority, std::string_view domain) {
    if (domain.empty() || !authority.ends_with(domain)) return false;
    // A label of its own: `evil-api.x.ai` is another host.
    const auto before = authority.size() - domain.size();
    return before == 0 || domain.front() == '.' || authority[before - 1] == '.';
}

}  // namespace

std::span<const openai_host> openai_hosts() {
    return hosts;
}

const openai_host* find_openai_host(std::string_view name) {
    const auto* const found = std::ranges::find(hosts, name, &openai_host::name);
    return found == hosts.end() ? nullptr : found;
}

const openai_host& openai_host_at(std::string_view base_url) {
    const auto authority = authority_of(base_url);
    const auto* const found = std::ranges::find_if(hosts, [&](const openai_host& host) {
        return lies_in(authority, host.domain);
    });
    return found == hosts.end() ? ordinary : *found;
}

const openai_host& openai_host_of(const provider_settings& provider) {
    if (provider.host != nullptr) return *provider.host;
    if (provider.kind == provider_settings::protocol::azure) return *find_openai_host("azure");
    return openai_host_at(provider.base_url);
}

}  // namespace sluice::upstream
