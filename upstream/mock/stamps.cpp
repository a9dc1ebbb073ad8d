#include "upstream/mock/stamps.hpp"

#include <array>
#include <charconv>
#include <cstddef>
#include <variant>

namespace sluice::upstream::mock {
namespace {

void append(std::string& out, std::uint64_t number) {
    std::array<char, 20> digits{};
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
    out.append(digits.data(), end);
}

}  // namespace

void stamps::add(batch& to, std::chrono::steady_clock::time_point now) {
    const auto time = std::chrono::nanoseconds(now.time_since_epoch()).count();
    std::size_t used = 0;
    for (item& item : to.items) {
        auto* const text = std::get_if<text_delta>(&item);
        if (text == nullptr) continue;
        const auto choice = static_cast<std::size_t>(text->choice);
        if (choice >= next_.size()) next_.resize(choice + 1);
        if (used == texts_.size()) texts_.emplace_back();
        std::string& stamped = texts_[used++];
        stamped.clear();
        append(stamped, next_[choice]++);
        stamped += '@';
        append(stamped, static_cast<std::uint64_t>(time));
        stamped += ' ';
        stamped += text->text;
        text->text = stamped;
    }
}

}  // namespace sluice::upstream::mock
