#pragma once

#include "upstream/generation.hpp"
#include "upstream/routing/continuation.hpp"
#include "upstream/routing/overlap_filter.hpp"
#include "upstream/routing/rules.hpp"
#include "upstream/routing/summed_usage.hpp"
#include "upstream/source.hpp"

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <vector>

namespace sluice::upstream {

/// An answer that several attempts make one after the other, as its client sees it: one answer.
///
/// It looks at all that passes, so that it knows what there is to go on with, and takes off what a
/// continuation must not say again. Pure.
class resumption {
 public:
    resumption(const request& request, const continuation_rules& rules)
        : rules_(rules), delivered_(request) {}

    /// What the leading attempt says, on its way to the client. Texts in it are good until the next
    /// call.
    void pass(batch& out);

    /// Whether a target could go on from here.
    bool possible(bool prefill) const { return delivered_.possible(prefill); }
    /// The leading attempt broke off.
    void break_off();
    /// Another one goes on from here. `prefilled`: it was given the beginning of its answer.
    void begin(bool prefilled);
    /// What to ask the target that is to go on. Nothing: no token is left to ask for.
    std::optional<call> next_call(const call& original, bool prefill) const {
        return continue_call(original, delivered_, prefill, rules_);
    }

    int times() const { return times_; }

 private:
    void count(const batch& out);
    void clean(batch& out);
    void add_text(batch& out, text_delta part);
    void flush(batch& out);
    void tell_usage(batch& out);

    continuation_rules rules_;
    delivered_answer delivered_;
    summed_usage spent_;
    std::optional<usage> told_;  ///< by the leading attempt
    std::int64_t items_ = 0;     ///< of output, by the leading attempt
    std::optional<overlap_filter> overlap_;
    std::deque<std::string> texts_;  ///< of the batch that was passed last
    std::vector<item> kept_;
    int times_ = 0;
    bool announced_ = true;  ///< the client was told of the continuation
};

}  // namespace sluice::upstream
