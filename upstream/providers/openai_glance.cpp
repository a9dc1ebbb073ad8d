#include "upstream/providers/openai_glance.hpp"

#include "upstream/json_scanner.hpp"
#include "upstream/providers/openai_chunk.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <utility>

namespace sluice::upstream {

namespace {

constexpr std::size_t depth_max = 16;  // a chunk of the common shape has four levels

/// How many bytes are the same in front.
std::size_t common_bytes(const char* a, const char* b, std::size_t most) {
    std::size_t count = 0;
    for (std::uint64_t x = 0, y = 0; most - count >= 8; count += 8) {
        std::memcpy(&x, a + count, 8);
        std::memcpy(&y, b + count, 8);
        if (x != y) break;
    }
    while (count < most && a[count] == b[count])
        ++count;
    return count;
}

/// Where the string that begins at `begin` has its closing quote; npos: nowhere.
std::size_t string_end(std::string_view chunk, std::size_t begin) {
    json_scanner scan(chunk.substr(begin), depth_max);
    std::string_view raw;
    return scan.rest_of_string(raw) ? begin + raw.size() : std::string_view::npos;
}

/// Each name may come once: of two, a reader of the tree would see the last.
class once {
 public:
    bool operator()() { return !std::exchange(seen_, true); }

 private:
    bool seen_ = false;
};

}  // namespace

/// One pass over a chunk, which it makes the one that is remembered.
class openai_chunk_scan {
    using meaning = openai_glancer::meaning;

 public:
    openai_chunk_scan(std::string_view chunk, bool identity, openai_glancer& glancer)
        : glancer_(glancer),
          chunk_(chunk),
          identity_(identity),
          json_(chunk, depth_max, noting{*this}) {
        glancer_.remembered_.clear();
        glancer_.strings_count_ = 0;
    }

    std::optional<openai_glance> run() {
        const bool common = json_.object([this](std::string_view key) { return top(key); }) &&
                            json_.at_end() && (has_delta_ || seen_.no_choice);
        if (!common) return {};
        const bool memorable = chunk_.size() <= openai_glancer::remembered_bytes_max &&
                               glancer_.strings_count_ <= openai_glancer::strings_max &&
                               has_delta_ && seen_.finish_reason.empty() && seen_.usage.empty();
        if (memorable) glancer_.remembered_ = chunk_;
        glancer_.choice_ = seen_.choice;
        return seen_;
    }

 private:
    struct noting {
        openai_chunk_scan& scan;
        void operator()(std::string_view value) const { scan.note(value, meaning::none); }
    };

    void note(std::string_view value, meaning what) {
        const auto begin = static_cast<std::size_t>(value.data() - chunk_.data());
        glancer_.note(begin, begin + value.size(), what);
    }

    bool translates() const { return glancer_.use_ == openai_glancer::purpose::translation; }

    /// What nobody has to understand who only meters.
    bool other() { return translates() ? nothing() : json_.skip_value(); }

    /// null, or what is as good.
    bool nothing() {
        std::string_view words;
        if (json_.peek() == '"') return json_.string(words) && words.empty();
        if (json_.peek() == '[') return json_.take('[') && json_.take(']');
        return json_.null();
    }

    /// Escapes are not resolved here, and what is no UTF-8 not mended.
    static bool is_plain(std::string_view word) {
        return std::ranges::all_of(word, [](char c) {
            return c != '\\' && static_cast<unsigned char>(c) < 0x80;
        });
    }

    bool top(std::string_view key) {
        if (!is_plain(key)) return false;
        if (key == "choices") return choices_once_() && choices();
        if (key == "object") {
            std::string_view word;
            return json_.string(word) && word != "error" && is_plain(word);
        }
        if (key == "id") return id_once_() && name(seen_.id);
        if (key == "model") return model_once_() && name(seen_.model);
        if (key == "created") return created_once_() && created();
        if (key == "usage") return usage_once_() && usage();
        if (key == "error" || key == "x_groq") return json_.null();
        const bool sources = key == "citations" || key == "search_results";
        return sources ? other() : json_.skip_value();
    }

    bool name(std::string_view& of) {
        std::string_view word;
        if (!json_.string(word) || (identity_ && !is_plain(word))) return false;
        note(word, meaning::none);
        if (identity_) of = word;
        return true;
    }

    bool created() {
        if (json_.peek() == 'n') return json_.null();
        std::string_view digits;
        std::int64_t seconds = 0;
        if (!json_.number(digits) || !read_count(digits, seconds)) return false;
        if (identity_) seen_.created = seconds;
        return true;
    }

    bool usage() {
        if (json_.peek() != '{') return json_.null();
        const char* begin = json_.position();
        if (!json_.skip_value()) return false;
        seen_.usage = {begin, static_cast<std::size_t>(json_.position() - begin)};
        return true;
    }

