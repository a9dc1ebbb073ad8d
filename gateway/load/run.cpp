#include "gateway/load/run.hpp"

#include "gateway/config/processors.hpp"
#include "gateway/load/report/self_check.hpp"
#include "gateway/load/wire/descriptor.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <deque>
#include <exception>
#include <memory>
#include <poll.h>
#include <sstream>
#include <sys/utsname.h>
#include <thread>
#include <unistd.h>
#include <utility>

namespace sluice::gateway::load {

namespace {

constexpr int look_ms = 250;
constexpr double rate_span_s = 1;
constexpr double ns_per_s = 1e9;
constexpr std::array<double, 3> shares{0.5, 0.9, 0.99};

std::array<std::int64_t, 3> percentiles(const histogram& times) {
    std::array<std::int64_t, 3> out{};
    std::ranges::transform(shares, out.begin(), [&](double share) {
        return times.percentile_ns(share);
    });
    return out;
}

/// The workers of one run on their threads.
class crew {
 public:
    crew(run_share& share, std::int64_t epoch_ns) : share_(share), epoch_ns_(epoch_ns) {
        const plan& settings = share.settings;
        const std::size_t count = std::min<std::size_t>(settings.workers, settings.clients);
        for (std::size_t i = 0; i < count; ++i) {
            const std::size_t clients = settings.clients / count + (i < settings.clients % count);
            workers_.push_back(std::make_unique<worker>(share, clients, epoch_ns));
        }
        problems_.resize(count);
        left_ = count;
    }

    void start() {
        try {
            for (std::size_t i = 0; i < workers_.size(); ++i)
                threads_.emplace_back([this, i] { run(i); });
        } catch (...) {
            share_.phase = run_phase::over;
            for (auto& thread : threads_)
                thread.join();
            threads_.clear();
            throw;
        }
    }
    void join() {
        for (auto& thread : threads_)
            thread.join();
        for (const auto& problem : problems_)
            if (problem) std::rethrow_exception(problem);
    }
    bool is_over() const { return left_ == 0; }
    std::size_t size() const { return workers_.size(); }

    void flush_logs() {
        for (const auto& one : workers_)
            one->flush_log();
    }
    figures sum() const {
        figures all;
        for (const auto& one : workers_)
            all.add(one->seen());
        return all;
    }
    run_glance glance(std::vector<interval>& seconds);

 private:
    struct sample {
        double at_s = 0;
        std::uint64_t ended = 0;
        std::uint64_t events = 0;
        std::uint64_t bytes = 0;
        double cpu_s = 0;
    };

    void tell_rates(run_glance& now, const sample& latest);
    void run(std::size_t index) {
        try {
            workers_[index]->run();
        } catch (...) {
            problems_[index] = std::current_exception();
            share_.phase = run_phase::over;
        }
        --left_;
    }
    void add_seconds(const std::vector<interval>& more, std::vector<interval>& seconds) const;

