/// Relays an exact number of tokens in rounds, so that what a gateway does for each can be counted
/// under strace or valgrind: a round sends every stream one token, and the next begins when all
/// have come. Streams may follow one another on the same connections. Nothing depends on the
/// machine's speed. The provider is `bench_upstream --lockstep`, whose standard input is inherited
/// as a descriptor.

#include "gateway/load/client.hpp"
#include "gateway/load/job_feed.hpp"
#include "tests/bench/bench_work.hpp"

#include <CLI/CLI.hpp>

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <deque>
#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <unistd.h>
#include <utility>

namespace {

using namespace sluice::gateway::load;
using namespace sluice::bench;

/// All of this runs beside a gateway that valgrind makes fifty times slower.
constexpr std::int64_t patience_ns = 120'000'000'000;

/// The streams, and the rounds that they are led through. Errors are sentences.
class rounds {
 public:
    using problem = std::optional<std::string>;

    /// Each connection carries `successive` streams.
    rounds(
        const plan& settings,
        const paced_streams& streams,
        const endpoint& to,
        int upstream_fd,
        std::uint64_t successive
    )
        : tokens_each_(streams.tokens),
          successive_(successive),
          upstream_fd_(upstream_fd),
          jobs_(settings, std::make_unique<paced_work>(streams)),
          server_(server_of(*settings.spoken, settings.to, {})),
          around_{settings, to, nullptr, server_, clock_, events_, figures_, log_, {}} {
        server_.ask_usage = false;
        clock_.epoch_ns = now_ns();
        for (std::size_t i = 0; i < settings.clients; ++i)
            streams_.emplace_back(around_, static_cast<std::uint32_t>(i));
    }

    problem run() {
        for (std::uint64_t i = 0; i < successive_; ++i) {
            for (client& stream : streams_)
                stream.begin(*jobs_.next(around_.now()));
            if (auto wrong = lead()) return wrong;
        }
        return std::nullopt;
    }

    /// Of all streams.
    std::uint64_t tokens() const { return tokens_; }

 private:
    problem lead() {
        for (std::uint64_t round = 1; round <= tokens_each_; ++round) {
            const char any = '.';
            if (::write(upstream_fd_, &any, 1) != 1)
                return std::string("--upstream-fd: write: ") + std::strerror(errno);
            if (auto wrong = await_tokens(round)) return wrong;
        }
        tokens_ += tokens_each_ * streams_.size();
        return await_ends();
    }

    problem await_tokens(std::uint64_t count) {
        for (const client& stream : streams_) {
            while (stream.reading().events() < count) {
                if (!stream.is_streaming()) return ended_early();
                if (!handle_events()) return "a token did not come";
            }
            if (stream.reading().events() > count) return "a token came before its round";
        }
        return std::nullopt;
    }

    problem await_ends() {
        for (const client& stream : streams_) {
            while (stream.is_streaming())
                if (!handle_events()) return "the end of a stream did not come";
        }
        const bool sound = figures_.failed + figures_.content.broken() == 0;
        return sound ? std::nullopt : problem(ended_early());
    }

    std::string ended_early() const {
        std::string text = "a stream was not whole";
        for (const std::string& example : figures_.examples)
            text += "; " + example;
        return text;
    }

    /// False: nothing happened for too long.
    bool handle_events() {
        const auto ready = events_.wait(now_ns() + patience_ns);
        for (const auto& event : ready)
            streams_[static_cast<std::uint32_t>(event.data.u64)].on_event(event);
        return !ready.empty();
    }

    std::uint64_t tokens_each_;
    std::uint64_t successive_;
    std::uint64_t tokens_ = 0;
    int upstream_fd_;
    job_feed jobs_;
    sluice::upstream::provider_settings server_;
    run_clock clock_;
    poller events_;
    figures figures_;
    event_log::writer log_{nullptr};
    surroundings around_;
    std::deque<client> streams_;
};

int fail(int code, const std::string& message) {
    std::fprintf(stderr, "bench_lockstep: %s\n", message.c_str());
    return code;
}

int run(
    const plan& settings, const paced_streams& streams, int upstream_fd, std::uint64_t successive
) {
    const auto to = resolve(settings.to);
    if (!to) return fail(1, to.error());
    ignore_broken_pipes();
    rounds all(settings, streams, *to, upstream_fd, successive);
    if (const auto wrong = all.run()) return fail(1, *wrong);
    std::printf(
        "{\"streams\":%llu,\"tokens\":%llu}\n",
        static_cast<unsigned long long>(settings.clients * successive),
        static_cast<unsigned long long>(all.tokens())
    );
    return 0;
}

}  // namespace

int main(int argc, char** argv) {
    CLI::App app{"Leads streams through a gateway token by token"};
    plan settings;
    settings.spoken = find_speech("chat");
    settings.checked = check::stamps;
    settings.model = "bench";
    paced_streams streams;
    std::string url;
    int upstream_fd = -1;
    std::uint64_t successive = 1;
    app.add_option("url", url, "URL of the gateway's chat completions (http)")->required();
    app.add_option("--streams", settings.clients, "Streams at the same time")
        ->check(CLI::Range(1, 10'000));
    app.add_option("--successive", successive, "Streams on each connection, one after another")
        ->check(CLI::Range(1, 1'000'000));
    // A single round could end the first stream before the last one has begun.
    app.add_option("--rounds", streams.tokens, "Tokens of each stream")
        ->check(CLI::Range(2, 100'000'000));
    app.add_option("--upstream-fd", upstream_fd, "Descriptor of the provider's standard input")
        ->required()
        ->check(CLI::Range(0, 1'000'000));
    app.add_option("--model", settings.model, "Model to ask for");
    app.add_option("--first-id", streams.first_id, "Number of the first stream");
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        return app.exit(error) == 0 ? 0 : 2;
    }
    auto to = parse_target(url);
    if (!to) return fail(2, "URL: " + to.error());
    if (to->tls) return fail(2, "URL: only http:// can be led in lock-step");
    settings.to = std::move(*to);
    try {
        return run(settings, streams, upstream_fd, successive);
    } catch (const std::exception& error) {
        return fail(1, error.what());
    }
}