    bool choices() {
        if (!json_.take('[')) return false;
        seen_.no_choice = json_.take(']');
        if (seen_.no_choice) return true;
        const auto member = [this](std::string_view key) { return choice(key); };
        return json_.object(member) && json_.take(']');
    }

    bool choice(std::string_view key) {
        if (!is_plain(key)) return false;
        if (key == "index") return index_once_() && index();
        if (key == "delta") {
            has_delta_ = true;
            return delta_once_() &&
                   json_.object([this](std::string_view name) { return delta(name); });
        }
        if (key == "finish_reason") return finish_once_() && finish();
        // Azure judges every token.
        return key == "content_filter_results" ? json_.skip_value() : other();
    }

    bool finish() {
        if (json_.peek() == 'n') return json_.null();
        return json_.string(seen_.finish_reason) && is_plain(seen_.finish_reason);
    }

    template <class Count>
    static bool read_count(std::string_view digits, Count& count) {
        const char* end = digits.data() + digits.size();
        const auto read = std::from_chars(digits.data(), end, count);
        return read.ec == std::errc{} && read.ptr == end && count >= 0;
    }

    bool index() {
        std::string_view digits;
        return json_.number(digits) && read_count(digits, seen_.choice) &&
               seen_.choice < openai_chunk_reader::choices_max;
    }

    bool delta(std::string_view key) {
        if (!is_plain(key)) return false;
        if (key == "content") return content_once_() && text(meaning::text);
        if (key == "reasoning_content")
            return reasoning_content_once_() && text(meaning::reasoning);
        if (key == "reasoning") return reasoning_once_() && text(meaning::reasoning);
        if (key == "refusal") return refusal_once_() && text(meaning::refusal);
        if (key == "role") return json_.skip_value();
        static constexpr std::array<std::string_view, 5> structured{
            "tool_calls", "function_call", "audio", "images", "reasoning_details"};
        return std::ranges::find(structured, key) != structured.end() ? json_.null() : other();
    }

    bool text(meaning what) {
        if (json_.peek() == 'n') return json_.null();
        std::string_view words;
        if (!json_.string(words)) return false;
        // Some tell the same thoughts under two names; a tree shows which.
        if (translates() && what == meaning::reasoning && std::exchange(has_thoughts_, true))
            return false;
        note(words, what);
        glancer_.tell(what, words, seen_);
        return true;
    }

    openai_glancer& glancer_;
    std::string_view chunk_;
    bool identity_;
    json_scanner<noting> json_;
    openai_glance seen_;
    bool has_delta_ = false;
    bool has_thoughts_ = false;
    once id_once_, model_once_, created_once_, usage_once_;
    once choices_once_, index_once_, delta_once_, finish_once_;
    once content_once_, reasoning_content_once_, reasoning_once_, refusal_once_;
};

std::optional<openai_glance> openai_glancer::look(std::string_view chunk, bool identity) {
    if (!identity && !remembered_.empty()) {
        if (const auto seen = compare(chunk)) return seen;
    }
    return openai_chunk_scan(chunk, identity, *this).run();
}

void openai_glancer::note(std::size_t begin, std::size_t end, meaning what) {
    if (strings_count_ < strings_max && end <= remembered_bytes_max) {
        strings_[strings_count_] = {
            static_cast<std::uint16_t>(begin), static_cast<std::uint16_t>(end), what};
    }
    ++strings_count_;
}

void openai_glancer::tell(meaning what, std::string_view words, openai_glance& seen) const {
    if (what == meaning::none || words.empty()) return;
    seen.content = true;
    if (use_ == purpose::metering) return;
    auto& place = what == meaning::text        ? seen.text
                  : what == meaning::reasoning ? seen.reasoning
                                               : seen.refusal;
    place = words;
}

/// Goes through both side by side. Where they differ, both have to be within the same string, and
/// go on from its end.
std::optional<openai_glance> openai_glancer::compare(std::string_view chunk) const {
    openai_glance seen;
    seen.choice = choice_;
    std::size_t old_at = 0;
    std::size_t at = 0;
    const auto* string = strings_.begin();
    const auto* const last = string + strings_count_;
    for (;;) {
        const auto most = std::min(remembered_.size() - old_at, chunk.size() - at);
        const auto same = common_bytes(remembered_.data() + old_at, chunk.data() + at, most);
        old_at += same;
        at += same;
        for (; string != last && string->end < old_at; ++string) {
            const auto length = static_cast<std::size_t>(string->end - string->begin);
            tell(string->what, chunk.substr(at - (old_at - string->begin), length), seen);
        }
        if (old_at == remembered_.size() && at == chunk.size()) return seen;
        if (string == last || old_at < string->begin) return {};
        const auto begin = at - (old_at - string->begin);
        const auto end = string_end(chunk, begin);
        if (end == std::string_view::npos) return {};
        tell(string->what, chunk.substr(begin, end - begin), seen);
        old_at = string->end;
        at = end;
        ++string;
    }
}

}  // namespace sluice::upstream
