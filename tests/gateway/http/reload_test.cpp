#include "gateway/http/reload.hpp"

#include <gtest/gtest.h>

#include <stdexcept>

namespace sluice::gateway::testing {
namespace {

using names = std::vector<std::string>;

std::shared_ptr<const snapshot> serving(configuration settings) {
    return *snapshot::make(std::make_shared<const configuration>(std::move(settings)), nullptr);
}

configuration_loader loads(const configuration& next) {
    return [next] { return next; };
}

TEST(KeepFixed, NamesNothingWhereNothingOfItChanged) {
    auto next = default_configuration();
    next.server.body_bytes_max = 7;
    next.server.connections_max = 8;
    next.log.level = log_level::warn;
    EXPECT_EQ(keep_fixed(next, default_configuration()), names{});
    EXPECT_EQ(next.server.body_bytes_max, 7U);
    EXPECT_EQ(next.server.connections_max, 8U);
    EXPECT_EQ(next.log.level, log_level::warn);
}

TEST(KeepFixed, PutsTheRunningValuesBackAndNamesThem) {
    const auto running = default_configuration();
    auto next = running;
    next.server.listen = {{"127.0.0.1", 9000}};
    next.server.admin = {{"127.0.0.1", 9001}};
    next.server.workers = 9;
    next.ledger = "elsewhere.db";
    next.log.format = log_format::text;
    next.record = "folder";
    const names all{
        "server.listen", "server.admin", "server.workers", "ledger.path", "log.format", "--record"};
    EXPECT_EQ(keep_fixed(next, running), all);
    EXPECT_EQ(next.server.listen.at(0).port, 8080);
    EXPECT_TRUE(next.server.admin.empty());
    EXPECT_EQ(next.server.workers, 0U);
    EXPECT_EQ(next.ledger, "");
    EXPECT_EQ(next.log.format, log_format::automatic);
    EXPECT_EQ(next.record, "");
}

TEST(KeepFixed, TakesAnotherCertificateButNotAnotherScheme) {
    auto running = default_configuration();
    auto next = running;
    next.server.tls = tls_settings{"a.pem", "a.key"};
    EXPECT_EQ(keep_fixed(next, running), names{"server.tls"});
    EXPECT_FALSE(next.server.tls);
    running.server.tls = tls_settings{"a.pem", "a.key"};
    next.server.tls = tls_settings{"b.pem", "b.key"};
    EXPECT_EQ(keep_fixed(next, running), names{});
    EXPECT_EQ(next.server.tls->certificate, "b.pem");
}

TEST(LoadNext, MakesWhatTakesThePlaceOfWhatRuns) {
    const auto running = serving(default_configuration());
    auto next = default_configuration();
    next.models.front().name = "another";
    const auto loaded = load_next(*running, loads(next));
    ASSERT_TRUE(loaded);
    EXPECT_TRUE(loaded->next->catalog.find("another"));
    EXPECT_FALSE(running->catalog.find("another"));
    EXPECT_EQ(loaded->next->own_secret, running->own_secret);
}

TEST(LoadNext, TellsAllThatIsWrongWithAFile) {
    const auto running = serving(default_configuration());
    const configuration_errors wrong{{"f.yaml:1:1: one", "f.yaml:2:1: two"}};
    const auto loaded = load_next(*running, [&] { return wrong; });
    ASSERT_FALSE(loaded);
    EXPECT_EQ(loaded.error().messages, wrong.messages);
}

TEST(LoadNext, RefusesWhatTheStartWouldRefuse) {
    const auto running = serving(default_configuration());
    auto next = default_configuration();
    next.server.listen.clear();
    EXPECT_FALSE(load_next(*running, loads(next)));
}

TEST(LoadNext, OpensNoDoorThatAFileDoesNotSayIsMeantToBeOpen) {
    auto guarded = default_configuration();
    guarded.keys.emplace_back().id = "a";
    guarded.auth = auth_mode::keys;
    provider_entry real;
    real.settings.name = "real";
    guarded.providers.push_back(real);
    const auto running = serving(guarded);
    auto cut = guarded;
    cut.keys.clear();
    cut.auth = auth_mode::none;
    EXPECT_FALSE(load_next(*running, loads(cut)));
    cut.auth_written = true;
    EXPECT_TRUE(load_next(*running, loads(cut)));
    EXPECT_FALSE(load_next(*running, loads(default_configuration())));
}

TEST(LoadNext, TellsWhatALoaderThrows) {
    const auto running = serving(default_configuration());
    const auto loaded =
        load_next(*running, []() -> boost::system::result<configuration, configuration_errors> {
            throw std::runtime_error("no more memory");
        });
    ASSERT_FALSE(loaded);
    EXPECT_EQ(loaded.error().messages, names{"no more memory"});
}

TEST(ReloadMetrics, AreInPrometheusTextFormat) {
    reload_figures figures;
    figures.ok = 3;
    figures.failed = 1;
    figures.loaded = 1'700'000'000;
    metric_families families;
    add_reload_metrics(families, figures);
    EXPECT_EQ(
        metrics_text(families),
        "# HELP sluice_config_reload_total Reloads of the configuration.\n"
        "# TYPE sluice_config_reload_total counter\n"
        "sluice_config_reload_total{result=\"ok\"} 3\n"
        "sluice_config_reload_total{result=\"failed\"} 1\n"
        "# HELP sluice_config_last_reload_timestamp_seconds When the configuration that is served "
        "was loaded.\n"
        "# TYPE sluice_config_last_reload_timestamp_seconds gauge\n"
        "sluice_config_last_reload_timestamp_seconds 1700000000\n"
    );
}

}  // namespace
}  // namespace sluice::gateway::testing
