#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

/// What the kernel says of memory: how much there may be, and how much is used. Linux only.
namespace sluice::gateway {

/// The most memory that there may be, and what is held against it.
struct memory_ceiling {
    std::uint64_t bytes = 0;  ///< 0: not known
    /// The folder of the process's own control group, where the limit is that group's: its kernel
    /// ends processes by what the group uses, sockets and files' pages included. Empty: what
    /// counts is the process's resident memory. So it is below a limit of a group further up, too,
    /// for what neighbours use is not the gateway's to answer for.
    std::filesystem::path group;
};

/// The lowest of what is configured, the limits of the process's control groups (version 2 or 1)
/// and the machine's memory: a higher wish makes no more memory. `root`: where `/proc` and `/sys`
/// are.
memory_ceiling find_memory_ceiling(
    std::optional<std::size_t> configured, const std::filesystem::path& root = "/"
);

/// Reads how much is used, from files that it keeps open. Used by one thread.
class memory_watch {
 public:
    explicit memory_watch(const memory_ceiling& of, const std::filesystem::path& root = "/");
    ~memory_watch();
    memory_watch(const memory_watch&) = delete;
    memory_watch& operator=(const memory_watch&) = delete;

    /// Bytes; nothing where the kernel does not say. A group's pages of files that nobody has
    /// touched lately do not count: they are let go before anybody is ended for want of memory.
    std::optional<std::uint64_t> used() const;

 private:
    std::optional<std::uint64_t> resident() const;
    std::optional<std::uint64_t> used_by_group() const;

    int usage_ = -1;       ///< statm, or the group's sum
    int statistics_ = -1;  ///< of the group; -1: the process's own memory counts
    std::string_view idle_files_;
};

// Pure: what the kernel's files say.

/// A group's limit or usage: a number of bytes. Nothing for `max`, and for version 1's number that
/// stands for no limit.
std::optional<std::uint64_t> parse_group_bytes(std::string_view text);

/// A number of `memory.stat` (`NAME BYTES`), in bytes.
std::optional<std::uint64_t> parse_statistic(std::string_view text, std::string_view name);

/// Resident pages of `/proc/self/statm`.
std::optional<std::uint64_t> parse_resident_pages(std::string_view text);

/// MemTotal of `/proc/meminfo`, in bytes.
std::optional<std::uint64_t> parse_total_memory(std::string_view text);

/// A process's control group for memory, by `/proc/self/cgroup`.
struct memory_group {
    int version = 2;
    std::string path = "/";
};
memory_group parse_memory_group(std::string_view text);

}  // namespace sluice::gateway
