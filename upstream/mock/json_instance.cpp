#include "upstream/mock/json_instance.hpp"

#include "upstream/mock/json_number.hpp"
#include "upstream/mock/json_schema.hpp"
#include "upstream/mock/json_string.hpp"
#include "upstream/mock/text.hpp"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

namespace sluice::upstream::mock {
namespace {

using nlohmann::json;

constexpr std::size_t work_max = 20'000;  // and 16 bytes for each: at most 320 KB of text
constexpr int depth_max = 32;             // a schema that demands more depth has no instance
constexpr int depth_generous = 4;         // from here on only what is demanded
constexpr std::size_t optional_properties_max = 32;
constexpr std::size_t string_characters_max = 64 * 1024;
constexpr int unique_tries_max = 64;

struct attempt {
    json value;
    bool ok = true;  ///< the schemas accept the value; otherwise it is as near as it came
};

class maker {
 public:
    maker(const json& document, std::uint64_t seed) : document_(document), dice_(seed) {}

    attempt make() { return make(all_of({&document_}), 0); }

 private:
    conjunction all_of(const std::vector<const json*>& schemas) {
        conjunction out;
        for (const json* const schema : schemas)
            out.add(document_, schema, budget_);
        return out;
    }

    /// Decides each anyOf and oneOf for the first branch that works, then makes a value.
    attempt make(conjunction schemas, int depth) {
        if (depth > depth_max || schemas.impossible() || !budget_.spend(1)) return {nullptr, false};
        const json* const choice = schemas.take_choice();
        if (choice == nullptr) return make_value(schemas, depth);
        attempt made{nullptr, false};
        for (const json* const branch : in_order(*choice, depth)) {
            conjunction next = schemas;
            next.add(document_, branch, budget_);
            made = make(std::move(next), depth);
            if (made.ok || budget_.empty()) break;
        }
        return made;
    }

    /// Far down, what refers to something else comes last: it may refer to what we are in.
    std::vector<const json*> in_order(const json& branches, int depth) {
        std::vector<const json*> out;
        for (const json& branch : branches) {
            if (budget_.spend(1)) out.push_back(&branch);
        }
        if (depth >= depth_generous) {
            std::stable_partition(out.begin(), out.end(), [](const json* branch) {
                return member(*branch, "$ref") == nullptr;
            });
        }
        return out;
    }

    attempt make_value(const conjunction& schemas, int depth) {
        if (schemas.has("const") || schemas.has("enum")) return make_listed(schemas);
        const type_set allowed = schemas.types();
        attempt made{nullptr, false};
        for (const json_type type : preferred(schemas)) {
            if (!allowed.has(type)) continue;
            made = make_typed(type, schemas, depth);
            if (made.ok || budget_.empty()) break;
        }
        return made;
    }

    /// All types, the likeliest first, null last.
    static std::vector<json_type> preferred(const conjunction& schemas) {
        std::vector<json_type> out;
        const auto prefer = [&](json_type type, std::initializer_list<std::string_view> keywords) {
            for (const std::string_view keyword : keywords) {
                if (schemas.has(keyword)) return out.push_back(type);
            }
        };
        prefer(json_type::object, {"properties", "required", "additionalProperties"});
        prefer(json_type::array, {"items", "prefixItems", "minItems", "maxItems"});
        prefer(json_type::string, {"minLength", "maxLength", "pattern", "format"});
        prefer(json_type::number, {"minimum", "maximum", "multipleOf"});
        const json* const named = schemas.find("type");
        for (std::size_t i = 0; named && named->is_array() && i < named->size() && i < 16; ++i) {
            const type_set one = type_set::named_by((*named)[i]);
            for (const json_type type : usual) {
                if (one.has(type)) out.push_back(type);
            }
        }
        std::erase(out, json_type::null);
        out.insert(out.end(), std::begin(usual), std::end(usual));
        return out;
    }
    static constexpr json_type usual[] = {
        json_type::string,
        json_type::object,
        json_type::array,
        json_type::number,
        json_type::integer,
        json_type::boolean,
        json_type::null,
    };

