#include "upstream/mock/json_string.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>
#include <vector>

namespace sluice::upstream::mock {
namespace {

constexpr std::size_t pattern_bytes_max = 512;
constexpr std::size_t sample_bytes_max = 4096;
constexpr int group_depth_max = 16;
constexpr std::size_t repeats_max = 4096;

constexpr std::string_view lower = "abcdefghijklmnopqrstuvwxyz";
constexpr std::string_view digit = "0123456789";

/// Writes one string while it reads the expression once; a group that repeats is read again.
class sampler {
 public:
    sampler(std::string_view pattern, std::size_t extra, dice& dice)
        : pattern_(pattern), extra_(extra), dice_(dice) {}

    std::optional<std::string> sample() {
        alternatives(0);
        if (failed_ || at_ != pattern_.size()) return std::nullopt;
        return std::move(out_);
    }

 private:
    struct repeats {
        std::size_t count;
        std::size_t end;  ///< where the expression goes on
    };

    bool at_end() const { return at_ >= pattern_.size(); }
    char here() const { return at_end() ? '\0' : pattern_[at_]; }

    void alternatives(int depth) {
        if (depth > group_depth_max) failed_ = true;
        while (!failed_ && !at_end() && here() != '|' && here() != ')')
            piece(depth);
        if (here() == '|') skip_to_group_end();
    }

    /// The first alternative was taken; the others are only passed over.
    void skip_to_group_end() {
        int open = 0;
        for (bool in_class = false; !at_end(); ++at_) {
            const char c = here();
            if (c == '\\') {
                ++at_;
            } else if (in_class || c == '[') {
                in_class = c != ']';
            } else if (c == '(') {
                ++open;
            } else if (c == ')' && open-- == 0) {
                return;
            }
        }
        at_ = std::min(at_, pattern_.size());
    }

    void piece(int depth) {
        const bool last = at_ + 1 == pattern_.size();
        if ((here() == '^' && at_ == 0) || (here() == '$' && last)) {
            ++at_;
            return;
        }
        const std::size_t begin = at_;
        const std::size_t written = out_.size();
        atom(depth);
        if (failed_) return;
        const repeats wanted = quantifier();
        if (wanted.count == 0) out_.resize(written);
        for (std::size_t i = 1; i < wanted.count && !failed_; ++i) {
            at_ = begin;
            atom(depth);
        }
        at_ = wanted.end;
    }

    void atom(int depth) {
        if (++atoms_ > sample_bytes_max || out_.size() > sample_bytes_max) failed_ = true;
        const char c = here();
        if (c == '(') return group(depth);
        if (c == '[') return character_class();
        if (c == '\\') return escape();
        if (std::string_view("^$*+?{").find(c) != std::string_view::npos) failed_ = true;
        out_ += c == '.' ? lower[dice_.below(lower.size())] : c;
        ++at_;
        while ((static_cast<unsigned char>(here()) & 0xc0U) == 0x80U)
            out_ += pattern_[at_++];
    }

    void group(int depth) {
        ++at_;
        if (pattern_.substr(at_).starts_with("?:")) at_ += 2;
        alternatives(depth + 1);
        if (here() != ')') failed_ = true;
        ++at_;
    }

