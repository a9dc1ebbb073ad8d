#include "gateway/load/work/line_reader.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <utility>

namespace sluice::gateway::load {

namespace {

constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";

bool is_blank(std::string_view line) {
    return line.find_first_not_of(" \t") == std::string_view::npos;
}

}  // namespace

bool line_reader::next() {
    while (read_line()) {
        if (line_.ends_with('\r')) line_.pop_back();
        if (number_ == 1 && line_.starts_with(byte_order_mark))
            line_.erase(0, byte_order_mark.size());
        if (!is_blank(line_)) return true;
    }
    return false;
}

/// As `std::getline`, but bounded.
bool line_reader::read_line() {
    line_.clear();
    if (too_long_ || !*from_) return false;
    auto& bytes = *from_->rdbuf();
    using traits = std::streambuf::traits_type;
    auto byte = bytes.sbumpc();
    if (traits::eq_int_type(byte, traits::eof())) return false;
    ++number_;
    for (; !traits::eq_int_type(byte, traits::eof()) && byte != '\n'; byte = bytes.sbumpc()) {
        too_long_ = line_.size() == bytes_max_;
        if (too_long_) return false;
        line_ += traits::to_char_type(byte);
    }
    return true;
}

void line_reader::rewind() {
    from_->clear();
    from_->seekg(0);
    number_ = 0;
    too_long_ = false;
}

boost::system::result<std::unique_ptr<std::istream>, std::string> open_text(const std::string& path
) {
    std::error_code problem;
    const auto status = std::filesystem::status(path, problem);
    if (std::filesystem::exists(status) && !std::filesystem::is_regular_file(status))
        return path + " is no ordinary file, which could be read more than once";
    errno = 0;
    auto file = std::make_unique<std::ifstream>(path, std::ios::binary);
    if (!file->is_open()) return path + " cannot be read: " + std::strerror(errno);
    return std::unique_ptr<std::istream>(std::move(file));
}

}  // namespace sluice::gateway::load
