#include "gateway/dialects/frame_faults.hpp"

#include "gateway/dialects/altered_json.hpp"

#include <algorithm>
#include <utility>
#include <variant>

namespace sluice::gateway {

namespace {

using kind = upstream::wire_fault::kind;

constexpr std::string_view array_separator = ",\r\n";
/// What makes a comment of a line.
constexpr std::size_t comment_mark_bytes = 2;

/// The words of an item, as they stand in its frame.
std::string_view words_of(const upstream::item& item) {
    return std::visit(
        [](const auto& part) -> std::string_view {
            if constexpr (requires { part.text; }) return part.text;
            if constexpr (requires { part.arguments; })
                return part.arguments.empty() ? part.name : part.arguments;
            if constexpr (requires { part.transcript; })
                return part.data.empty() ? part.transcript : part.data;
            return {};
        },
        item
    );
}

}  // namespace

std::vector<outgoing_frame> frame_faults::pass(
    const std::vector<std::string>& frames, const upstream::item* item
) {
    out_.clear();
    if (ending_ && fault_.what == kind::unended) return {};
    const bool content = item != nullptr && upstream::is_output_token(*item);
    for (std::size_t i = 0; i < frames.size(); ++i) {
        auto frame = without_border(frames[i]);
        if (content && i + 1 == frames.size())
            meet(std::move(frame), *item);
        else
            emit(std::move(frame), 0);
    }
    return std::exchange(out_, {});
}

std::vector<outgoing_frame> frame_faults::begin_end() {
    out_.clear();
    ending_ = true;
    if (!held_.empty()) emit(std::exchange(held_, {}), fault_.at);
    return std::exchange(out_, {});
}

bool frame_faults::over() const {
    return fault_.what == kind::early_end && events_ >= fault_.at;
}

std::size_t frame_faults::extra_bytes() const {
    if (fault_.what != kind::huge) return 0;
    return static_cast<std::size_t>(std::min(fault_.size, huge_bytes_max));
}

/// An event with content.
void frame_faults::meet(std::string frame, const upstream::item& item) {
    const auto event = ++events_;
    if (!held_.empty()) {
        emit(std::move(frame), event);
        return emit(std::exchange(held_, {}), fault_.at);
    }
    if (event != fault_.at) return emit(std::move(frame), event);
    switch (fault_.what) {
        case kind::lose:
            return;
        case kind::swap:
            held_ = std::move(frame);
            return;
        case kind::repeat:
            emit(frame, event);
            return emit(std::move(frame), event);
        case kind::huge:
            return emit_huge(std::move(frame));
        case kind::malformed:
            return emit(without_end_of_json(frame), event);
        case kind::alter:
            return emit(with_other_character(frame, words_of(item)), event);
        default:
            return emit(std::move(frame), event);
    }
}

/// Where there are no comments, white space behind the JSON takes their place.
void frame_faults::emit_huge(std::string frame) {
    const auto bytes = extra_bytes();
    const bool blank_line = frame.ends_with("\n\n") || frame.ends_with("\r\n\r\n");
    if (blank_line) return emit(std::move(frame), events_, std::max(bytes, comment_mark_bytes));
    const auto json_end = frame.rfind('}');
    frame.insert(json_end == std::string::npos ? frame.size() : json_end + 1, bytes, ' ');
    emit(std::move(frame), events_);
}

void frame_faults::emit(std::string frame, std::uint64_t event, std::size_t comment_bytes) {
    if (array_) frame = with_border(std::move(frame));
    out_.push_back({std::move(frame), event, comment_bytes});
}

/// An element of an array begins with the border to the one before it, which may not be there, or
/// be another.
std::string frame_faults::without_border(const std::string& frame) {
    if (!array_ && frame.starts_with('[')) array_ = true;
    if (!array_ || frame == "]" || frame == "[]") return frame;
    return frame.substr(frame.starts_with(array_separator) ? array_separator.size() : 1);
}

std::string frame_faults::with_border(std::string element) {
    if (element == "]" || element == "[]") return array_begun_ ? "]" : "[]";
    const bool first = !std::exchange(array_begun_, true);
    return (first ? "[" : std::string(array_separator)) + element;
}

}  // namespace sluice::gateway