    /// The characters behind a backslash, the class's letter being `c`; empty: not known.
    static std::string_view escaped(const char& c) {
        switch (c) {
            case 'd':
                return digit;
            case 'w':
                return "abcdefghijklmnopqrstuvwxyz0123456789_";
            case 's':
                return " ";
            case 'D':
            case 'S':
                return lower;
            case 'W':
                return "-";
            case 'n':
                return "\n";
            case 't':
                return "\t";
            case 'r':
                return "\r";
            default:
                break;
        }
        if (static_cast<unsigned char>(c) >= 0x80) return {};
        const bool name =
            (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        return name ? std::string_view{} : std::string_view(&c, 1);
    }

    void escape() {
        ++at_;
        const std::string_view choice = at_end() ? std::string_view{} : escaped(pattern_[at_]);
        ++at_;
        pick(choice);
    }

    void pick(std::string_view choice) {
        failed_ = failed_ || choice.empty();
        if (!failed_) out_ += choice[dice_.below(choice.size())];
    }

    void character_class() {
        ++at_;
        const bool negated = here() == '^';
        if (negated) ++at_;
        std::array<bool, 128> in{};
        while (!at_end() && here() != ']') {
            if (!class_member(in)) failed_ = true;
            if (failed_) return;
        }
        if (at_end()) failed_ = true;
        ++at_;
        std::string choice;
        for (std::size_t c = ' '; c < 127; ++c) {
            if (in[c] != negated) choice += static_cast<char>(c);
        }
        pick(choice);
    }

    /// One character, escape or range of a class; only ASCII.
    bool class_member(std::array<bool, 128>& in) {
        const auto low = static_cast<unsigned char>(here());
        if (low == '\\') {
            ++at_;
            const std::string_view members = at_end() ? std::string_view{} : escaped(pattern_[at_]);
            for (const char c : members)
                in[static_cast<unsigned char>(c)] = true;
            ++at_;
            return !members.empty();
        }
        auto high = low;
        const std::string_view rest = pattern_.substr(at_);
        if (rest.size() > 2 && rest[1] == '-' && rest[2] != ']' && rest[2] != '\\') {
            high = static_cast<unsigned char>(rest[2]);
            at_ += 2;
        }
        ++at_;
        if (low > high || high >= in.size()) return false;
        for (std::size_t c = low; c <= high; ++c)
            in[c] = true;
        return true;
    }

    repeats quantifier() {
        std::size_t least = 1;
        std::size_t most = 1;
        switch (here()) {
            case '?':
                least = 0;
                ++at_;
                break;
            case '*':
                least = 0, most = repeats_max;
                ++at_;
                break;
            case '+':
                most = repeats_max;
                ++at_;
                break;
            case '{':
                braces(least, most);
                break;
            default:
                return {1, at_};
        }
        if (here() == '?') ++at_;
        return {std::min(least + extra_, most), at_};
    }

    void braces(std::size_t& least, std::size_t& most) {
        const std::size_t end = pattern_.find('}', at_);
        const std::string_view inside =
            end == std::string_view::npos ? "" : pattern_.substr(at_ + 1, end - at_ - 1);
        const char* const stop = inside.data() + inside.size();
        auto [next, error] = std::from_chars(inside.data(), stop, least);
        failed_ = failed_ || error != std::errc{} || least > repeats_max;
        most = least;
        if (!failed_ && next != stop) {
            most = repeats_max;
            if (*next++ != ',') failed_ = true;
            if (next != stop && std::from_chars(next, stop, most).ptr != stop) failed_ = true;
        }
        if (most < least) failed_ = true;
        if (!failed_) at_ = end + 1;
    }

    std::string_view pattern_;
    std::size_t extra_;  ///< repeats beyond what is demanded
    dice& dice_;
    std::size_t at_ = 0;
    std::size_t atoms_ = 0;
    std::string out_;
    bool failed_ = false;
};

}  // namespace

std::optional<std::string> sample_pattern(const string_rules& rules, dice& dice) {
    if (rules.pattern.size() > pattern_bytes_max) return std::nullopt;
    constexpr std::array<std::size_t, 14> extras{2, 1, 0, 3, 4, 5, 6, 8, 12, 16, 32, 64, 128, 256};
    for (const std::size_t extra : extras) {
        auto text = sampler(rules.pattern, extra, dice).sample();
        if (!text) continue;
        const std::size_t length = count_characters(*text);
        if (length >= rules.length_min && length <= rules.length_max) return text;
    }
    return std::nullopt;
}

}  // namespace sluice::upstream::mock
