#include "gateway/telemetry/metric_lines.hpp"

#include <array>
#include <charconv>

namespace sluice::gateway {

void declare_metric(
    std::string& out, std::string_view name, std::string_view type, std::string_view help
) {
    out.append("# HELP ").append(name).append(" ").append(help).append("\n");
    out.append("# TYPE ").append(name).append(" ").append(type).append("\n");
}

void append_sample(
    std::string& out, std::string_view name, std::string_view labels, std::int64_t value
) {
    out.append(name).append(labels).append(" ").append(std::to_string(value)).append("\n");
}

void append_sample(std::string& out, std::string_view name, std::string_view labels, double value) {
    std::array<char, 32> digits{};  // the shortest that reads back the same takes 24 at most
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr;
    out.append(name).append(labels).append(" ").append(digits.data(), end).append("\n");
}

std::string metric_label(std::string_view name, std::string_view value) {
    std::string label(name);
    label += "=\"";
    for (const char c : value) {
        if (c == '\\' || c == '"') label += '\\';
        if (c == '\n')
            label += "\\n";
        else
            label += c;
    }
    return label += '"';
}

}  // namespace sluice::gateway
