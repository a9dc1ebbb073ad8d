#include "tests/hostile/attacked_gateway.hpp"
#include "tests/hostile/wire_case.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <string>
#include <vector>

// Names that clients make up grow nothing that is kept.
namespace sluice::hostile {
namespace {

using end_to_end::get;
using nlohmann::json;

constexpr std::size_t names = 10'000;
constexpr std::size_t connections = 8;
constexpr std::size_t growth_max = 64U << 10;

/// Asks for all of a connection's share, in bunches that are answered before the next goes out.
template <class MakeRequest>
void ask_for_all(const MakeRequest& make) {
    constexpr std::size_t bunch = 50;
    in_parallel(connections, [&](std::size_t part) {
        end_to_end::raw_client client(attacked_port());
        for (std::size_t i = part * names / connections; i < (part + 1) * names / connections;
             i += bunch) {
            std::string bytes;
            for (std::size_t j = 0; j < bunch; ++j)
                bytes += make(i + j).bytes();
            client.send(bytes);
            for (std::size_t j = 0; j < bunch; ++j)
                EXPECT_LT(client.read_response().status, 500);
        }
    });
    count_cases(1);
}

class cardinality : public attack {
 protected:
    std::size_t metrics_bytes() { return attacked().ask(get("/metrics")).body.size(); }
};

TEST_F(cardinality, OfModelsPathsAndKeysIsBoundedInMetrics) {
    const auto before = metrics_bytes();
    ask_for_all([](std::size_t i) {
        return end_to_end::post(
            "/v1/chat/completions",
            {{"model", "unknown-" + std::to_string(i)},
             {"messages", json::array({{{"role", "user"}, {"content", "Hi"}}})}}
        );
    });
    EXPECT_LT(metrics_bytes(), before + growth_max) << "by models";
    ask_for_all([](std::size_t i) {
        return get("/path-" + std::to_string(i) + "/x?y=" + std::to_string(i));
    });
    EXPECT_LT(metrics_bytes(), before + growth_max) << "by paths";
    ask_for_all([](std::size_t i) {
        return get("/v1/models")
            .header("Authorization", "Bearer key-" + std::to_string(i))
            .header("User-Agent", "agent-" + std::to_string(i));
    });
    EXPECT_LT(metrics_bytes(), before + growth_max) << "by keys";
    for (const auto* name : {"unknown-1", "path-1", "key-1", "agent-1"})
        EXPECT_EQ(attacked().ask(get("/metrics")).body.find(name), std::string::npos) << name;
}

}  // namespace
}  // namespace sluice::hostile