    /// One of the values that const and enum leave.
    attempt make_listed(const conjunction& schemas) {
        const json* const only = schemas.find("const");
        const json* const list = schemas.find("enum");
        const bool many = only == nullptr && list->is_array() && !list->empty();
        if (only == nullptr && !many) return {nullptr, false};
        const std::size_t size = many ? list->size() : 1;
        const std::size_t start = dice_.below(size);
        for (std::size_t i = 0; i < size && budget_.spend(1); ++i) {
            const json& value = many ? (*list)[(start + i) % size] : *only;
            if (is_listed(schemas, value)) return copy(value);
        }
        attempt nearest = copy(many ? list->front() : *only);
        nearest.ok = false;
        return nearest;
    }

    bool is_listed(const conjunction& schemas, const json& value) {
        if ((schemas.types() & type_set::of(value)).empty()) return false;
        for (const json* const schema : schemas.schemas()) {
            const json* const only = member(*schema, "const");
            if (only != nullptr && *only != value) return false;
            const json* const list = member(*schema, "enum");
            if (list == nullptr || !list->is_array()) continue;
            if (!budget_.spend(list->size() / 16)) return false;
            if (std::find(list->begin(), list->end(), value) == list->end()) return false;
        }
        return true;
    }

    attempt copy(const json& value) {
        if (!budget_.spend_copy(value)) return {nullptr, false};
        return {value};
    }

    attempt make_typed(json_type type, const conjunction& schemas, int depth) {
        switch (type) {
            case json_type::null:
                return {nullptr};
            case json_type::boolean:
                return {dice_.below(2) == 0};
            case json_type::integer:
                return make_number(schemas, true);
            case json_type::number:
                return make_number(schemas, false);
            case json_type::string:
                return make_string(schemas);
            case json_type::array:
                return make_array(schemas, depth);
            case json_type::object:
                return make_object(schemas, depth);
        }
        return {nullptr, false};
    }

    attempt make_number(const conjunction& schemas, bool whole) {
        number_rules rules;
        rules.whole = whole;
        rules.least = schemas.highest("minimum");
        rules.most = schemas.lowest("maximum");
        rules.above = schemas.highest("exclusiveMinimum");
        rules.below = schemas.lowest("exclusiveMaximum");
        rules.multiple_of = schemas.highest("multipleOf");
        const std::optional<double> value = sample_number(rules, dice_);
        if (!value) return {0, false};
        const bool exact = *value >= -9e15 && *value <= 9e15;
        const auto integer = exact ? static_cast<std::int64_t>(*value) : 0;
        if (exact && static_cast<double>(integer) == *value) return {integer};
        return {*value};
    }

    static std::size_t count_from(std::optional<double> bound, std::size_t otherwise) {
        return bound ? static_cast<std::size_t>(std::clamp(*bound, 0.0, 1e9)) : otherwise;
    }

    attempt make_string(const conjunction& schemas) {
        const auto text_of = [&](std::string_view keyword) -> std::string_view {
            const json* const value = schemas.find(keyword);
            const bool text = value != nullptr && value->is_string();
            return text ? std::string_view(value->get_ref<const std::string&>()) : "";
        };
        string_rules rules;
        const std::size_t wanted = count_from(schemas.highest("minLength"), 0);
        rules.length_min = std::min(wanted, string_characters_max);
        rules.length_max = count_from(schemas.lowest("maxLength"), rules.length_max);
        rules.format = text_of("format");
        rules.pattern = text_of("pattern");
        std::string text = sample_string(rules, dice_);
        const bool paid = budget_.spend(text.size() / 16 + rules.pattern.size() / 16);
        return {
            std::move(text), paid && wanted <= string_characters_max && wanted <= rules.length_max};
    }

    /// What holds for item `index` of an array.
    conjunction schemas_of_item(const conjunction& schemas, std::size_t index) {
        std::vector<const json*> found;
        for (const json* const schema : schemas.schemas()) {
            const json* list = member(*schema, "prefixItems");
            const json* rest = member(*schema, "items");
            if (rest != nullptr && rest->is_array()) {
                list = rest;
                rest = member(*schema, "additionalItems");
            }
            const bool listed = list != nullptr && list->is_array() && index < list->size();
            found.push_back(listed ? &(*list)[index] : rest);
        }
        return all_of(found);
    }

    std::size_t usual_items(const conjunction& schemas, int depth) {
        if (depth >= depth_generous) return 0;
        const json* list = schemas.find("prefixItems");
        if (list == nullptr) list = schemas.find("items");
        if (list != nullptr && list->is_array()) return list->size();
        return 1 + dice_.below(3);
    }

