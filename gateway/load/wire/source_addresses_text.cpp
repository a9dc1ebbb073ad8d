#include "gateway/load/wire/source_addresses.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <charconv>
#include <cstring>
#include <iterator>
#include <netinet/in.h>

namespace sluice::gateway::load {

namespace {

constexpr std::size_t bytes_4 = 4;
constexpr std::size_t bytes_6 = 16;

/// An address as a number, most significant byte first; an IPv4 address has 4 bytes of it.
struct number {
    std::array<std::uint8_t, bytes_6> bytes{};
    std::size_t size = 0;

    auto operator<=>(const number&) const = default;
};

using parsed = boost::system::result<std::vector<number>, std::string>;

std::optional<number> read_address(std::string_view text) {
    const std::string owned(text);
    number read;
    if (::inet_pton(AF_INET, owned.c_str(), read.bytes.data()) == 1) {
        read.size = bytes_4;
        return read;
    }
    if (::inet_pton(AF_INET6, owned.c_str(), read.bytes.data()) != 1) return std::nullopt;
    read.size = bytes_6;
    return read;
}

/// False: there is none above it.
bool step(number& at) {
    for (std::size_t i = at.size; i > 0; --i) {
        if (++at.bytes[i - 1] != 0) return true;
    }
    return false;
}

/// All that `part` stands for, as the whole list is not to be longer than count_max.
parsed enumerate(number first, const number& last, const std::string& named) {
    std::vector<number> all;
    do {
        if (all.size() == source_addresses::count_max)
            return named + " stands for more than " + std::to_string(source_addresses::count_max) +
                   " addresses";
        all.push_back(first);
    } while (first != last && step(first));
    return all;
}

parsed read_range(std::string_view part, std::size_t dash, const std::string& named) {
    const auto first = read_address(part.substr(0, dash));
    const auto last = read_address(part.substr(dash + 1));
    if (!first || !last) return named + " is not a range of two IP addresses";
    if (first->size != last->size) return named + " goes from IPv4 to IPv6";
    if (*last < *first) return named + " ends before it begins";
    return enumerate(*first, *last, named);
}

/// Sets the bits behind the prefix.
number filled(const number& from, std::size_t prefix, bool bit) {
    number at = from;
    for (std::size_t i = prefix; i < at.size * 8; ++i) {
        const auto mask = static_cast<std::uint8_t>(0x80U >> (i % 8));
        std::uint8_t& byte = at.bytes[i / 8];
        byte = static_cast<std::uint8_t>(bit ? byte | mask : byte & ~mask);
    }
    return at;
}

parsed read_network(std::string_view part, std::size_t slash, const std::string& named) {
    const auto base = read_address(part.substr(0, slash));
    if (!base) return named + " is not a network of IP addresses";
    const std::string_view digits = part.substr(slash + 1);
    std::size_t prefix = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), prefix);
    if (error != std::errc{} || end != digits.data() + digits.size() || prefix > base->size * 8)
        return named + " has a prefix that is not 0 to " + std::to_string(base->size * 8);
    number first = filled(*base, prefix, false);
    number last = filled(*base, prefix, true);
    // The first names the network, or any router of it; the last of IPv4 is everybody.
    if (prefix + 2 <= base->size * 8) {
        step(first);
        if (base->size == bytes_4) --last.bytes[bytes_4 - 1];
    }
    return enumerate(first, last, named);
}

parsed read_part(std::string_view part, const std::string& named) {
    if (const auto dash = part.find('-'); dash != std::string_view::npos)
        return read_range(part, dash, named);
    if (const auto slash = part.find('/'); slash != std::string_view::npos)
        return read_network(part, slash, named);
    const auto single = read_address(part);
    if (!single) return named + " is not an IP address";
    return std::vector<number>{*single};
}

endpoint endpoint_of(const number& from) {
    endpoint made;
    if (from.size == bytes_4) {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        std::memcpy(&address.sin_addr, from.bytes.data(), bytes_4);
        std::memcpy(&made.address, &address, sizeof address);
        made.size = sizeof address;
    } else {
        sockaddr_in6 address{};
        address.sin6_family = AF_INET6;
        std::memcpy(&address.sin6_addr, from.bytes.data(), bytes_6);
        std::memcpy(&made.address, &address, sizeof address);
        made.size = sizeof address;
    }
    return made;
}

std::string_view trimmed(std::string_view text) {
    text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
    text.remove_suffix(text.size() - std::min(text.find_last_not_of(' ') + 1, text.size()));
    return text;
}

}  // namespace

boost::system::result<source_addresses, std::string> parse_source_addresses(std::string_view text) {
    std::vector<endpoint> all;
    for (std::size_t at = 0; at <= text.size();) {
        const std::size_t end = std::min(text.find(',', at), text.size());
        const std::string_view part = trimmed(text.substr(at, end - at));
        const std::string named = "'" + std::string(part) + "'";
        const parsed numbers = read_part(part, named);
        if (!numbers) return numbers.error();
        std::transform(numbers->begin(), numbers->end(), std::back_inserter(all), endpoint_of);
        if (all.size() > source_addresses::count_max)
            return "'" + std::string(text) + "' stands for more than " +
                   std::to_string(source_addresses::count_max) + " addresses";
        if (all.back().address.ss_family != all.front().address.ss_family)
            return "'" + std::string(text) + "' mixes IPv4 and IPv6";
        at = end + 1;
    }
    return source_addresses(std::move(all));
}

}  // namespace sluice::gateway::load
