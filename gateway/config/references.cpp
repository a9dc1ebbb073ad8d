#include "gateway/config/references.hpp"

#include "gateway/config/file_mode.hpp"
#include "gateway/config/problems.hpp"
#include "upstream/utf8.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace sluice::gateway {

namespace {

constexpr std::size_t secret_bytes_max = 64U << 10;  // a certificate chain at most

bool is_variable_name(std::string_view name) {
    const auto letter = [](char c) {
        return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_';
    };
    const auto letter_or_digit = [&](char c) { return letter(c) || (c >= '0' && c <= '9'); };
    return !name.empty() && letter(name.front()) &&
           std::all_of(name.begin(), name.end(), letter_or_digit);
}

expansion failed(std::string complaint) {
    return {{}, std::move(complaint)};
}

/// At most one byte more than is allowed.
expansion read_all(int descriptor, const std::string& what) {
    expansion read_out;
    std::array<char, 4096> buffer{};
    while (read_out.text.size() <= secret_bytes_max) {
        const ssize_t count = ::read(descriptor, buffer.data(), buffer.size());
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return failed(what + " cannot be read: " + std::strerror(errno));
        if (count == 0) return read_out;
        read_out.text.append(buffer.data(), static_cast<std::size_t>(count));
    }
    return failed(what + " is larger than 64 KiB");
}

/// Regular files only: a pipe or a terminal would make the start wait for ever.
expansion read_secret_file(const std::string& path) {
    const std::string what = "file " + in_quotes(path);
    const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (descriptor < 0) return failed(what + " cannot be read: " + std::strerror(errno));
    struct stat status {};
    const bool regular = ::fstat(descriptor, &status) == 0 && S_ISREG(status.st_mode);
    expansion content = !regular ? failed(what + " is not a regular file")
                        : everybody_can_read(descriptor)
                            ? failed(what + " can be read by everybody: chmod o-r it")
                            : read_all(descriptor, what);
    ::close(descriptor);
    if (!content.complaint.empty()) return content;
    if (content.text.ends_with('\n')) content.text.pop_back();
    if (content.text.ends_with('\r')) content.text.pop_back();
    if (content.text.empty()) return failed(what + " is empty");
    return content;
}

expansion read_variable(std::string_view reference) {
    const std::size_t split = reference.find(":-");
    const std::string name(reference.substr(0, split));
    if (!is_variable_name(name)) {
        return failed("a reference is ${NAME}, ${NAME:-default} or ${file:/path}");
    }
    const char* const value = std::getenv(name.c_str());
    if (value != nullptr && *value != '\0') return {value, {}};
    if (split != std::string_view::npos) return {std::string(reference.substr(split + 2)), {}};
    return failed(
        "environment variable " + in_quotes(name) + (value == nullptr ? " is not set" : " is empty")
    );
}

expansion resolve(std::string_view reference) {
    if (reference.find("${") != std::string_view::npos) return failed("references do not nest");
    constexpr std::string_view file = "file:";
    const bool is_file = reference.starts_with(file);
    expansion resolved = is_file ? read_secret_file(std::string(reference.substr(file.size())))
                                 : read_variable(reference);
    if (!upstream::is_utf8(resolved.text)) {
        const std::string_view name = reference.substr(0, reference.find(":-"));
        return failed("what " + in_quotes(name) + " holds is not UTF-8");
    }
    return resolved;
}

}  // namespace

bool has_references(std::string_view text) {
    return text.find("${") != std::string_view::npos;
}

bool has_literals(std::string_view text) {
    while (text.starts_with("${")) {
        const std::size_t end = text.find('}');
        if (end == std::string_view::npos) return true;
        text.remove_prefix(end + 1);
    }
    return !text.empty();
}

expansion expand_references(std::string_view text) {
    expansion out;
    while (!text.empty()) {
        const std::size_t start = text.find("${");
        const std::string_view literal = text.substr(0, start);
        out.text += literal;
        if (start == std::string_view::npos) break;
        text.remove_prefix(start + 2);
        if (literal.ends_with('$')) {
            out.text += '{';
            continue;
        }
        const std::size_t end = text.find('}');
        if (end == std::string_view::npos) return failed("a reference lacks its closing brace");
        const expansion resolved = resolve(text.substr(0, end));
        if (!resolved.complaint.empty()) return resolved;
        out.text += resolved.text;
        text.remove_prefix(end + 1);
    }
    return out;
}

}  // namespace sluice::gateway
