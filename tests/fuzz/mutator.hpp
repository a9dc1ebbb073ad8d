#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <random>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// Makes new inputs for a fuzz target out of its seeds. It knows nothing of coverage: it is for a
/// short count in every build, and libFuzzer is for the long one. The same seeds and the same
/// number to begin with give the same inputs, on any machine.
class mutator {
 public:
    /// No input becomes longer: what a parser does wrong shows in short ones, and those are fast.
    static constexpr std::size_t input_bytes_max = 8192;

    /// `seeds` is not empty.
    mutator(std::vector<std::string> seeds, std::uint64_t begin_with)
        : seeds_(std::move(seeds)), random_(begin_with) {
        std::set<std::string> found;
        for (const auto& seed : seeds_)
            find_tokens(seed, found);
        tokens_.assign(found.begin(), found.end());
        tokens_.insert(tokens_.end(), extremes.begin(), extremes.end());
    }

    /// One seed with one to eight changes, most often few.
    std::string next() {
        auto input = any_of(seeds_);
        auto changes = std::size_t{1};
        while (changes < 8 && below(2) == 0)
            ++changes;
        for (; changes > 0; --changes)
            change(input);
        if (input.size() > input_bytes_max) input.resize(input_bytes_max);
        return input;
    }

 private:
    /// Numbers at the borders of their types, and what ends or forges something in one protocol or
    /// another.
    static constexpr std::array<std::string_view, 36> extremes{
        "0",
        "-1",
        "-0",
        "255",
        "256",
        "65536",
        "2147483647",
        "2147483648",
        "1e309",
        "1e-400",
        "0.5",
        "9223372036854775807",
        "null",
        "true",
        "false",
        "18446744073709551616",
        "[]",
        "{}",
        "\"\"",
        "-9223372036854775809",
        "\r\n",
        "\r\n\r\n",
        "\n\n",
        "\\u0000",
        "\\ud83d",
        "\\udc00",
        "\xed\xa0\x80",
        "\xf4\x90\x80\x80",
        "\xe2\x80\xa8",
        "\xef\xbb\xbf",
        "\xc0\x80",
        "data: ",
        "[[[[[[[[",
        "{\"a\":",
        "%00",
        "%2f..%2f",
    };
    /// What stands in a field's place to see what its reader does.
    static constexpr std::array<std::string_view, 22> values{
        "null",
        "true",
        "-1",
        "0",
        "1",
        "1e308",
        "1e-7",
        "2147483648",
        "9223372036854775807",
        "-9223372036854775809",
        "18446744073709551616",
        "\"\"",
        "\"a\"",
        "\"\\u0000\"",
        "\"\\r\\n\\r\\nX: y\"",
        "\"../?#%2e\"",
        "[]",
        "{}",
        "[null]",
        "[[]]",
        "[\"\",0]",
        "{\"type\":null,\"\":[]}",
    };
    static constexpr std::array edges{'\0', '\x01', '\x7f', '\x80', '\xff', '{',  '}',  '[',
                                      ']',  '"',    ',',    ':',    '\\',   '\r', '\n', ' ',
                                      '\t', '%',    '&',    '=',    '/',    ';'};

    /// Words and numbers of the seeds: what the target's protocol is made of.
    static void find_tokens(std::string_view seed, std::set<std::string>& found) {
        constexpr std::size_t tokens_max = 1000;
        std::size_t begin = 0;
        for (std::size_t at = 0; at <= seed.size(); ++at) {
            if (at < seed.size() && is_word(seed[at])) continue;
            const auto size = at - begin;
            if (size >= 2 && size <= 40 && found.size() < tokens_max)
                found.emplace(seed.substr(begin, size));
            begin = at + 1;
        }
    }

    static bool is_word(char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == '_' || c == '-' || c == '.';
    }

    // The standard's distributions differ between libraries.
    std::size_t below(std::size_t end) { return static_cast<std::size_t>(random_() % end); }

    template <class Items>
    const typename Items::value_type& any_of(const Items& items) {
        return items[below(items.size())];
    }

