#pragma once

#include "upstream/generation.hpp"
#include "upstream/providers/codec.hpp"
#include "upstream/source.hpp"
#include "upstream/transfer.hpp"

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

namespace sluice::upstream {

/// A source made of one HTTP transfer and the codec of the provider's protocol.
///
/// `provider` and `listener` outlive it; `call` is read before the constructor returns.
class exchange final : public source, private transfer_listener {
 public:
    exchange(
        transfer_engine& engine,
        std::unique_ptr<codec> codec,
        const provider_settings& provider,
        const call& call,
        std::string_view model,
        source_listener& listener
    );

    void take(batch& out) override;
    bool waiting() const override;
    bool can_pause() const override;
    void cancel() override;
    const response_head& head() const override { return head_; }

 private:
    void on_transfer() override;
    void read_head();
    void take_refusal(batch& out);
    void end(batch& out, failure reason);
    void note_request(failure& reason) const;

    transfer_engine& engine_;
    std::unique_ptr<codec> codec_;
    const provider_settings& provider_;
    source_listener& listener_;
    std::optional<failure> refused_;  ///< the codec could not encode the call
    std::unique_ptr<transfer> transfer_;
    response_head head_;
    bool done_ = false;
};

}  // namespace sluice::upstream
