/// Relays an exact number of tokens in rounds, so that what a gateway does for each can be counted
/// under strace or valgrind: a round sends every stream one token, and the next begins when all
/// have come. Streams may follow one another on the same connections. Nothing depends on the
/// machine's speed. The provider is `bench_upstream --lockstep`, whose standard input is inherited
/// as a descriptor.

#include "gateway/load/connection.hpp"

#include <CLI/CLI.hpp>

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <exception>
#include <optional>
#include <string>
#include <unistd.h>
#include <utility>
#include <vector>

namespace {

using namespace sluice::gateway::load;

/// All of this runs beside a gateway that valgrind makes fifty times slower.
constexpr std::int64_t patience_ns = 120'000'000'000;

/// The streams, and the rounds that they are led through. Errors are sentences.
class rounds {
 public:
    using problem = std::optional<std::string>;

    /// Each connection carries `successive` streams.
    rounds(const plan& settings, const endpoint& to, int upstream_fd, std::uint64_t successive)
        : settings_(settings),
          successive_(successive),
          upstream_fd_(upstream_fd),
          around_{settings, to, nullptr, events_, figures_} {
        for (std::size_t i = 0; i < settings.connections; ++i)
            streams_.emplace_back(around_, static_cast<std::uint32_t>(i));
    }

    problem run() {
        std::uint64_t id = settings_.first_id;
        for (std::uint64_t i = 0; i < successive_; ++i) {
            for (connection& stream : streams_)
                stream.begin(id++);
            if (auto wrong = lead()) return wrong;
        }
        return std::nullopt;
    }

    /// Of all streams.
    std::uint64_t tokens() const { return tokens_; }

 private:
    problem lead() {
        for (std::uint64_t round = 1; round <= settings_.tokens; ++round) {
            const char any = '.';
            if (::write(upstream_fd_, &any, 1) != 1)
                return std::string("--upstream-fd: write: ") + std::strerror(errno);
            if (auto wrong = await_tokens(round)) return wrong;
        }
        tokens_ += settings_.tokens * streams_.size();
        return await_ends();
    }

    problem await_tokens(std::uint64_t count) {
        for (const connection& stream : streams_) {
            while (stream.tokens() < count) {
                if (!stream.is_streaming()) return ended_early();
                if (!handle_events()) return "a token did not come";
            }
            if (stream.tokens() > count) return "a token came before its round";
        }
        return std::nullopt;
    }

    problem await_ends() {
        for (const connection& stream : streams_) {
            while (stream.is_streaming())
                if (!handle_events()) return "the end of a stream did not come";
        }
        return figures_.sound() ? std::nullopt : problem(ended_early());
    }

    std::string ended_early() const { return "a stream was not whole: " + report_of(figures_); }

    /// False: nothing happened for too long.
    bool handle_events() {
        const auto ready = events_.wait(now_ns() + patience_ns);
        for (const auto& event : ready)
            streams_[static_cast<std::uint32_t>(event.data.u64)].on_event(event);
        return !ready.empty();
    }

    const plan& settings_;
    std::uint64_t successive_;
    std::uint64_t tokens_ = 0;
    int upstream_fd_;
    poller events_;
    tally figures_;
    surroundings around_;
    std::vector<connection> streams_;
};

int fail(int code, const std::string& message) {
    std::fprintf(stderr, "bench_lockstep: %s\n", message.c_str());
    return code;
}

int run(const plan& settings, int upstream_fd, std::uint64_t successive) {
    const auto to = resolve(settings.to);
    if (!to) return fail(1, to.error());
    ignore_broken_pipes();
    rounds all(settings, *to, upstream_fd, successive);
    if (const auto wrong = all.run()) return fail(1, *wrong);
    std::printf(
        "{\"streams\":%llu,\"tokens\":%llu}\n",
        static_cast<unsigned long long>(settings.connections * successive),
        static_cast<unsigned long long>(all.tokens())
    );
    return 0;
}

}  // namespace

int main(int argc, char** argv) {
    CLI::App app{"Leads streams through a gateway token by token"};
    plan settings;
    std::string url;
    int upstream_fd = -1;
    std::uint64_t successive = 1;
    app.add_option("url", url, "URL of the gateway's chat completions (http)")->required();
    app.add_option("--streams", settings.connections, "Streams at the same time")
        ->check(CLI::Range(1, 10'000));
    app.add_option("--successive", successive, "Streams on each connection, one after another")
        ->check(CLI::Range(1, 1'000'000));
    // A single round could end the first stream before the last one has begun.
    app.add_option("--rounds", settings.tokens, "Tokens of each stream")
        ->check(CLI::Range(2, 100'000'000));
    app.add_option("--upstream-fd", upstream_fd, "Descriptor of the provider's standard input")
        ->required()
        ->check(CLI::Range(0, 1'000'000));
    app.add_option("--model", settings.model, "Model to ask for");
    app.add_option("--first-id", settings.first_id, "Number of the first stream");
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
        return run(settings, upstream_fd, successive);
    } catch (const std::exception& error) {
        return fail(1, error.what());
    }
}