    attempt make_array(const conjunction& schemas, int depth) {
        const std::size_t least = count_from(schemas.highest("minItems"), 0);
        const std::size_t most = count_from(schemas.lowest("maxItems"), 1'000'000'000);
        const std::size_t wanted = std::min(std::max(usual_items(schemas, depth), least), most);
        const json* const uniqueness = schemas.find("uniqueItems");
        const bool unique = uniqueness != nullptr && *uniqueness == true;
        json out = json::array();
        while (out.size() < wanted) {
            attempt item = make_item(schemas, out, unique, depth);
            if (!item.ok) break;
            out.push_back(std::move(item.value));
        }
        const bool ok = out.size() >= least && least <= most;
        return {std::move(out), ok};
    }

    attempt make_item(const conjunction& schemas, const json& before, bool unique, int depth) {
        const conjunction own = schemas_of_item(schemas, before.size());
        for (int tries = 0; tries < unique_tries_max; ++tries) {
            attempt item = make(own, depth + 1);
            if (!item.ok || !unique) return item;
            if (!budget_.spend(before.size())) break;
            if (std::find(before.begin(), before.end(), item.value) == before.end()) return item;
        }
        return {nullptr, false};
    }

    /// What holds for the member `name` of an object.
    conjunction schemas_of_property(const conjunction& schemas, std::string_view name) {
        std::vector<const json*> found;
        for (const json* const schema : schemas.schemas()) {
            const json* const properties = member(*schema, "properties");
            const json* const own = properties ? member(*properties, name) : nullptr;
            found.push_back(own != nullptr ? own : member(*schema, "additionalProperties"));
        }
        return all_of(found);
    }

    attempt make_object(const conjunction& schemas, int depth) {
        attempt out{json::object()};
        for (const json* const schema : schemas.schemas()) {
            const json* const required = member(*schema, "required");
            for (std::size_t i = 0; required && required->is_array() && i < required->size(); ++i) {
                const json& name = (*required)[i];
                if (!budget_.spend(1)) break;
                if (name.is_string())
                    add_property(out, schemas, name.get_ref<const std::string&>(), depth);
            }
        }
        const std::size_t least = count_from(schemas.highest("minProperties"), 0);
        const std::size_t most =
            count_from(schemas.lowest("maxProperties"), optional_properties_max);
        const bool generous = depth < depth_generous;
        if (generous || out.value.size() < least) add_optional(out, schemas, least, most, depth);
        for (int i = 1; out.value.size() < least && out.ok; ++i) {
            add_property(out, schemas, "property" + std::to_string(i), depth);
        }
        return out;
    }

    void add_property(
        attempt& out, const conjunction& schemas, const std::string& name, int depth
    ) {
        if (out.value.contains(name)) return;
        attempt made = make(schemas_of_property(schemas, name), depth + 1);
        out.ok = out.ok && made.ok && budget_.spend(1 + name.size() / 16);
        if (!budget_.empty()) out.value[name] = std::move(made.value);
    }

    /// Most of the properties that are not required, as long as there is room.
    void add_optional(
        attempt& out, const conjunction& schemas, std::size_t least, std::size_t most, int depth
    ) {
        for (const json* const schema : schemas.schemas()) {
            const json* const properties = member(*schema, "properties");
            if (properties == nullptr || !properties->is_object()) continue;
            for (auto it = properties->begin(); it != properties->end() && budget_.spend(1); ++it) {
                if (out.value.size() >= most) return;
                const bool wanted = dice_.below(3) != 0 || out.value.size() < least;
                if (!wanted || out.value.contains(it.key())) continue;
                attempt made = make(schemas_of_property(schemas, it.key()), depth + 1);
                if (!made.ok || !budget_.spend(1 + it.key().size() / 16)) continue;
                out.value[it.key()] = std::move(made.value);
            }
        }
    }

    const json& document_;
    work_budget budget_{work_max};
    dice dice_;
};

bool says_nothing(const json& schema) {
    return !schema.is_object() || schema.empty();
}

}  // namespace

json make_instance(const json& schema, std::uint64_t seed) {
    if (!says_nothing(schema)) return maker(schema, seed).make().value;
    dice dice(seed);
    return {
        {"text", words(dice, 3)},
        {"count", 1 + dice.below(9)},
        {"ok", true},
    };
}

std::string make_instance_text(const nlohmann::json& schema, std::uint64_t seed) {
    return make_instance(schema, seed)
        .dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

}  // namespace sluice::upstream::mock
