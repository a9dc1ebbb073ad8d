#include "gateway/http/memory_keeper.hpp"

#include "gateway/telemetry/access_log.hpp"

#include <malloc.h>
#include <string>
#include <utility>

namespace sluice::gateway {

namespace {

/// Between two looks grows only what runs already, and what requests have a share for.
constexpr std::chrono::milliseconds look_interval{20};

/// While memory is short, what can be freed is freed every two seconds: trimming the heap stops
/// everybody who allocates.
constexpr int looks_per_round = 100;

std::string in_mebibytes(std::uint64_t bytes) {
    return std::to_string(bytes >> 20U) + " MiB";
}

}  // namespace

memory_keeper::memory_keeper(
    boost::asio::io_context& control,
    pressure& published,
    std::function<std::uint64_t()> streams,
    std::function<void()> relieve
)
    : published_(published),
      streams_(std::move(streams)),
      relieve_(std::move(relieve)),
      timer_(control),
      step_(looks_per_round) {}

void memory_keeper::keep_below(std::optional<std::size_t> configured) {
    const auto ceiling = find_memory_ceiling(configured);
    published_.set_ceiling(ceiling.bytes);
    if (ceiling.bytes == 0) {
        return log_event(
            log_level::warn, "no memory limit", "the system does not tell how much there is"
        );
    }
    watch_.emplace(ceiling);
    look();
}

void memory_keeper::look() {
    const auto before = published_.level();
    published_.look([this] { return watch_->used(); }, streams_());
    report(before);
    free_some();
    timer_.set(clock::now() + look_interval, [this] { look(); });
}

void memory_keeper::report(memory_level before) const {
    const auto now = published_.level();
    if (now == before) return;
    const auto figures =
        in_mebibytes(published_.used()) + " of " + in_mebibytes(published_.ceiling()) + " are used";
    if (now == memory_level::calm) return log_event(log_level::info, "memory is calm", figures);
    if (now == memory_level::red) return log_event(log_level::warn, "memory is short", figures);
    log_event(log_level::warn, "memory is short, shedding", figures);
}

/// The heap may hold what nobody uses any more, so that goes back first. What is dropped next goes
/// back at the look after it: the workers need a turn for it.
void memory_keeper::free_some() {
    const bool calm = published_.level() == memory_level::calm;
    if (step_ >= looks_per_round) {
        if (calm) return;
        step_ = 0;
    }
    if (step_ == 0 || (step_ == 2 && relieved_)) ::malloc_trim(0);
    if (step_ == 1) {
        relieved_ = !calm;
        if (relieved_) relieve_();
    }
    ++step_;
}

}  // namespace sluice::gateway
