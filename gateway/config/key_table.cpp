#include "gateway/config/dates.hpp"
#include "gateway/config/tables.hpp"
#include "gateway/config/values.hpp"

#include <map>
#include <set>

namespace sluice::gateway {

namespace {

constexpr std::size_t models_max = 1000;
constexpr std::size_t labels_max = 16;  // each becomes a part of every record of the ledger
constexpr std::string_view label_pattern = "^[A-Za-z0-9._-]{1,64}$";

struct sha256_value {
    text_value text{check_sha256, "^[0-9A-Fa-f]{64}$"};

    std::optional<std::array<unsigned char, 32>> read(const node& value, problems& problems) const {
        const auto digits = text.read(value, problems);
        if (!digits) return std::nullopt;
        std::array<unsigned char, 32> bytes{};
        const auto value_of = [](char c) { return c <= '9' ? c - '0' : c - 'a' + 10; };
        for (std::size_t i = 0; i < bytes.size(); ++i) {
            const int byte = value_of((*digits)[2 * i]) * 16 + value_of((*digits)[2 * i + 1]);
            bytes.at(i) = static_cast<unsigned char>(byte);
        }
        return bytes;
    }
    json schema() const { return text.schema(); }
    json write(const std::array<unsigned char, 32>&) const { return nullptr; }  // nobody's business
};

/// A day, or a moment of it. One that has passed is as good as any other.
struct instant_value {
    std::optional<instant> read(const node& value, problems& problems) const {
        const std::string wanted =
            "a date from 1970 to 2199 such as 2027-01-31 or 2027-01-31T12:00:00Z";
        const auto text = read_text(value, wanted, problems);
        if (!text) return std::nullopt;
        const auto read = parse_instant(*text);
        if (!read) report_value(value, wanted, problems);
        return read;
    }
    json schema() const {
        return {
            {"type", "string"},
            {"pattern", "^[0-9]{4}-[0-9]{2}-[0-9]{2}(T[0-9]{2}:[0-9]{2}:[0-9]{2}Z)?$|\\$\\{"}};
    }
    json write(instant value) const { return format_instant(value); }
};

struct labels_value {
    using labels = std::map<std::string, std::string>;

    text_value text{check_label_value};

    std::optional<labels> read(const node& value, problems& problems) const {
        if (!is_kind(value, node::type::map, "a map of names and values", problems)) {
            return std::nullopt;
        }
        if (value.children.size() > labels_max) {
            problems.add(
                value.at,
                subject(value) + " must have at most " + std::to_string(labels_max) +
                    " entries, not " + std::to_string(value.children.size())
            );
            return std::nullopt;
        }
        labels read;
        for (const node& child : value.children) {
            std::string name = child.key;
            const complaint wrong =
                name.empty() ? complaint("must be the label's name") : check_label(name);
            if (wrong) problems.add(child.key_at, in_quotes(name) + " " + *wrong);
            if (auto one = text.read(child, problems)) read[std::move(name)] = std::move(*one);
        }
        return read;
    }
    json schema() const {
        return {
            {"type", "object"},
            {"propertyNames", {{"pattern", label_pattern}}},
            {"additionalProperties", text.schema()},
            {"maxProperties", labels_max}};
    }
    json write(const labels& value) const {
        json out;
        for (const auto& [name, text] : value)
            out[name] = text;
        return out;
    }
};

/// What clients may ask for, as the file has it.
class model_names {
 public:
    explicit model_names(const node& root) {
        const node* const models = root.find("models");
        if (models != nullptr) {
            for (const node& route : models->children) {
                const node* const name = route.find("name");
                if (name != nullptr && !name->text.empty()) add(name->text);
            }
        }
        if (names_.empty() && root.find("providers") == nullptr) add("mock");
    }

    bool empty() const { return names_.empty(); }
    std::vector<std::string_view> all() const { return {names_.begin(), names_.end()}; }

    /// Something that it allows can be asked for.
    bool matches(std::string_view allowed) const {
        const bool wildcard = allowed.ends_with('*');
        if (wildcard) allowed.remove_suffix(1);
        const auto next = names_.lower_bound(allowed);
        const bool named =
            next != names_.end() && (wildcard ? next->starts_with(allowed) : *next == allowed);
        if (named) return true;
        for (std::size_t length = 0; length <= allowed.size(); ++length) {
            if (beginnings_.contains(allowed.substr(0, length))) return true;
        }
        return false;
    }

 private:
    void add(std::string_view name) {
        names_.insert(name);
        if (name.ends_with('*')) beginnings_.insert(name.substr(0, name.size() - 1));
    }

    std::set<std::string_view> names_;
    std::set<std::string_view> beginnings_;  // of those that end in a star
};

}  // namespace

const section<client_key>& key_table() {
    const text_value model{check_route_name, "^[^* ]*\\*?$", text_value::use::name};
    static const section<client_key> table{
        {},
        {make_field<client_key>(
             "id",
             "What logs and counts call the key.",
             &client_key::id,
             text_value{check_label, label_pattern, text_value::use::name},
             true
         ),
         make_field<client_key>(
             "sha256",
             "SHA-256 of the key, as `printf %s KEY | sha256sum` prints it; `sluice hash-key` "
             "makes "
             "it, too.",
             &client_key::sha256,
             sha256_value{},
             true
         ),
         make_field<client_key>(
             "role",
             "An operator sees and stops everybody's streams.",
             &client_key::role,
             choice_value<key_role>{{{"user", key_role::user}, {"operator", key_role::operator_}}}
         ),
         make_field<client_key>(
             "models",
             "What it may ask for: names, a '*' at the end of one matches any rest; without it, "
             "everything.",
             &client_key::models,
             list_value<text_value, std::string>{model, 1, models_max}
         ),
         make_field<client_key>(
             "limits",
             "What it may use at most.",
             &client_key::limits,
             object_value<usage_limits>{&usage_limits_table()}
         ),
         make_field<client_key>(
             "expires",
             "When it ends to be good: a moment, or the beginning of a day (UTC).",
             &client_key::expires,
             instant_value{}
         ),
         make_field<client_key>(
             "labels", "Whose it is, for reports of usage.", &client_key::labels, labels_value{}
         )}};
    return table;
}

void check_key_models(const node& root, problems& problems) {
    const node* const keys = root.find("keys");
    const model_names known(root);
    if (keys == nullptr || known.empty()) return;
    for (const node& key : keys->children) {
        const node* const models = key.find("models");
        if (models == nullptr || problems.full()) continue;
        for (const node& model : models->children) {
            std::string wanted = model.text;
            const bool name = !wanted.empty() && !check_route_name(wanted);
            if (!name || known.matches(wanted)) continue;
            problems.add(
                model.at,
                (wanted.ends_with('*') ? "no model matches " : "no model is called ") +
                    in_quotes(wanted) + did_you_mean(wanted, known.all())
            );
        }
    }
}

}  // namespace sluice::gateway
