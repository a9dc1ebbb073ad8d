#include "gateway/http/memory_watch.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <fcntl.h>
#include <fstream>
#include <iterator>
#include <unistd.h>
#include <vector>

namespace sluice::gateway {

namespace {

namespace fs = std::filesystem;

/// Version 1 says "no limit" by the largest number of whole pages; nobody has that much.
constexpr std::uint64_t no_limit = std::uint64_t{1} << 60U;

/// Larger than any of the files that are read again and again.
constexpr std::size_t text_bytes_max = 8192;

/// What the files of a version of control groups are called.
struct group_words {
    const char* folder;
    const char* limit;
    const char* usage;
    std::string_view idle_files;
};

constexpr group_words words_of(int version) {
    if (version == 1) {
        return {
            "sys/fs/cgroup/memory",
            "memory.limit_in_bytes",
            "memory.usage_in_bytes",
            "total_inactive_file"};
    }
    return {"sys/fs/cgroup", "memory.max", "memory.current", "inactive_file"};
}

std::string_view next_line(std::string_view& text) {
    const auto end = std::min(text.find('\n'), text.size());
    const auto line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    return line;
}

/// The number that the text begins with, behind blanks.
std::optional<std::uint64_t> leading_number(std::string_view text) {
    text.remove_prefix(std::min(text.find_first_not_of(" \t"), text.size()));
    std::uint64_t number = 0;
    const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
    if (read.ec != std::errc{}) return std::nullopt;
    return number;
}

std::string file_text(const fs::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

/// The folders from a group up to the first one, the group's own at the front. A container may not
/// see the path that it has outside: what is mounted there is its own group then.
std::vector<fs::path> group_folders(const fs::path& top, const std::string& path) {
    auto folder = top / fs::path{path}.relative_path();
    std::error_code ignored;
    if (!fs::is_directory(folder, ignored)) return {top};
    std::vector<fs::path> folders;
    for (auto left = fs::path{path}.relative_path(); !left.empty(); left = left.parent_path())
        folders.push_back(top / left);
    folders.push_back(top);
    return folders;
}

std::optional<std::string> read_again(int file) {
    std::array<char, text_bytes_max> text;
    const auto bytes = ::pread(file, text.data(), text.size(), 0);
    if (bytes <= 0) return std::nullopt;
    return std::string{text.data(), static_cast<std::size_t>(bytes)};
}

int open_file(const fs::path& path) {
    return ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
}

}  // namespace

std::optional<std::uint64_t> parse_group_bytes(std::string_view text) {
    const auto bytes = leading_number(text);
    return bytes && *bytes < no_limit ? bytes : std::nullopt;
}

std::optional<std::uint64_t> parse_statistic(std::string_view text, std::string_view name) {
    while (!text.empty()) {
        auto line = next_line(text);
        if (!line.starts_with(name)) continue;
        line.remove_prefix(name.size());
        if (line.starts_with(' ')) return leading_number(line);
    }
    return std::nullopt;
}

std::optional<std::uint64_t> parse_resident_pages(std::string_view text) {
    const auto size_end = text.find(' ');
    if (size_end == std::string_view::npos) return std::nullopt;
    return leading_number(text.substr(size_end));
}

std::optional<std::uint64_t> parse_total_memory(std::string_view text) {
    const auto kib = parse_statistic(text, "MemTotal:");
    if (!kib) return std::nullopt;
    return *kib * 1024;
}

/// Lines are `NUMBER:CONTROLLERS:PATH`. Where version 1 governs memory, a line of version 2 may
/// stand beside it.
memory_group parse_memory_group(std::string_view text) {
    memory_group group;
    while (!text.empty()) {
        const auto line = next_line(text);
        const auto first = line.find(':');
        const auto second = line.find(':', first + 1);
        if (first == std::string_view::npos || second == std::string_view::npos) continue;
        const auto controllers = line.substr(first + 1, second - first - 1);
        const auto path = line.substr(second + 1);
        const auto listed = std::string{","}.append(controllers).append(",");
        if (listed.find(",memory,") != std::string::npos) return {1, std::string{path}};
        if (controllers.empty()) group.path = path;
    }
    return group;
}

memory_ceiling find_memory_ceiling(
    std::optional<std::size_t> configured, const std::filesystem::path& root
) {
    memory_ceiling lowest;
    const auto lower = [&lowest](std::uint64_t bytes, const fs::path& group) {
        if (lowest.bytes == 0 || bytes < lowest.bytes) lowest = {bytes, group};
    };
    if (const auto total = parse_total_memory(file_text(root / "proc/meminfo"))) lower(*total, {});
    const auto group = parse_memory_group(file_text(root / "proc/self/cgroup"));
    const auto words = words_of(group.version);
    const auto folders = group_folders(root / words.folder, group.path);
    for (const auto& folder : folders) {
        const auto limit = parse_group_bytes(file_text(folder / words.limit));
        if (limit) lower(*limit, folder == folders.front() ? folder : fs::path{});
    }
    if (configured) lower(*configured, {});
    return lowest;
}

memory_watch::memory_watch(const memory_ceiling& of, const std::filesystem::path& root) {
    if (of.group.empty()) {
        usage_ = open_file(root / "proc/self/statm");
        return;
    }
    std::error_code ignored;
    const int version = fs::exists(of.group / words_of(2).usage, ignored) ? 2 : 1;
    const auto words = words_of(version);
    usage_ = open_file(of.group / words.usage);
    statistics_ = open_file(of.group / "memory.stat");
    idle_files_ = words.idle_files;
}

memory_watch::~memory_watch() {
    for (const int file : {usage_, statistics_}) {
        if (file >= 0) ::close(file);
    }
}

std::optional<std::uint64_t> memory_watch::used() const {
    if (usage_ < 0) return std::nullopt;
    return statistics_ < 0 ? resident() : used_by_group();
}

std::optional<std::uint64_t> memory_watch::resident() const {
    static const auto page_bytes = static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
    const auto text = read_again(usage_);
    const auto pages = text ? parse_resident_pages(*text) : std::nullopt;
    if (!pages) return std::nullopt;
    return *pages * page_bytes;
}

std::optional<std::uint64_t> memory_watch::used_by_group() const {
    const auto usage = read_again(usage_);
    const auto all = usage ? parse_group_bytes(*usage) : std::nullopt;
    if (!all) return std::nullopt;
    const auto statistics = read_again(statistics_);
    const auto idle = statistics ? parse_statistic(*statistics, idle_files_) : std::nullopt;
    return *all - std::min(*all, idle.value_or(0));
}

}  // namespace sluice::gateway
