#include "upstream/mock/script.hpp"

#include "upstream/mock/cuts.hpp"
#include "upstream/mock/prompt_settings.hpp"

// How many steps a search may take before it gives up: some ten milliseconds of work, and a hundred
// steps for each byte of the longest subject. The library's own bound is seconds of work. Only this
// file searches, so that nobody else sees another bound.
#define BOOST_REGEX_MAX_STATE_COUNT 400000
#include <boost/regex.hpp>

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <stdexcept>
#include <utility>

namespace sluice::upstream::mock {

struct pattern {
    boost::regex expression;
};

namespace {

/// A pattern is the operator's; more than this is a mistake.
constexpr std::size_t pattern_bytes_max = 4096;

char lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool contains(std::string_view text, std::string_view wanted) {
    const auto same = [](char a, char b) { return lower(a) == lower(b); };
    return std::search(text.begin(), text.end(), wanted.begin(), wanted.end(), same) != text.end();
}

/// The characters of a subject. For an iterator that can leap the library makes up a bound of its
/// own, which grows with the square of the pattern; for this one it takes the one above.
class cursor {
 public:
    using iterator_category = std::bidirectional_iterator_tag;
    using value_type = char;
    using difference_type = std::ptrdiff_t;
    using pointer = const char*;
    using reference = const char&;

    cursor() = default;
    explicit cursor(const char* at) : at_(at) {}

    const char* at() const { return at_; }
    reference operator*() const { return *at_; }
    cursor& operator++() { return ++at_, *this; }
    cursor& operator--() { return --at_, *this; }
    cursor operator++(int) { return cursor(at_++); }
    cursor operator--(int) { return cursor(at_--); }
    bool operator==(const cursor&) const = default;

 private:
    const char* at_ = nullptr;
};

/// As many groups as a reply can name.
constexpr std::size_t groups_max = 9;

bool is_inside_character(std::string_view text, std::size_t at) {
    return at > 0 && at < text.size() && (static_cast<unsigned char>(text[at]) & 0xc0U) == 0x80U;
}

/// A pattern sees bytes: what it found is widened to characters that are whole.
std::string group_text(std::string_view subject, const boost::sub_match<cursor>& group) {
    if (!group.matched || group.first == group.second) return {};
    auto begin = static_cast<std::size_t>(group.first.at() - subject.data());
    auto end = static_cast<std::size_t>(group.second.at() - subject.data());
    while (is_inside_character(subject, begin))
        --begin;
    while (is_inside_character(subject, end))
        ++end;
    return std::string(subject.substr(begin, end - begin));
}

/// What the groups found; nothing: no match. Boost says by an exception that a bound was reached.
std::optional<std::vector<std::string>> search(const pattern& pattern, std::string_view text) {
    const std::string_view subject = whole_characters(text, subject_bytes_max);
    boost::match_results<cursor> found;
    try {
        const cursor begin(subject.data());
        const cursor end(subject.data() + subject.size());
        if (!boost::regex_search(begin, end, found, pattern.expression)) return std::nullopt;
    } catch (const std::runtime_error&) {
        return std::nullopt;
    }
    std::vector<std::string> groups;
    for (std::size_t i = 1; i < found.size() && i <= groups_max; ++i)
        groups.push_back(group_text(subject, found[static_cast<int>(i)]));
    return groups;
}

std::string instructions_of(const request& request) {
    std::string out;
    for (const message& message : request.messages) {
        if (message.role != role::system && message.role != role::developer) continue;
        for (const content_part& part : message.content) {
            if (const auto* const text = std::get_if<text_part>(&part)) out += text->text + "\n";
        }
    }
    return out;
}

std::int64_t turns_of(const request& request) {
    return std::ranges::count(request.messages, role::user, &message::role);
}

/// All conditions but the pattern, which costs most.
bool may_match(const rule& rule, const request& request, const std::string& prompt) {
    if (!rule.model.empty() && rule.model != request.model) return false;
    if (rule.turn && *rule.turn != turns_of(request)) return false;
    if (!contains(prompt, rule.contains)) return false;
    return rule.system_contains.empty() || contains(instructions_of(request), rule.system_contains);
}

/// What stands for the placeholder that `rest` begins with, and how long that one is; 0: it is
/// none.
std::pair<std::string, std::size_t> fill_in(
    std::string_view rest, const std::vector<std::string>& groups, const std::string& prompt
) {
    constexpr std::string_view whole = "${prompt}";
    if (rest.starts_with(whole)) return {prompt, whole.size()};
    if (rest.size() < 2 || rest[1] < '1' || rest[1] > '9') return {"", 0};
    const auto group = static_cast<std::size_t>(rest[1] - '1');
    return {group < groups.size() ? groups[group] : "", 2};
}

}  // namespace

std::optional<std::string> set_match(rule& rule, std::string_view text) {
    if (text.size() > pattern_bytes_max)
        return "it is longer than " + std::to_string(pattern_bytes_max) + " bytes";
    try {
        const boost::regex expression(text.begin(), text.end(), boost::regex::perl);
        rule.match = std::make_shared<const pattern>(pattern{expression});
    } catch (const boost::regex_error& error) {
        // Behind its first sentence the library quotes the pattern, which the reader has.
        const std::string_view why = error.what();
        return std::string(why.substr(0, why.find(".  The error occurred")));
    }
    rule.match_text = text;
    return std::nullopt;
}

matched_rule script::find(const request& request) const {
    if (rules.empty()) return {};
    const std::string prompt = message_without_settings(request);
    for (const rule& rule : rules) {
        if (!may_match(rule, request, prompt)) continue;
        if (!rule.match) return {&rule};
        if (auto groups = search(*rule.match, prompt)) return {&rule, std::move(*groups)};
    }
    return {};
}

std::string reply_of(const matched_rule& matched, const request& request) {
    const std::string prompt = message_without_settings(request);
    const auto& text = matched.rule->reply;
    const std::string_view reply = text ? std::string_view(*text) : std::string_view();
    std::string out;
    for (std::size_t at = 0; at < reply.size() && out.size() <= reply_bytes_max;) {
        const std::size_t dollar = std::min(reply.find('$', at), reply.size());
        out += reply.substr(at, dollar - at);
        at = dollar;
        if (at == reply.size()) break;
        const auto [filled, size] = fill_in(reply.substr(at), matched.groups, prompt);
        out += size > 0 ? std::string_view(filled) : std::string_view("$");
        at += std::max<std::size_t>(size, 1);
    }
    return std::string(whole_characters(out, reply_bytes_max));
}

}  // namespace sluice::upstream::mock
