#include "upstream/mock/recordings.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace sluice::upstream {

namespace {

/// All recordings of one provider are held in memory.
constexpr std::uint64_t bytes_max = 1ULL << 30;
/// Each request looks at all of them.
constexpr std::size_t files_max = 100'000;
constexpr std::size_t read_bytes = 256 * 1024;

class file {
 public:
    /// Not blocking, so that a pipe of that name holds nobody up.
    explicit file(const std::string& path)
        : descriptor_(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)) {}
    ~file() {
        if (descriptor_ >= 0) ::close(descriptor_);
    }
    file(const file&) = delete;
    file& operator=(const file&) = delete;

    bool is_open() const { return descriptor_ >= 0; }
    bool is_regular() const {
        struct stat about {};
        return ::fstat(descriptor_, &about) == 0 && S_ISREG(about.st_mode);
    }
    /// 0 at the end, -1 with errno.
    ssize_t read(char* into, std::size_t size) {
        ssize_t got = 0;
        do {
            got = ::read(descriptor_, into, size);
        } while (got < 0 && errno == EINTR);
        return got;
    }

 private:
    int descriptor_;
};

std::string unreadable(const std::string& path) {
    return path + " cannot be read: " + std::strerror(errno);
}

/// `left`: how many bytes there may still be.
boost::system::result<recording, std::string> read_file(
    const std::string& path, std::uint64_t& left
) {
    file opened(path);
    if (!opened.is_open()) return unreadable(path);
    if (!opened.is_regular()) return path + " is no file of recordings";
    recording_reader reader(path);
    std::vector<char> buffer(read_bytes);
    while (true) {
        const auto got = opened.read(buffer.data(), buffer.size());
        if (got < 0) return unreadable(path);
        if (got == 0) break;
        const auto size = static_cast<std::size_t>(got);
        if (size > left) return path + ": the recordings are larger than 1 GiB together";
        left -= size;
        if (!reader.feed({buffer.data(), size})) return reader.error();
    }
    auto made = reader.finish();
    if (!made) return reader.error();
    return std::move(*made);
}

boost::system::result<std::vector<std::string>, std::string> files_of(const std::string& path) {
    namespace fs = std::filesystem;
    std::error_code error;
    if (!fs::is_directory(path, error)) return std::vector{path};
    std::vector<std::string> files;
    fs::directory_iterator at(path, error);
    for (; !error && at != fs::directory_iterator{}; at.increment(error)) {
        std::error_code ignored;
        if (at->path().extension() != ".jsonl" || !at->is_regular_file(ignored)) continue;
        if (files.size() == files_max) return path + " holds more than 100000 recordings";
        files.push_back(at->path().string());
    }
    if (error) return path + " cannot be read: " + error.message();
    if (files.empty()) return path + " holds no recording (*.jsonl)";
    std::ranges::sort(files);
    return files;
}

}  // namespace

recordings::loaded recordings::load(const std::string& path) {
    const auto files = files_of(path);
    if (!files) return files.error();
    std::vector<recording> all;
    std::uint64_t left = bytes_max;
    for (const auto& name : *files) {
        auto one = read_file(name, left);
        if (!one) return one.error();
        all.push_back(std::move(*one));
    }
    return std::shared_ptr<const recordings>(std::make_shared<recordings>(std::move(all)));
}

}  // namespace sluice::upstream
