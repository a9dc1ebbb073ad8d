#pragma once

#include "gateway/load/work/workload.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace sluice::bench {

/// What every stream of a run asks the paced provider for.
struct paced_streams {
    std::uint64_t first_id = 0;  ///< streams are numbered from here
    std::uint64_t tokens = 8;
    double rate = 0;            ///< tokens per second; 0: as fast as they go
    std::uint32_t ttft_ms = 0;  ///< the provider waits so long before its first token
};

/// Prompts that tell the paced provider what to send: `bench id=K tokens=N rate=R ttft_ms=T`.
class paced_work final : public gateway::load::workload {
 public:
    explicit paced_work(const paced_streams& streams) : streams_(streams) {}

    std::optional<gateway::load::job> next() override;
    bool is_timed() const override { return false; }
    std::string describe() const override { return "paced streams"; }

 private:
    paced_streams streams_;
    std::uint64_t number_ = 0;
};

}  // namespace sluice::bench