    run_share& share_;
    std::int64_t epoch_ns_;
    std::vector<std::unique_ptr<worker>> workers_;
    std::vector<std::thread> threads_;
    std::vector<std::exception_ptr> problems_;
    std::atomic<std::size_t> left_{0};
    std::deque<sample> samples_;  // of the last second and a little more
};

/// Rates are those since about a second ago.
void crew::tell_rates(run_glance& now, const sample& latest) {
    samples_.push_back(latest);
    while (samples_.size() > 2 && latest.at_s - samples_[1].at_s >= rate_span_s)
        samples_.pop_front();
    const sample& before = samples_.front();
    const double span_s = std::max(latest.at_s - before.at_s, 0.001);
    const auto per_s = [&](auto later, auto earlier) {
        return later < earlier ? 0 : static_cast<double>(later - earlier) / span_s;
    };
    now.streams_per_s = per_s(latest.ended, before.ended);
    now.events_per_s = per_s(latest.events, before.events);
    now.mb_per_s = per_s(latest.bytes, before.bytes) / 1e6;
    now.cpu_share = per_s(latest.cpu_s, before.cpu_s);
}

run_glance crew::glance(std::vector<interval>& seconds) {
    run_glance now;
    worker_glance sum;
    seconds.clear();
    for (const auto& one : workers_) {
        const worker_glance each = one->glance();
        now.due += each.due;
        now.started += each.started;
        now.ended += each.ended;
        now.failed += each.failed;
        now.live += each.live;
        now.events += each.events;
        now.broken_content += each.broken_content;
        sum.bytes += each.bytes;
        sum.cpu_s += each.cpu_s;
        sum.ttft.add(each.ttft);
        sum.gap.add(each.gap);
        sum.added.add(each.added);
        for (const auto& [kind, count] : each.errors)
            sum.errors[kind] += count;
        add_seconds(each.seconds, seconds);
    }
    now.elapsed_s = static_cast<double>(now_ns() - epoch_ns_) / ns_per_s;
    tell_rates(now, {now.elapsed_s, now.ended, now.events, sum.bytes, sum.cpu_s});
    now.ttft_ns = percentiles(sum.ttft);
    now.gap_ns = percentiles(sum.gap);
    now.added_ns = percentiles(sum.added);
    now.errors.assign(sum.errors.begin(), sum.errors.end());
    std::ranges::stable_sort(
        now.errors, std::greater{}, &std::pair<std::string, std::uint64_t>::second
    );
    return now;
}

void crew::add_seconds(const std::vector<interval>& more, std::vector<interval>& seconds) const {
    seconds.resize(std::max(seconds.size(), more.size()));
    for (std::size_t i = 0; i < more.size(); ++i)
        seconds[i].add(more[i]);
}

/// Seconds until no stream is begun any more, or all have ended; below 0: not known.
double left_of(const plan& settings, double elapsed_s) {
    if (settings.duration_s <= 0) return -1;
    return std::max(settings.duration_s - elapsed_s, 0.0);
}

/// Waits for the workers, and shows them meanwhile. True: a signal has ended the run early.
bool watch_over(crew& all, run_share& share, const descriptor& signals, const run_watcher& watch) {
    std::vector<interval> seconds;
    bool interrupted = false;
    while (!all.is_over()) {
        pollfd stop{signals.get(), POLLIN, 0};
        if (::poll(&stop, 1, look_ms) > 0) {
            interrupted = take_signal(signals) || interrupted;
            auto starting = run_phase::starting;
            if (!share.phase.compare_exchange_strong(starting, run_phase::draining))
                share.phase = run_phase::over;
        }
        run_glance now = all.glance(seconds);
        now.left_s = left_of(share.settings, now.elapsed_s);
        auto starting = run_phase::starting;
        if (!watch(now, seconds))
            share.phase.compare_exchange_strong(starting, run_phase::draining);
    }
    return interrupted;
}

/// From the first stream that counts to the last end.
double measured_s(const figures& seen, const plan& settings, double elapsed_s) {
    std::int64_t last_ns = 0;
    for (const stream_record& one : seen.records)
        last_ns = std::max({last_ns, one.done_ns, one.last_content_ns});
    const double end_s = last_ns > 0 && seen.records.size() < figures::records_max
                             ? static_cast<double>(last_ns) / ns_per_s
                             : elapsed_s;
    return std::max(end_s - settings.warmup_s, 0.001);
}

std::string describe(const arrival_settings& arriving) {
    using pattern = arrival_settings::pattern;
    std::ostringstream text;
    switch (arriving.how) {
        case pattern::constant:
            text << "evenly spaced, ";
            break;
        case pattern::poisson:
            text << "Poisson, ";
            break;
        case pattern::gamma:
            text << "gamma with cv " << arriving.cv << ", ";
            break;
        case pattern::burst:
            text << "bursts of " << arriving.burst_size << ", ";
            break;
    }
    text << arriving.rate;
    if (arriving.ramp_s > 0)
        text << " to " << arriving.rate_end << " over " << arriving.ramp_s << " s";
    text << (arriving.ramp_s > 0 ? ", streams/s" : " streams/s");
    return text.str();
}

std::string describe_load(const plan& settings, bool timed) {
    const std::string clients = std::to_string(settings.clients);
    if (timed && settings.arriving) return "open loop, as the trace has it";
    if (!settings.arriving) return "closed loop, " + clients + " clients";
    return "open loop, " + describe(*settings.arriving);
}

std::vector<std::pair<std::string, std::string>> environment() {
    utsname system{};
    ::uname(&system);
    return {
        {"kernel", std::string(system.sysname) + " " + system.release},
        {"machine", system.machine},
        {"processors", std::to_string(usable_processors())}};
}

run_outcome make_outcome(
    const plan& settings, const crew& all, const workload& work, double elapsed_s
) {
    run_outcome out;
    out.dialect = settings.spoken->name;
    out.load = describe_load(settings, work.is_timed());
    out.work = work.describe();
    out.seen = all.sum();
    out.duration_s = measured_s(out.seen, settings, elapsed_s);
    out.warmup_s = settings.warmup_s;
    out.workers = static_cast<unsigned>(all.size());
    if (settings.arriving) out.target_rate = settings.arriving->rate;
    if (!settings.arriving) out.target_clients = settings.clients;
    out.objective_share = settings.objective_share;
    out.wanted = settings.wanted;
    out.checked = settings.checked == check::content;
    out.stamped = settings.stamped;
    out.environment = environment();
    const client_means means{out.workers, static_cast<double>(usable_processors()), elapsed_s};
    out.invalid = client_bottlenecks(out.seen, out.wanted, means);
    if (out.seen.due == 0) out.invalid.emplace_back("no stream was due");
    return out;
}

}  // namespace

boost::system::result<run_outcome, std::string> run_plan(
    const plan& settings, const run_watcher& watch
) {
    const auto to = resolve(settings.to);
    if (!to) return to.error();
    client_tls tls;
    if (settings.to.tls) {
        auto made = make_client_tls(settings.insecure);
        if (!made) return std::move(made).error();
        tls = std::move(*made);
    }
    auto made = make_workload(settings.work);
    if (!made) return std::move(made).error();
    const workload& work = **made;
    job_feed jobs(settings, std::move(*made));
    std::optional<event_log> log;
    if (!settings.events_file.empty()) log.emplace(settings.events_file);
    raise_descriptor_limit();
    ignore_broken_pipes();
    const descriptor signals = catch_stop_signals();

    run_share share{settings, *to, tls.get(), jobs, log ? &*log : nullptr};
    const auto began = std::chrono::system_clock::now();
    const std::int64_t epoch_ns = now_ns();
    crew all(share, epoch_ns);
    all.start();
    const bool interrupted = watch_over(all, share, signals, watch);
    all.join();
    if (auto problem = jobs.problem(); !problem.empty()) return problem;
    all.flush_logs();
    if (log && !log->finish()) return "'" + settings.events_file + "' could not be written";
    const double elapsed_s = static_cast<double>(now_ns() - epoch_ns) / ns_per_s;
    run_outcome out = make_outcome(settings, all, work, elapsed_s);
    out.interrupted = interrupted;
    out.unix_ms =
        std::chrono::duration_cast<std::chrono::milliseconds>(began.time_since_epoch()).count();
    return out;
}

}  // namespace sluice::gateway::load
