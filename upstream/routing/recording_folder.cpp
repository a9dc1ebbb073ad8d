#include "upstream/routing/recording_folder.hpp"

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <fcntl.h>
#include <functional>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

namespace sluice::upstream {

namespace {

/// So much of each running exchange is held in memory at most; a stream of ordinary speed is
/// written every few seconds.
constexpr std::size_t buffer_bytes = 32 * 1024;
/// What is recorded holds prompts: nobody else is to read it.
constexpr mode_t file_mode = 0600;
constexpr mode_t folder_mode = 0700;
constexpr std::string_view unfinished = ".part";

std::string format_time(std::chrono::system_clock::time_point at, const char* format) {
    using namespace std::chrono;
    const auto whole = floor<seconds>(at);
    const auto millis = duration_cast<milliseconds>(at - whole).count();
    const std::time_t since = system_clock::to_time_t(whole);
    std::tm parts{};
    gmtime_r(&since, &parts);
    std::array<char, 64> text{};
    const auto length = std::strftime(text.data(), text.size(), format, &parts);
    std::array<char, 8> fraction{};
    std::snprintf(fraction.data(), fraction.size(), ".%03d", static_cast<int>(millis));
    return std::string(text.data(), length) + fraction.data();
}

/// Opens a file for writing in a folder and takes it away again.
bool can_write_in(int folder) {
    const auto name = ".sluice-" + std::to_string(::getpid()) + std::string(unfinished);
    const int probe =
        ::openat(folder, name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, file_mode);
    if (probe < 0) return false;
    ::close(probe);
    ::unlinkat(folder, name.c_str(), 0);
    return true;
}

}  // namespace

std::string compact_time(std::chrono::system_clock::time_point at) {
    return format_time(at, "%Y%m%dT%H%M%S");
}

std::string readable_time(std::chrono::system_clock::time_point at) {
    return format_time(at, "%Y-%m-%dT%H:%M:%S") + "Z";
}

recording_file::recording_file(
    std::shared_ptr<recording_folder> folder, std::string name, int descriptor
)
    : folder_(std::move(folder)), name_(std::move(name)), descriptor_(descriptor) {
    buffer_.reserve(buffer_bytes);
}

recording_file::~recording_file() {
    if (descriptor_ < 0) return;
    ::close(descriptor_);
    ::unlinkat(folder_->descriptor_, (name_ + std::string(unfinished)).c_str(), 0);
}

void recording_file::append(std::string_view text) {
    if (descriptor_ < 0) return buffer_.clear();
    buffer_ += text;
    if (buffer_.size() >= buffer_bytes) write_out();
}

void recording_file::write_out() {
    std::string_view left = buffer_;
    while (!left.empty()) {
        const auto written = ::write(descriptor_, left.data(), left.size());
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) return give_up("cannot be written");
        left.remove_prefix(static_cast<std::size_t>(written));
    }
    buffer_.clear();
}

/// Half a recording is of no use, and its room may be what others need.
void recording_file::give_up(std::string_view what) {
    const std::string why = std::strerror(errno);
    ::close(descriptor_);
    descriptor_ = -1;
    ::unlinkat(folder_->descriptor_, (name_ + std::string(unfinished)).c_str(), 0);
    buffer_ = {};
    folder_->warn(folder_->path() + "/" + name_ + " " + std::string(what) + ": " + why);
}

void recording_file::complete() {
    if (descriptor_ < 0) return;
    write_out();
    if (descriptor_ < 0) return;
    const int in = folder_->descriptor_;
    const auto part = name_ + std::string(unfinished);
    if (::renameat(in, part.c_str(), in, name_.c_str()) != 0)
        return give_up("cannot be given its name");
    // Network file systems tell only here that something was not written; it has its name by then.
    const bool closed = ::close(std::exchange(descriptor_, -1)) == 0;
    if (closed) {
        folder_->warned_ = false;
        return;
    }
    folder_->warn(folder_->path() + "/" + name_ + " is not whole: " + std::strerror(errno));
    ::unlinkat(in, name_.c_str(), 0);
}

recording_folder::opened recording_folder::open(const std::string& path, warning warn) {
    const auto failed = [&](const std::string& what) {
        return "'" + path + "' " + what + ": " + std::strerror(errno);
    };
    if (::mkdir(path.c_str(), folder_mode) != 0 && errno != EEXIST) return failed("cannot be made");
    const int descriptor = ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (descriptor < 0) return failed("cannot be used as a folder");
    auto made = std::make_shared<recording_folder>(path, descriptor, std::move(warn));
    if (!can_write_in(descriptor)) return failed("cannot be written to");
    return made;
}

recording_folder::recording_folder(std::string path, int descriptor, warning warn)
    : path_(std::move(path)), descriptor_(descriptor), warn_(std::move(warn)) {}

recording_folder::~recording_folder() {
    ::close(descriptor_);
}

/// Unlike any other, whether of this process or of another that records here.
std::string recording_folder::name_for(
    std::string_view provider, std::chrono::system_clock::time_point now
) {
    const auto seed = std::to_string(begun_++) + "/" + std::to_string(::getpid()) + "/" +
                      std::to_string(now.time_since_epoch().count());
    std::array<char, 16> hash{};
    std::snprintf(
        hash.data(),
        hash.size(),
        "%08x",
        static_cast<unsigned>(std::hash<std::string>{}(seed)&0xFFFFFFFFU)
    );
    return compact_time(now) + "-" + std::string(provider) + "-" + hash.data() + ".jsonl";
}

std::unique_ptr<recording_file> recording_folder::begin(
    std::string_view provider, std::chrono::system_clock::time_point now
) {
    auto name = name_for(provider, now);
    const auto part = name + std::string(unfinished);
    const int file =
        ::openat(descriptor_, part.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, file_mode);
    if (file < 0) {
        warn(path_ + "/" + name + " cannot be made: " + std::strerror(errno));
        return nullptr;
    }
    return std::make_unique<recording_file>(shared_from_this(), std::move(name), file);
}

void recording_folder::warn(const std::string& text) {
    if (!warned_.exchange(true) && warn_) warn_(text);
}

}  // namespace sluice::upstream
