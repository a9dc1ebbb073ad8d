#include "gateway/config/document.hpp"

#include "upstream/utf8.hpp"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <map>
#include <sstream>

namespace sluice::gateway {

namespace {

constexpr std::size_t file_bytes_max = 1U << 20;  // hundreds of times a large configuration
constexpr std::size_t depth_max = 32;             // the schema needs 6; all later readers recurse
constexpr std::size_t nodes_max = 100'000;        // bounds the tree's memory to tens of MiB

/// Ends the reading from within yaml-cpp; never leaves this file.
struct unusable {
    position at;
    std::string message;
};

position position_of(const YAML::Mark& mark) {
    if (mark.line < 0 || mark.column < 0) return {};
    return {static_cast<std::size_t>(mark.line) + 1, static_cast<std::size_t>(mark.column) + 1};
}

/// Builds the tree from yaml-cpp's events. Its own Node API would accept duplicate keys, take `yes`
/// for true and follow aliases without a bound.
class builder final : public YAML::EventHandler {
 public:
    explicit builder(problems& problems) : problems_(problems) {}

    std::optional<node> root;

    void OnDocumentStart(const YAML::Mark& mark) override {
        if (root) throw unusable{position_of(mark), "a second document: only one is read"};
    }
    void OnDocumentEnd() override {}

    void OnNull(const YAML::Mark& mark, YAML::anchor_t) override {
        if (key_is_next()) throw unusable{position_of(mark), "a key is missing"};
        add(make(node::type::empty, mark));
    }

    void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override {
        if (key_is_next()) throw unusable{position_of(mark), "an alias cannot be a key"};
        problems_.add(position_of(mark), "aliases (*name) are not supported: write the value out");
        add(make(node::type::refused, mark));
    }

    void OnScalar(
        const YAML::Mark& mark, const std::string& tag, YAML::anchor_t, const std::string& value
    ) override {
        refuse_tag(mark, tag);
        if (key_is_next()) return open_key(mark, tag, value);
        node scalar = make(node::type::scalar, mark);
        scalar.text = value;
        scalar.plain = tag == "?";
        add(std::move(scalar));
    }

    void OnSequenceStart(
        const YAML::Mark& mark, const std::string& tag, YAML::anchor_t, YAML::EmitterStyle::value
    ) override {
        open(node::type::list, mark, tag);
    }
    void OnSequenceEnd() override { close(); }

    void OnMapStart(
        const YAML::Mark& mark, const std::string& tag, YAML::anchor_t, YAML::EmitterStyle::value
    ) override {
        open(node::type::map, mark, tag);
    }
    void OnMapEnd() override { close(); }

    void OnAnchor(const YAML::Mark& mark, const std::string&) override {
        problems_.add(position_of(mark), "anchors (&name) are not supported: write the value out");
    }

 private:
    struct frame {
        node value;
        std::optional<node> key;               // read, its value is next
        std::map<std::string, position> keys;  // of a map, to find duplicates
    };

    bool key_is_next() const {
        return !open_.empty() && open_.back().value.kind == node::type::map && !open_.back().key;
    }

    node make(node::type kind, const YAML::Mark& mark) {
        if (++nodes_ > nodes_max) throw unusable{position_of(mark), "too many values"};
        node made;
        made.kind = kind;
        made.at = position_of(mark);
        return made;
    }

    void refuse_tag(const YAML::Mark& mark, const std::string& tag) {
        if (tag.empty() || tag == "?" || tag == "!") return;
        problems_.add(position_of(mark), "tags (!name) are not supported");
    }

    void open_key(const YAML::Mark& mark, const std::string& tag, const std::string& name) {
        frame& map = open_.back();
        node key = make(node::type::empty, mark);
        key.key = name;
        if (name == "<<" && tag == "?") {
            problems_.add(key.at, "merge keys (<<) are not supported: write the values out");
            key.kind = node::type::refused;
        } else if (const auto [known, added] = map.keys.emplace(name, key.at); !added) {
            problems_.add(
                key.at,
                "duplicate key " + in_quotes(name) + " (first on line " +
                    std::to_string(known->second.line) + ")"
            );
            key.kind = node::type::refused;
        }
        map.key = std::move(key);
    }

    void open(node::type kind, const YAML::Mark& mark, const std::string& tag) {
        refuse_tag(mark, tag);
        if (key_is_next()) throw unusable{position_of(mark), "a key must be a word"};
        if (open_.size() == depth_max) {
            throw unusable{
                position_of(mark), "nested deeper than " + std::to_string(depth_max) + " levels"};
        }
        open_.push_back({make(kind, mark), std::nullopt, {}});
    }

    void close() {
        node closed = std::move(open_.back().value);
        open_.pop_back();
        add(std::move(closed));
    }

    void add(node value) {
        if (open_.empty()) {
            root = std::move(value);
            return;
        }
        frame& parent = open_.back();
        if (!parent.key) {
            parent.value.children.push_back(std::move(value));
            return;
        }
        const node key = std::move(*parent.key);
        parent.key.reset();
        if (key.kind == node::type::refused) return;
        value.key = key.key;
        value.key_at = key.at;
        parent.value.children.push_back(std::move(value));
    }

    problems& problems_;
    std::vector<frame> open_;
    std::size_t nodes_ = 0;
};

std::optional<unusable> check_bytes(std::string_view yaml) {
    if (yaml.size() > file_bytes_max) return unusable{{}, "the file is larger than 1 MiB"};
    position at;
    while (!yaml.empty()) {
        const std::size_t length = upstream::utf8_length(yaml);
        if (length == 0) return unusable{at, "not UTF-8"};
        if (yaml.front() == '\0') return unusable{at, "a NUL byte"};
        at = yaml.front() == '\n' ? position{at.line + 1, 1} : position{at.line, at.column + 1};
        yaml.remove_prefix(length);
    }
    return std::nullopt;
}

}  // namespace

const node* node::find(std::string_view name) const {
    if (kind != type::map) return nullptr;
    for (const node& child : children) {
        if (child.key == name) return &child;
    }
    return nullptr;
}

std::optional<node> read_document(std::string_view yaml, problems& problems) {
    if (const auto wrong = check_bytes(yaml)) {
        problems.add(wrong->at, wrong->message);
        return std::nullopt;
    }
    builder tree(problems);
    try {
        std::istringstream stream{std::string(yaml)};
        YAML::Parser parser(stream);
        while (parser.HandleNextDocument(tree)) {
        }
        if (!tree.root) tree.root.emplace();
        return std::move(tree.root);
    } catch (const unusable& wrong) {
        problems.add(wrong.at, wrong.message);
    } catch (const YAML::Exception& wrong) {
        problems.add(position_of(wrong.mark), "not valid YAML: " + wrong.msg);
    }
    return std::nullopt;
}

}  // namespace sluice::gateway
