#pragma once

#include "gateway/config/rules.hpp"
#include "gateway/config/section.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// The types that values of the configuration have. Each can `read` a node, say its JSON `schema`
/// and `write` a value back for people.
namespace sluice::gateway {

using std::chrono::milliseconds;

/// The text of a scalar with its references resolved; all that is wrong with it is reported.
/// `wanted` says what should stand here.
std::optional<std::string> read_text(
    const node& value, std::string_view wanted, problems& problems
);

/// Numbers and flags are what stands without quotes; a reference has to be quoted in `{...}`.
bool is_bare(const node& value);

/// `'key' must be ..., not '...'`, as it was written.
void report_value(const node& value, const std::string& wanted, problems& problems);

/// Reports a secret that is written out in a file that everybody can read, all or a part of it.
void report_open_secret(const node& value, problems& problems);

/// The JSON type, or text that brings it from elsewhere.
json or_reference(json schema);

/// `75s`. A `word` stands for none at all (`off`).
struct duration_value {
    milliseconds min;
    milliseconds max;

    std::optional<milliseconds> read(const node& value, problems& problems) const;
    json schema() const;
    json write(milliseconds value) const;
};

struct optional_duration_value {
    duration_value duration;
    std::string_view word;

    std::optional<std::optional<milliseconds>> read(const node& value, problems& problems) const;
    json schema() const;
    json write(const std::optional<milliseconds>& value) const;
};

/// `32KiB`.
struct size_value {
    std::uint64_t min;
    std::uint64_t max;

    std::optional<std::size_t> read(const node& value, problems& problems) const;
    json schema() const;
    json write(std::size_t value) const;
};

struct integer_value {
    std::uint64_t min;
    std::uint64_t max;

    std::optional<std::uint64_t> read(const node& value, problems& problems) const;
    json schema() const;
    json write(std::uint64_t value) const { return value; }
};

struct number_value {
    double min;
    double max;

    std::optional<double> read(const node& value, problems& problems) const;
    json schema() const;
    json write(double value) const { return value; }
};

/// `20%`, or 0.2 as a number.
struct percent_value {
    double min;  ///< as a part of one
    double max;

    std::optional<double> read(const node& value, problems& problems) const;
    json schema() const;
    json write(double value) const;
};

struct flag_value {
    std::optional<bool> read(const node& value, problems& problems) const;
    json schema() const;
    json write(bool value) const { return value; }
};

/// Text under a rule. References are resolved, in names excepted: names are what messages may show.
/// What is `masked` is shown to nobody; a `secret` must not stand in a file that everybody can
/// read, either.
struct text_value {
    complaint (*check)(std::string&) = check_anything;
    std::string_view pattern = {};  ///< for the schema; the rule is what counts
    enum class use { name, setting, masked, secret } usage = use::setting;

    std::optional<std::string> read(const node& value, problems& problems) const;
    json schema() const;
    json write(const std::string& value) const;
};

/// Reports a word that is none of `words`.
std::optional<std::size_t> read_choice(
    const node& value, const std::vector<std::string_view>& words, problems& problems
);

template <class Enum>
struct choice_value {
    std::vector<std::pair<std::string_view, Enum>> choices;

    std::vector<std::string_view> words() const {
        std::vector<std::string_view> words;
        for (const auto& [word, value] : choices)
            words.push_back(word);
        return words;
    }
    std::optional<Enum> read(const node& value, problems& problems) const {
        const auto chosen = read_choice(value, words(), problems);
        if (!chosen) return std::nullopt;
        return choices[*chosen].second;
    }
    json schema() const { return {{"enum", words()}}; }
    json write(Enum value) const {
        for (const auto& [word, choice] : choices) {
            if (choice == value) return word;
        }
        return nullptr;
    }
};

/// A map of its own, into a struct of its own.
template <class T>
struct object_value {
    const section<T>* table;

    std::optional<T> read(const node& value, problems& problems) const {
        T made = table->defaults;
        read_section(value, *table, made, problems);
        return made;
    }
    json schema() const { return schema_of(*table); }
    json write(const T& value) const { return write_section(*table, value); }
};

/// Reports a number of items that is out of bounds.
bool is_list(const node& value, std::size_t items_min, std::size_t items_max, problems& problems);

template <class Type, class Item>
struct list_value {
    Type type;
    std::size_t items_min;
    std::size_t items_max;

    std::optional<std::vector<Item>> read(const node& value, problems& problems) const {
        if (!is_list(value, items_min, items_max, problems)) return std::nullopt;
        std::vector<Item> items;
        for (const node& child : value.children) {
            if (auto item = type.read(child, problems)) items.push_back(std::move(*item));
        }
        return items;
    }
    json schema() const {
        json schema = {{"type", "array"}, {"items", type.schema()}, {"maxItems", items_max}};
        if (items_min != 0) schema["minItems"] = items_min;
        return schema;
    }
    json write(const std::vector<Item>& items) const {
        json out;
        for (const Item& item : items)
            out.push_back(type.write(item));
        return out;
    }
};

}  // namespace sluice::gateway
