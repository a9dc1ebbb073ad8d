/// The paced provider of the relay benchmark.

#include "tests/bench/listening.hpp"
#include "tests/bench/provider/provider.hpp"

#include <CLI/CLI.hpp>

#include <cstdio>
#include <exception>
#include <string>

int main(int argc, char** argv) {
    using namespace sluice;
    CLI::App app{"An OpenAI-like provider that paces and stamps its tokens"};
    std::string where = "127.0.0.1:0";
    bool lockstep = false;
    app.add_option("--listen", where, "HOST:PORT; port 0 picks a free one");
    app.add_flag("--lockstep", lockstep, "Each byte of standard input sends each stream one token");
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        return app.exit(error) == 0 ? 0 : 2;
    }
    gateway::load::raise_descriptor_limit();
    try {
        auto listener = bench::listen_on(where);
        if (!listener) {
            std::fprintf(stderr, "bench_upstream: --listen: %s\n", listener.error().c_str());
            return 1;
        }
        const int fd = listener->get();
        bench::provider serving(std::move(*listener), lockstep);
        bench::announce(fd);
        serving.run();
        std::printf("%s\n", serving.report().c_str());
    } catch (const std::exception& error) {
        std::fprintf(stderr, "bench_upstream: %s\n", error.what());
        return 1;
    }
    return 0;
}