    /// A part of `size` bytes: where it begins and how long it is; most often short.
    std::pair<std::size_t, std::size_t> any_part(std::size_t size) {
        const auto begin = below(size);
        const auto longest = size - begin;
        const auto most = below(4) == 0 ? longest : std::min<std::size_t>(longest, 16);
        return {begin, 1 + below(most)};
    }

    void change(std::string& input) {
        if (input.empty()) {
            input += any_of(tokens_);
            return;
        }
        switch (below(14)) {
            case 0:
                return flip_bit(input);
            case 1:
                return erase(input);
            case 2:
                return insert_token(input);
            case 3:
                return duplicate(input);
            case 4:
                return splice(input);
            case 5:
                return set_edge(input);
            case 6:
                return replace_word(input);
            case 7:
                return set_integer(input);
            case 8:
                return swap_parts(input);
            default:
                return replace_value(input);  // most of what is parsed is JSON
        }
    }

    void flip_bit(std::string& input) {
        auto& byte = input[below(input.size())];
        byte = static_cast<char>(static_cast<unsigned char>(byte) ^ (1U << below(8)));
    }

    void erase(std::string& input) {
        const auto [begin, size] = any_part(input.size());
        input.erase(begin, size);
    }

    void insert_token(std::string& input) {
        input.insert(below(input.size() + 1), any_of(tokens_));
    }

    /// Once, or so often that a limit is met.
    void duplicate(std::string& input) {
        const auto [begin, size] = any_part(input.size());
        const auto part = input.substr(begin, size);
        auto times = below(8) == 0 ? 1 + below(200) : 1;
        for (; times > 0 && input.size() < input_bytes_max; --times)
            input.insert(begin, part);
    }

    /// The head of this one and the tail of another.
    void splice(std::string& input) {
        const auto& other = any_of(seeds_);
        input.resize(below(input.size() + 1));
        input += std::string_view(other).substr(below(other.size() + 1));
    }

    void set_edge(std::string& input) { input[below(input.size())] = any_of(edges); }

    /// A whole word for a whole word, so that what stands around it stays well formed.
    void replace_word(std::string& input) {
        auto end = below(input.size());
        while (end < input.size() && is_word(input[end]))
            ++end;
        auto begin = end;
        while (begin > 0 && is_word(input[begin - 1]))
            --begin;
        input.replace(begin, end - begin, any_of(tokens_));
    }

    /// A whole JSON value, or what would be one, for another of perhaps another type.
    void replace_value(std::string& input) {
        const auto before = input.find_first_of(":[,", below(input.size()));
        if (before == std::string::npos) return;
        const auto begin = before + 1;
        input.replace(begin, end_of_value(input, begin) - begin, any_of(values));
    }

    static std::size_t end_of_value(std::string_view input, std::size_t at) {
        bool quoted = false;
        for (int depth = 0; at < input.size(); ++at) {
            const char c = input[at];
            if (c == '\\')
                ++at;
            else if (c == '"')
                quoted = !quoted;
            else if (quoted)
                continue;
            else if (c == '[' || c == '{')
                ++depth;
            else if (depth == 0 && (c == ',' || c == ']' || c == '}'))
                return at;
            else if (c == ']' || c == '}')
                --depth;
        }
        return input.size();
    }

    /// A border of one, two or four bytes, big-endian, as lengths are on a wire.
    void set_integer(std::string& input) {
        constexpr std::array<std::uint32_t, 10> borders{
            0, 1, 0x7f, 0xff, 0x7fff, 0xffff, 0x10000, 0x7fffffff, 0x80000000, 0xffffffff};
        const auto number = any_of(borders);
        const auto bytes = std::size_t{1} << below(3);
        const auto at = below(input.size());
        for (std::size_t i = 0; i < bytes && at + i < input.size(); ++i)
            input[at + i] = static_cast<char>((number >> (8 * (bytes - 1 - i))) & 0xffU);
    }

    void swap_parts(std::string& input) {
        const auto [begin, size] = any_part(input.size());
        const auto part = input.substr(begin, size);
        input.erase(begin, size);
        input.insert(below(input.size() + 1), part);
    }

    std::vector<std::string> seeds_;
    std::vector<std::string> tokens_;
    std::mt19937_64 random_;
};
