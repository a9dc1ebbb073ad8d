/// The floor of the broadcast: one send() per reader and token.

#include "tests/bench/fanout.hpp"
#include "tests/bench/listening.hpp"

#include <CLI/CLI.hpp>

#include <cstdio>
#include <exception>
#include <string>
#include <utility>

int main(int argc, char** argv) {
    using namespace sluice;
    CLI::App app{"Sends one stream of stamped tokens to all who ask"};
    std::string where = "127.0.0.1:0";
    app.add_option("--listen", where, "HOST:PORT; port 0 picks a free one");
    app.footer("A line 'TOKENS RATE' on standard input begins a broadcast.");
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        return app.exit(error) == 0 ? 0 : 2;
    }
    gateway::load::raise_descriptor_limit();
    try {
        auto listener = bench::listen_on(where);
        if (!listener) {
            std::fprintf(stderr, "bench_fanout: --listen: %s\n", listener.error().c_str());
            return 1;
        }
        const int fd = listener->get();
        bench::fanout sending(std::move(*listener));
        bench::announce(fd);
        sending.run();
    } catch (const std::exception& error) {
        std::fprintf(stderr, "bench_fanout: %s\n", error.what());
        return 1;
    }
    return 0;
}
