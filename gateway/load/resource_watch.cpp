#include "gateway/load/resource_watch.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <ctime>
#include <fstream>
#include <string>
#include <unistd.h>

namespace sluice::gateway::load {

namespace {

constexpr double ns_per_s = 1e9;

// Fields of /proc/PID/stat as proc(5) numbers them; the name of the program is the second.
constexpr int first_after_name = 3;
constexpr int user_ticks = 14;
constexpr int kernel_ticks = 15;
constexpr int resident_pages = 24;

std::optional<std::uint64_t> number(std::string_view text) {
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return value;
}

}  // namespace

double thread_cpu_s() {
    timespec used{};
    ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);
    return static_cast<double>(used.tv_sec) + static_cast<double>(used.tv_nsec) / ns_per_s;
}

std::optional<process_usage> usage_of(pid_t process) {
    std::ifstream file("/proc/" + std::to_string(process) + "/stat");
    std::string text;
    if (!std::getline(file, text)) return std::nullopt;
    return parse_process_stat(
        text,
        static_cast<double>(::sysconf(_SC_CLK_TCK)),
        static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE))
    );
}

std::optional<process_usage> parse_process_stat(
    std::string_view text, double ticks_per_s, std::uint64_t page_bytes
) {
    // A program may be called anything, blanks and brackets included: the last one ends its name.
    const std::size_t name_end = text.rfind(')');
    if (name_end == std::string_view::npos || ticks_per_s <= 0) return std::nullopt;
    std::string_view rest = text.substr(name_end + 1);
    std::array<std::optional<std::uint64_t>, resident_pages + 1> fields;
    for (int field = first_after_name; field <= resident_pages; ++field) {
        rest.remove_prefix(std::min(rest.find_first_not_of(' '), rest.size()));
        const std::size_t end = std::min(rest.find_first_of(" \n"), rest.size());
        fields[static_cast<std::size_t>(field)] = number(rest.substr(0, end));
        rest.remove_prefix(end);
    }
    if (!fields[user_ticks] || !fields[kernel_ticks] || !fields[resident_pages])
        return std::nullopt;
    const double ticks = static_cast<double>(*fields[user_ticks] + *fields[kernel_ticks]);
    return process_usage{ticks / ticks_per_s, *fields[resident_pages] * page_bytes};
}

double cpu_meter::share(double cpu_s, std::int64_t now_ns) {
    const double passed_s = static_cast<double>(now_ns - at_ns_) / ns_per_s;
    const double used_s = cpu_s - cpu_s_;
    const bool measured = looked_ && passed_s > 0;
    looked_ = true;
    cpu_s_ = cpu_s;
    at_ns_ = now_ns;
    return measured ? std::max(used_s / passed_s, 0.0) : 0;
}

}  // namespace sluice::gateway::load
