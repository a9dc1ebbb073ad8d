/// The floor of the relay benchmark: a raw TCP copy.

#include "tests/bench/listening.hpp"
#include "tests/bench/relay.hpp"

#include <CLI/CLI.hpp>

#include <cstdio>
#include <exception>
#include <string>

int main(int argc, char** argv) {
    using namespace sluice;
    CLI::App app{"Copies bytes between clients and one server"};
    std::string to;
    std::string where = "127.0.0.1:0";
    app.add_option("--to", to, "HOST:PORT of the server")->required();
    app.add_option("--listen", where, "HOST:PORT; port 0 picks a free one");
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        return app.exit(error) == 0 ? 0 : 2;
    }
    const auto server = bench::address_of(to);
    if (!server) {
        std::fprintf(stderr, "bench_relay: --to: %s\n", server.error().c_str());
        return 1;
    }
    gateway::load::raise_descriptor_limit();
    try {
        auto listener = bench::listen_on(where);
        if (!listener) {
            std::fprintf(stderr, "bench_relay: --listen: %s\n", listener.error().c_str());
            return 1;
        }
        const int fd = listener->get();
        bench::relay copying(std::move(*listener), *server);
        bench::announce(fd);
        copying.run();
    } catch (const std::exception& error) {
        std::fprintf(stderr, "bench_relay: %s\n", error.what());
        return 1;
    }
    return 0;
}
