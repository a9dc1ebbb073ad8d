#include "gateway/load/wire/source_addresses.hpp"

#include "gateway/load/wire/descriptor.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <arpa/inet.h>
#include <cstring>
#include <netinet/in.h>

namespace sluice::gateway::load::testing {

namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::vector<std::string> names_in(std::string_view text) {
    const auto parsed = parse_source_addresses(text);
    EXPECT_TRUE(parsed) << parsed.error();
    return parsed ? parsed->names() : std::vector<std::string>{};
}

std::string error_of(std::string_view text) {
    const auto parsed = parse_source_addresses(text);
    EXPECT_FALSE(parsed) << text;
    return parsed ? "" : parsed.error();
}

endpoint address_of(const char* url) {
    return *resolve(*parse_target(url));
}

TEST(SourceAddresses, AreReadOfAListOfAddresses) {
    EXPECT_THAT(names_in("10.0.0.7"), ElementsAre("10.0.0.7"));
    EXPECT_THAT(names_in("10.0.0.7, 10.0.0.9"), ElementsAre("10.0.0.7", "10.0.0.9"));
    EXPECT_THAT(names_in("fd00::1,fd00::2"), ElementsAre("fd00::1", "fd00::2"));
}

TEST(SourceAddresses, AreReadOfARangeWithBothItsEnds) {
    EXPECT_THAT(
        names_in("127.0.0.254-127.0.1.1"),
        ElementsAre("127.0.0.254", "127.0.0.255", "127.0.1.0", "127.0.1.1")
    );
    EXPECT_THAT(names_in("fd00::ffff-fd00::1:0"), ElementsAre("fd00::ffff", "fd00::1:0"));
    EXPECT_THAT(names_in("::1-::1"), ElementsAre("::1"));
    EXPECT_THAT(names_in("255.255.255.255-255.255.255.255"), ElementsAre("255.255.255.255"));
}

TEST(SourceAddresses, OfANetworkAreThoseOfItsHosts) {
    EXPECT_THAT(
        names_in("10.0.0.5/29"),
        ElementsAre("10.0.0.1", "10.0.0.2", "10.0.0.3", "10.0.0.4", "10.0.0.5", "10.0.0.6")
    );
    EXPECT_THAT(names_in("10.0.0.6/31"), ElementsAre("10.0.0.6", "10.0.0.7"));
    EXPECT_THAT(names_in("10.0.0.6/32"), ElementsAre("10.0.0.6"));
    EXPECT_THAT(names_in("fd00::/126"), ElementsAre("fd00::1", "fd00::2", "fd00::3"));
}

TEST(SourceAddresses, RefuseATextAndNameWhatIsWrongInIt) {
    EXPECT_EQ(error_of(""), "'' is not an IP address");
    EXPECT_EQ(error_of("127.0.0.2,"), "'' is not an IP address");
    EXPECT_EQ(error_of("127.0.0.2,localhost"), "'localhost' is not an IP address");
    EXPECT_EQ(error_of("127.0.0.256"), "'127.0.0.256' is not an IP address");
    EXPECT_EQ(error_of("127.0.0.9-127.0.0.2"), "'127.0.0.9-127.0.0.2' ends before it begins");
    EXPECT_EQ(error_of("127.0.0.1-::1"), "'127.0.0.1-::1' goes from IPv4 to IPv6");
    EXPECT_EQ(error_of("1.1.1.1-9"), "'1.1.1.1-9' is not a range of two IP addresses");
    EXPECT_EQ(error_of("x/8"), "'x/8' is not a network of IP addresses");
    EXPECT_EQ(error_of("10.0.0.0/33"), "'10.0.0.0/33' has a prefix that is not 0 to 32");
    EXPECT_EQ(error_of("10.0.0.0/-1"), "'10.0.0.0/-1' is not a range of two IP addresses");
    EXPECT_EQ(error_of("fd00::/129"), "'fd00::/129' has a prefix that is not 0 to 128");
    EXPECT_EQ(error_of("127.0.0.1,::1"), "'127.0.0.1,::1' mixes IPv4 and IPv6");
}

TEST(SourceAddresses, RefuseMoreThanTheyCanHold) {
    EXPECT_EQ(names_in("10.0.0.0-10.0.15.255").size(), source_addresses::count_max);
    EXPECT_EQ(
        error_of("10.0.0.0-10.0.16.0"), "'10.0.0.0-10.0.16.0' stands for more than 4096 addresses"
    );
    EXPECT_EQ(error_of("10.0.0.0/8"), "'10.0.0.0/8' stands for more than 4096 addresses");
    EXPECT_EQ(error_of("::/0"), "'::/0' stands for more than 4096 addresses");
    EXPECT_THAT(error_of("10.0.0.0-10.0.15.255,10.1.0.0"), HasSubstr("more than 4096"));
}

TEST(SourceAddresses, AreTakenInTurn) {
    auto all = *parse_source_addresses("127.0.0.2-127.0.0.3");
    const auto last_byte = [&] {
        sockaddr_in address{};
        std::memcpy(&address, &all.next().address, sizeof address);
        return ntohl(address.sin_addr.s_addr) & 0xFF;
    };
    EXPECT_EQ(last_byte(), 2U);
    EXPECT_EQ(last_byte(), 3U);
    EXPECT_EQ(last_byte(), 2U);
}

TEST(SourceAddresses, CannotReachATargetOfTheOtherFamily) {
    const auto four = *parse_source_addresses("127.0.0.2");
    EXPECT_EQ(four.mismatch(address_of("http://127.0.0.1/")), std::nullopt);
    EXPECT_EQ(
        four.mismatch(address_of("http://[::1]/")).value_or(""),
        "the source address 127.0.0.2 and the target's address ::1 are not both IPv4 or both IPv6"
    );
    EXPECT_EQ(source_addresses().mismatch(address_of("http://[::1]/")), std::nullopt);
}

TEST(SourceAddresses, AreAsManyOfLoopbackAsClientsNeed) {
    const endpoint loopback = address_of("http://127.0.0.1/");
    const port_range usual;
    EXPECT_TRUE(automatic_source_addresses(loopback, 19'000, usual).empty());
    EXPECT_THAT(
        automatic_source_addresses(loopback, 20'000, usual).names(),
        ElementsAre("127.0.0.2", "127.0.0.3")
    );
    EXPECT_EQ(automatic_source_addresses(loopback, 100'000, usual).size(), 6U);
    EXPECT_EQ(automatic_source_addresses(loopback, 1000, {40'000, 40'999}).size(), 2U);
    EXPECT_EQ(
        automatic_source_addresses(loopback, 1U << 31, {1, 1}).size(), source_addresses::count_max
    );
}

TEST(SourceAddresses, ElsewhereAreForTheirOwnerToChoose) {
    EXPECT_TRUE(automatic_source_addresses(address_of("http://10.0.0.1/"), 100'000, {}).empty());
    EXPECT_TRUE(automatic_source_addresses(address_of("http://[::1]/"), 100'000, {}).empty());
}

TEST(SourceAddresses, AreWhereABoundConnectionComesFrom) {
    const descriptor listener(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    endpoint here = address_of("http://127.0.0.1/");
    reinterpret_cast<sockaddr_in&>(here.address).sin_port = 0;
    ASSERT_TRUE(bind_source(listener.get(), here));
    ASSERT_EQ(::listen(listener.get(), 1), 0);
    auto* const where = reinterpret_cast<sockaddr*>(&here.address);
    ASSERT_EQ(::getsockname(listener.get(), where, &here.size), 0);

    const descriptor client(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    ASSERT_TRUE(bind_source(client.get(), parse_source_addresses("127.0.0.77")->next()));
    ASSERT_EQ(::connect(client.get(), where, here.size), 0);
    sockaddr_in from{};
    socklen_t size = sizeof from;
    const descriptor accepted(::accept(listener.get(), reinterpret_cast<sockaddr*>(&from), &size));
    EXPECT_EQ(ntohl(from.sin_addr.s_addr), 0x7F00004DU);
}

TEST(SourceAddresses, AreTriedBeforeARun) {
    EXPECT_EQ(try_to_bind(*parse_source_addresses("127.0.0.2-127.0.0.4")), std::nullopt);
    // TEST-NET-1 is nobody's.
    EXPECT_EQ(
        try_to_bind(*parse_source_addresses("127.0.0.1,192.0.2.1")).value_or(""),
        "192.0.2.1 is not an address of this machine"
    );
}

TEST(SocketLimits, AreReadOfTheSystemsText) {
    EXPECT_EQ(parse_port_range("32768\t60999\n"), (port_range{32768, 60999}));
    EXPECT_EQ(port_range{}.count(), 28'232U);
    for (const char* text : {"", "1", "x y", "0 9", "9 1", "1 65536", "-1 5"})
        EXPECT_EQ(parse_port_range(text), std::nullopt) << text;
    EXPECT_GT(read_socket_limits().descriptors, 0U);
}

TEST(SocketLimits, SayWhenDescriptorsDoNotSuffice) {
    EXPECT_EQ(check_limits(960, 0, {1024, {}}), std::nullopt);
    EXPECT_EQ(
        check_limits(4000, 0, {1024, {}}).value_or(""),
        "4000 clients need 4064 open descriptors, and this process may have 1024 "
        "(raise it with 'ulimit -n 4064')"
    );
}

TEST(SocketLimits, SayWhenPortsDoNotSuffice) {
    constexpr std::uint64_t plenty = 1'000'000;
    EXPECT_EQ(check_limits(28'232, 0, {plenty, {}}), std::nullopt);
    EXPECT_EQ(check_limits(50'000, 2, {plenty, {}}), std::nullopt);
    EXPECT_EQ(
        check_limits(50'000, 0, {plenty, {}}).value_or(""),
        "50000 clients need as many local ports, and one source address has 28232 "
        "(net.ipv4.ip_local_port_range is 32768 to 60999); name more source addresses, or widen "
        "the range"
    );
    EXPECT_THAT(
        check_limits(60'000, 2, {plenty, {}}).value_or(""),
        HasSubstr("2 source addresses have 56464")
    );
}

}  // namespace

}  // namespace sluice::gateway::load::testing
