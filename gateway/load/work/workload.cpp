#include "gateway/load/work/workload.hpp"

#include "gateway/load/work/conversation.hpp"
#include "gateway/load/work/drawn_lengths.hpp"
#include "gateway/load/work/prompt_file.hpp"
#include "gateway/load/work/traces.hpp"

#include <utility>

namespace sluice::gateway::load {

namespace {

using upstream::mock::quantity;

/// Prompts and lengths by the distributions alone.
class drawn_workload final : public workload {
 public:
    explicit drawn_workload(const workload_settings& settings)
        : settings_(settings), prefix_(shared_prefix(settings)) {}

    std::optional<job> next() override {
        drawn_lengths drawn(settings_, number_);
        job made;
        made.number = number_++;
        const auto own = drawn.input_tokens();
        made.output_tokens = drawn.output_tokens();
        made.messages.push_back(
            said_by(upstream::role::user, make_prompt_text(drawn.text_seed(), own))
        );
        put_ahead(made.messages, prefix_);
        made.input_tokens = own + static_cast<std::int64_t>(settings_.shared_prefix_tokens);
        return made;
    }

    bool is_timed() const override { return false; }

    std::string describe() const override {
        auto text = "prompts of " + settings_.input_tokens.text(quantity::count) + " tokens";
        if (!prefix_.empty()) {
            text += " behind " + std::to_string(settings_.shared_prefix_tokens) + " shared ones";
        }
        const auto& output = settings_.output_tokens;
        const bool unsaid = output.is_constant() && output.mean() == 0;
        return text + ", answers of " +
               (unsaid ? "any length" : output.text(quantity::count) + " tokens");
    }

 private:
    workload_settings settings_;
    std::string prefix_;
    std::uint64_t number_ = 0;
};

}  // namespace

boost::system::result<std::unique_ptr<workload>, std::string> make_workload(
    const workload_settings& settings
) {
    if (settings.shared_prefix_tokens > static_cast<std::size_t>(workload_tokens_max))
        return std::string("the shared prefix must be at most 1000000 tokens");
    const bool fits =
        settings.trace_speed >= trace_speed_min && settings.trace_speed <= trace_speed_max;
    if (!fits) return std::string("the speed of a trace must be 0.001 to 1000000");
    if (!settings.prompts_file.empty() && !settings.trace_file.empty())
        return std::string("prompts come from a file or from a trace, not from both");
    if (!settings.trace_file.empty()) return make_trace_workload(settings);
    if (!settings.prompts_file.empty()) return make_prompt_workload(settings);
    return std::unique_ptr<workload>(std::make_unique<drawn_workload>(settings));
}

}  // namespace sluice::gateway::load
