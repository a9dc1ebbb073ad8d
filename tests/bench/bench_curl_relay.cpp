/// What libcurl alone costs in the relay benchmark: a relay that does nothing else.

#include "tests/bench/curl_relay.hpp"
#include "tests/bench/listening.hpp"

#include <CLI/CLI.hpp>

#include <cstdio>
#include <exception>
#include <string>

int main(int argc, char** argv) {
    using namespace sluice;
    CLI::App app{"Passes requests to one server through libcurl, and its answers back"};
    std::string to;
    std::string where = "127.0.0.1:0";
    app.add_option("--to", to, "http://HOST:PORT of the server")->required();
    app.add_option("--listen", where, "HOST:PORT; port 0 picks a free one");
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        return app.exit(error) == 0 ? 0 : 2;
    }
    gateway::load::raise_descriptor_limit();
    try {
        auto listener = bench::listen_on(where);
        if (!listener) {
            std::fprintf(stderr, "bench_curl_relay: --listen: %s\n", listener.error().c_str());
            return 1;
        }
        const int fd = listener->get();
        bench::curl_relay relaying(std::move(*listener), to);
        bench::announce(fd);
        relaying.run();
    } catch (const std::exception& error) {
        std::fprintf(stderr, "bench_curl_relay: %s\n", error.what());
        return 1;
    }
    return 0;
}
