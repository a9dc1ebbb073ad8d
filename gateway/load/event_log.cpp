#include "gateway/load/event_log.hpp"

#include <cerrno>
#include <system_error>

namespace sluice::gateway::load {

namespace {

constexpr std::size_t lines_bytes = std::size_t{64} << 10;

}  // namespace

event_log::event_log(const std::string& path) : file_(std::fopen(path.c_str(), "we")) {
    if (!file_) throw std::system_error(errno, std::generic_category(), "'" + path + "'");
    write("stream,what,at_ns,value\n");
}

bool event_log::finish() {
    const std::lock_guard lock(mutex_);
    return std::fflush(file_.get()) == 0 && std::ferror(file_.get()) == 0;
}

void event_log::write(std::string_view lines) {
    const std::lock_guard lock(mutex_);
    std::fwrite(lines.data(), 1, lines.size(), file_.get());
}

void event_log::writer::append(
    std::uint64_t stream, std::string_view what, std::int64_t at_ns, std::int64_t value
) {
    lines_ += std::to_string(stream);
    lines_ += ',';
    lines_ += what;
    lines_ += ',';
    lines_ += std::to_string(at_ns);
    lines_ += ',';
    lines_ += std::to_string(value);
    lines_ += '\n';
    if (lines_.size() >= lines_bytes) flush();
}

void event_log::writer::flush() {
    if (log_ != nullptr && !lines_.empty()) log_->write(lines_);
    lines_.clear();
}

}  // namespace sluice::gateway::load
