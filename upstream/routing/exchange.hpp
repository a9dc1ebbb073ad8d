#pragma once

#include "upstream/generation.hpp"
#include "upstream/providers/codec.hpp"
#include "upstream/routing/recorder.hpp"
#include "upstream/source.hpp"
#include "upstream/transfer.hpp"

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace sluice::upstream {

/// A source made of one HTTP transfer and the codec of the provider's protocol.
///
/// `provider`, `listener` and the recorder, where there is one, outlive it; `call` is read before
/// the constructor returns.
class exchange final : public source, private transfer_listener {
 public:
    exchange(
        transfer_engine& engine,
        std::unique_ptr<codec> codec,
        const provider_settings& provider,
        const call& call,
        std::string_view model,
        source_listener& listener,
        recorder* recorder = nullptr
    );

    void take(batch& out) override;
    bool waiting() const override;
    bool can_pause() const override;
    void cancel() override;
    const response_head& head() const override { return head_; }

 private:
    void on_transfer() override;
    void look();
    void start(http_request encoded, const call& call, std::string_view model);
    void finish();
    void take_refusal(batch& out);
    void end(batch& out, failure reason);
    void read_answer_head();
    void note_request(failure& reason) const;

    transfer_engine& engine_;
    std::unique_ptr<codec> codec_;
    const provider_settings& provider_;
    source_listener& listener_;
    recorder* recorder_;              ///< null: nothing is recorded
    std::optional<failure> refused_;  ///< the codec could not encode the call
    std::unique_ptr<transfer> transfer_;
    std::unique_ptr<exchange_record> record_;  ///< null: not recorded
    response_head head_;
    bool done_ = false;
};

}  // namespace sluice::upstream
