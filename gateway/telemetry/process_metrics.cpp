#include "gateway/telemetry/process_metrics.hpp"

#include "gateway/telemetry/build_version.hpp"
#include "gateway/telemetry/log_sink.hpp"

#include <charconv>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

namespace sluice::gateway {

namespace {

// Places among the words of /proc/self/stat behind the program's name; proc(5) counts from 3.
constexpr std::size_t start_ticks_word = 22 - 3;
constexpr std::size_t resident_pages_word = 24 - 3;

std::string content_of(const char* path) {
    std::ifstream file(path);
    return {std::istreambuf_iterator<char>(file), {}};
}

/// The nth of words with one space between them.
std::string_view word_at(std::string_view text, std::size_t n) {
    for (; n > 0; --n) {
        const auto space = text.find(' ');
        if (space == std::string_view::npos) return {};
        text.remove_prefix(space + 1);
    }
    return text.substr(0, text.find_first_of(" \n"));
}

template <class Number>
bool read_number(std::string_view text, Number& number) {
    return std::from_chars(text.data(), text.data() + text.size(), number).ec == std::errc{};
}

double seconds_of(const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
}

double cpu_seconds() {
    rusage used{};
    ::getrusage(RUSAGE_SELF, &used);
    return seconds_of(used.ru_utime) + seconds_of(used.ru_stime);
}

/// Newer kernels tell the number as the folder's size; elsewhere they are counted.
std::int64_t open_descriptors() {
    constexpr auto folder = "/proc/self/fd";
    struct stat about {};
    if (::stat(folder, &about) == 0 && about.st_size > 0) return about.st_size;
    std::error_code error;
    std::int64_t count = 0;
    for (std::filesystem::directory_iterator at(folder, error), end; !error && at != end;
         at.increment(error))
        ++count;
    return count > 0 ? count - 1 : 0;  // but for the one that this takes
}

/// Unix seconds when the machine started.
double boot_time() {
    const auto stat = content_of("/proc/stat");
    constexpr std::string_view name = "\nbtime ";
    const auto at = stat.find(name);
    std::int64_t seconds = 0;
    if (at != std::string::npos)
        read_number(std::string_view(stat).substr(at + name.size()), seconds);
    return static_cast<double>(seconds);
}

double start_time(const process_status& status) {
    // It stays what it is, though the machine's clock be set.
    static const double started = boot_time() + static_cast<double>(status.start_ticks) /
                                                    static_cast<double>(::sysconf(_SC_CLK_TCK));
    return started;
}

}  // namespace

std::optional<process_status> read_process_status(std::string_view stat) {
    const auto name_end = stat.rfind(") ");
    if (name_end == std::string_view::npos) return std::nullopt;
    stat.remove_prefix(name_end + 2);
    process_status status;
    if (!read_number(word_at(stat, start_ticks_word), status.start_ticks)) return std::nullopt;
    if (!read_number(word_at(stat, resident_pages_word), status.resident_pages))
        return std::nullopt;
    return status;
}

void add_process_metrics(metric_families& to) {
    add_sample(
        gauge_family(to, "sluice_build_info", "1, and what runs."),
        {{"version", std::string{build_version()}}},
        std::int64_t{1}
    );
    add_sample(
        counter_family(to, "sluice_log_lines_dropped_total", "Log lines that nobody read in time."),
        {},
        log_sink::lines_dropped()
    );
    add_sample(
        counter_family(to, "process_cpu_seconds_total", "Processor time, of user and system."),
        {},
        cpu_seconds()
    );
    add_sample(
        gauge_family(to, "process_open_fds", "Open file descriptors."), {}, open_descriptors()
    );
    const auto status = read_process_status(content_of("/proc/self/stat"));
    if (!status) return;
    add_sample(
        gauge_family(to, "process_resident_memory_bytes", "Resident memory."),
        {},
        status->resident_pages * ::sysconf(_SC_PAGESIZE)
    );
    add_sample(
        gauge_family(to, "process_start_time_seconds", "Start of the process, in Unix seconds."),
        {},
        start_time(*status)
    );
}

}  // namespace sluice::gateway
