#include "upstream/mock/mock_metrics.hpp"

#include "upstream/mock/model_state.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <string_view>

namespace sluice::upstream::mock {
namespace {

/// A label's value between its quotes.
std::string escaped(std::string_view text) {
    std::string out;
    for (const char c : text) {
        if (c == '\\' || c == '"') out += '\\';
        if (c == '\n')
            out += "\\n";
        else
            out += c;
    }
    return out;
}

/// As short as it can be read back: `0.25`, `1.0`.
std::string number(double value) {
    std::array<char, 32> text{};
    const int size = std::snprintf(text.data(), text.size(), "%.12g", value);
    std::string out(text.data(), static_cast<std::size_t>(size));
    if (out.find_first_not_of("-0123456789") == std::string::npos) out += ".0";
    return out;
}

class page {
 public:
    explicit page(const std::vector<named_state>& models) : models_(models) {}

    /// One number of each model.
    template <class Of>
    void plain(std::string_view name, std::string_view type, std::string_view help, Of of) {
        declare(name, type, help);
        for (const named_state& model : models_)
            sample(name, model.model, "", number(static_cast<double>(of(*model.state))));
    }

    template <class Of>
    void histograms(std::string_view name, std::string_view help, Of of) {
        declare(name, "histogram", help);
        for (const named_state& model : models_)
            buckets(name, model.model, of(model.state->done));
    }

    void ends() {
        constexpr std::array<std::string_view, figures::ends> words{
            "stop", "length", "abort", "error"};
        constexpr std::string_view name = "vllm:request_success_total";
        declare(name, "counter", "Requests that have ended, by why they did.");
        for (const named_state& model : models_) {
            for (std::size_t i = 0; i < words.size(); ++i) {
                const std::int64_t count = model.state->done.ended.at(i).load();
                const std::string reason = ",finished_reason=\"" + std::string(words.at(i)) + "\"";
                sample(name, model.model, reason, number(static_cast<double>(count)));
            }
        }
    }

    std::string text() && { return std::move(out_); }

 private:
    void declare(std::string_view name, std::string_view type, std::string_view help) {
        out_.append("# HELP ").append(name).append(" ").append(help).append("\n");
        out_.append("# TYPE ").append(name).append(" ").append(type).append("\n");
    }

    void sample(
        std::string_view name, std::string_view model, std::string_view more, std::string_view value
    ) {
        out_.append(name).append("{model_name=\"").append(escaped(model)).append("\"");
        out_.append(more).append("} ").append(value).append("\n");
    }

    void buckets(std::string_view name, std::string_view model, const histogram& of) {
        const std::string bucket = std::string(name) + "_bucket";
        std::uint64_t total = 0;
        for (std::size_t i = 0; i <= of.bounds().size(); ++i) {
            total += of.count(i);
            const std::string end = i < of.bounds().size() ? number(of.bounds()[i]) : "+Inf";
            const std::string count = number(static_cast<double>(total));
            sample(bucket, model, ",le=\"" + end + "\"", count);
        }
        sample(std::string(name) + "_sum", model, "", number(of.sum_s()));
        sample(std::string(name) + "_count", model, "", number(static_cast<double>(total)));
    }

    const std::vector<named_state>& models_;
    std::string out_;
};

void add_gauges(page& page) {
    page.plain(
        "vllm:num_requests_running",
        "gauge",
        "Requests being answered now.",
        [](const model_state& state) { return state.slots.running(); }
    );
    page.plain(
        "vllm:num_requests_waiting",
        "gauge",
        "Requests that wait for a slot now.",
        [](const model_state& state) { return state.slots.waiting(); }
    );
    page.plain(
        "vllm:kv_cache_usage_perc",
        "gauge",
        "Part of the simulated memory that running requests use; 1 is all of it.",
        [](const model_state& state) { return state.memory_use(); }
    );
}

void add_counters(page& page) {
    page.plain(
        "vllm:prompt_tokens_total",
        "counter",
        "Tokens of prompts.",
        [](const model_state& state) { return state.done.prompt_tokens.load(); }
    );
    page.plain(
        "vllm:generation_tokens_total",
        "counter",
        "Tokens of answers.",
        [](const model_state& state) { return state.done.generated_tokens.load(); }
    );
    page.plain(
        "vllm:prefix_cache_queries_total",
        "counter",
        "Tokens of prompts looked up in the prompt cache.",
        [](const model_state& state) { return state.cache.counted().queried; }
    );
    page.plain(
        "vllm:prefix_cache_hits_total",
        "counter",
        "Tokens of prompts found in the prompt cache.",
        [](const model_state& state) { return state.cache.counted().found; }
    );
    page.ends();
}

void add_histograms(page& page) {
    page.histograms(
        "vllm:time_to_first_token_seconds",
        "From a request's arrival to its first token.",
        [](const figures& done) -> const histogram& { return done.first_token; }
    );
    page.histograms(
        "vllm:inter_token_latency_seconds",
        "Between one token and the next.",
        [](const figures& done) -> const histogram& { return done.gap; }
    );
    page.histograms(
        "vllm:time_per_output_token_seconds",
        "The older name of vllm:inter_token_latency_seconds.",
        [](const figures& done) -> const histogram& { return done.gap; }
    );
    page.histograms(
        "vllm:request_time_per_output_token_seconds",
        "The mean time between the tokens of a request.",
        [](const figures& done) -> const histogram& { return done.mean_gap; }
    );
    page.histograms(
        "vllm:request_queue_time_seconds",
        "How long a request waited for a slot.",
        [](const figures& done) -> const histogram& { return done.wait; }
    );
    page.histograms(
        "vllm:e2e_request_latency_seconds",
        "From a request's arrival to its last token.",
        [](const figures& done) -> const histogram& { return done.whole; }
    );
}

}  // namespace

std::string mock_metrics_text(const std::vector<named_state>& models) {
    if (models.empty()) return {};
    page page(models);
    add_gauges(page);
    add_counters(page);
    add_histograms(page);
    return std::move(page).text();
}

}  // namespace sluice::upstream::mock
