#include "upstream/json_members.hpp"
#include "upstream/providers/openai_request.hpp"

#include <utility>
#include <vector>

namespace sluice::upstream {

namespace {

/// The text of a JSON object with other values for some of its members. Each value that is replaced
/// has to be told in the order of the text; what the object lacks is added in front.
class object_edit {
 public:
    /// `open`: where the object's brace stands.
    object_edit(std::string_view text, std::size_t open) : text_(text), open_(open + 1) {}

    void replace(const json_walker& member, std::string value) {
        edits_.push_back({member.begin(), member.end(), std::move(value)});
    }
    void add(std::string_view key, std::string_view value) {
        added_.append("\"").append(key).append("\":").append(value).append(",");
    }

    /// `empty`: the object had no members.
    std::string text(bool empty) && {
        if (empty && !added_.empty()) added_.pop_back();
        std::size_t size = text_.size() + added_.size();
        for (const auto& one : edits_)
            size += one.value.size();
        std::string out;
        out.reserve(size);
        out.append(text_.substr(0, open_)).append(added_);
        std::size_t at = open_;
        for (const auto& one : edits_) {
            out.append(text_.substr(at, one.begin - at)).append(one.value);
            at = one.end;
        }
        return out.append(text_.substr(at));
    }

 private:
    struct edit {
        std::size_t begin;
        std::size_t end;
        std::string value;
    };

    std::string_view text_;
    std::size_t open_;
    std::string added_;
    std::vector<edit> edits_;
};

/// Where the brace of an object stands that `text` is; npos: it is something else.
std::size_t brace_of(std::string_view text) {
    const auto open = text.find_first_not_of(" \t\r\n");
    return open != std::string_view::npos && text[open] == '{' ? open : std::string_view::npos;
}

/// The value of `stream_options` with the wish for usage in it. What is neither object nor null is
/// the client's mistake, for the provider to tell.
std::string with_usage(std::string_view options) {
    constexpr std::string_view wish = "include_usage";
    if (options == "null") return R"({"include_usage":true})";
    const auto open = brace_of(options);
    if (open == std::string_view::npos) return std::string(options);
    object_edit edited(options, open);
    json_walker walker(options);
    bool empty = true;
    bool found = false;
    for (; walker.next(); empty = false) {
        if (!walker.key_is(wish)) continue;
        edited.replace(walker, "true");
        found = true;
    }
    if (walker.failed()) return std::string(options);
    if (!found) edited.add(wish, "true");
    return std::move(edited).text(empty);
}

}  // namespace

/// Of names that stand twice, which no dialect lets through, all are changed.
std::optional<std::string> splice_openai_body(
    std::string_view body, std::string_view model, bool ask_usage
) {
    const auto open = brace_of(body);
    if (open == std::string_view::npos) return {};
    object_edit edited(body, open);
    std::string name;
    append_json_string(name, model);
    json_walker walker(body);
    bool empty = true;
    bool has_model = false;
    bool has_options = false;
    for (; walker.next(); empty = false) {
        if (walker.key_is("model")) {
            edited.replace(walker, name);
            has_model = true;
        } else if (ask_usage && walker.key_is("stream_options")) {
            edited.replace(walker, with_usage(walker.value()));
            has_options = true;
        }
    }
    if (walker.failed()) return {};
    if (ask_usage && !has_options) edited.add("stream_options", R"({"include_usage":true})");
    if (!has_model) edited.add("model", name);
    return std::move(edited).text(empty);
}

}  // namespace sluice::upstream
