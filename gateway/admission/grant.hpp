#pragma once

#include "gateway/admission/ledger/ledger.hpp"
#include "gateway/admission/prices.hpp"
#include "gateway/config/configuration.hpp"
#include "gateway/store/store.hpp"
#include "upstream/generation.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::gateway {

/// What is known of a request when it asks to be let in.
struct applicant {
    std::shared_ptr<const configuration> settings;  ///< whose key and route these are
    const client_key* key = nullptr;                ///< null without keys
    const model_route* route = nullptr;
    std::optional<token_price> price;  ///< the highest of its targets; nothing: none has one
    std::int64_t input_tokens = 0;     ///< estimated
    std::optional<std::int64_t> output_tokens_max;
    bool free_of_charge = false;  ///< tokens are counted, none is generated: it costs nothing
    ledger_record record;         ///< what of it is known already
};

/// How a generation went.
struct generation_facts {
    upstream::outcome outcome = upstream::outcome::completed;
    upstream::usage usage;
    bool charged = false;  ///< a provider was asked, and did not refuse
    bool unseen = false;   ///< what it generated was not seen: a document that nobody waited for
    std::string stream;    ///< short hash of the stream's id
    std::string_view target;
    int attempts = 0;
    std::optional<std::chrono::steady_clock::time_point> first_content;
};

/// A request's leave to generate: its place among its key's and its model's streams, the tokens and
/// the money that are reserved for it, and its line in the usage ledger. Owned by its stream, on
/// one worker.
///
/// Reserved are the prompt, as estimated, and 256 tokens of the answer, or as many as it may have
/// or its bounds leave; a stream that goes beyond reserves the next 256 as it gets there. Money is
/// reserved at the price of the dearest target until it is known which one answers. `settle` puts
/// what was used in the place of all that; a grant that dies unsettled gives everything back but
/// the request.
class grant {
 public:
    /// `books` may be null where no ledger is kept.
    grant(store& from, gateway::ledger* books, applicant who);
    ~grant();
    grant(const grant&) = delete;
    grant& operator=(const grant&) = delete;

    /// Some bound of its key or model has to be asked about.
    bool is_bounded() const { return !demands_.empty(); }
    /// Asks for what it needs. Calls back once: nothing, or why it is refused.
    using decided = std::function<void(std::optional<upstream::failure>)>;
    void take(decided decided);
    /// The limit that refused it, once it was refused.
    std::optional<demand::kind> refused_by() const { return refused_by_; }
    /// How the bounds stood then, one for each demand.
    const std::vector<demand>& demands() const { return demands_; }
    const std::vector<standing>& standings() const { return standings_; }

    /// The target is known that answers; what was reserved for a dearer one is given back.
    void answered_by(std::string_view target);
    /// Whether the answer may go on, having come to so many tokens of prompt and answer.
    bool covers(std::int64_t input_tokens, std::int64_t output_tokens) {
        const auto used = input_tokens + output_tokens;
        return used <= reserved_tokens_ || reserve_up_to(used);
    }
    /// What its prompt counts as until the provider tells.
    std::int64_t estimated_input() const { return who_.input_tokens; }
    /// The bound that ended it, for people: "tokens_per_minute of key team-a".
    const std::string& spent() const { return spent_; }

    /// What it is charged for: what the provider counted, estimated where it did not tell. Nothing
    /// where nothing is charged.
    std::optional<upstream::usage> charged(const generation_facts& facts) const;
    void settle(const generation_facts& facts);

 private:
    void name_demands(const std::string& account, const usage_limits& limits);
    void size_demands(std::int64_t step);
    std::int64_t first_step() const;
    std::int64_t cost_of_reserved() const;
    void hear(const limit_verdict& verdict, const decided& decided);
    bool reserve_up_to(std::int64_t tokens);
    void ask_for(std::int64_t tokens);
    std::vector<demand> more(std::int64_t tokens) const;
    std::int64_t affordable(const std::vector<demand>& asked, const limit_verdict& verdict) const;
    void give_back(std::int64_t tokens_used, std::int64_t cost_used);
    void write_down(const generation_facts& facts, const upstream::usage& usage);

    store& store_;
    gateway::ledger* ledger_;
    applicant who_;
    std::vector<demand> demands_;  ///< with what is held of each
    std::vector<standing> standings_;
    std::int64_t step_ = 0;             ///< tokens of the answer that were asked for at first
    std::int64_t reserved_tokens_ = 0;  ///< of prompt and answer
    std::optional<demand::kind> refused_by_;
    std::string refused_;  ///< the bound that gave less than was asked
    std::string spent_;
    std::chrono::system_clock::time_point taken_;
    bool held_ = false;    ///< the demands were taken
    bool asking_ = false;  ///< for more
    std::chrono::steady_clock::time_point begun_ = std::chrono::steady_clock::now();
    std::shared_ptr<grant*> self_ =
        std::make_shared<grant*>(this);  ///< late answers find it, or not
};

}  // namespace sluice::gateway
