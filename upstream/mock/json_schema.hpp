#pragma once

#include <nlohmann/json.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::upstream::mock {

/// What one request may cost. Everything that a schema makes us do is paid from here, so that no
/// schema, however it refers to itself, costs more.
class work_budget {
 public:
    explicit work_budget(std::size_t units) : left_(units) {}

    /// False when there is not so much left; then nothing is.
    bool spend(std::size_t units) {
        left_ = units <= left_ ? left_ - units : 0;
        return left_ != 0;
    }
    /// Pays for a copy of `value`, by size, without recursion.
    bool spend_copy(const nlohmann::json& value);
    bool empty() const { return left_ == 0; }

 private:
    std::size_t left_;
};

enum class json_type : unsigned { null, boolean, integer, number, string, array, object };

/// A set of types. A number's set holds integer, too: what accepts numbers accepts integers.
class type_set {
 public:
    static constexpr type_set all() { return type_set(0x7fU); }
    static type_set named_by(const nlohmann::json& type);  ///< the value of a `type` keyword
    static type_set of(const nlohmann::json& value);       ///< what a schema may call the value

    bool has(json_type type) const { return (bits_ >> static_cast<unsigned>(type) & 1U) != 0; }
    bool empty() const { return bits_ == 0; }
    type_set operator&(type_set other) const { return type_set(bits_ & other.bits_); }
    void add(json_type type);

 private:
    constexpr explicit type_set(unsigned bits) : bits_(bits) {}

    unsigned bits_;
};

/// Schemas that hold for one value all at once: a schema, what it refers to, its allOf. Points into
/// the document, which outlives it.
class conjunction {
 public:
    /// More than these are not looked at; they bound recursion, too.
    static constexpr std::size_t schemas_max = 32;
    static constexpr std::size_t choices_max = 8;

    /// The document is where references point; null adds nothing.
    void add(const nlohmann::json& document, const nlohmann::json* schema, work_budget& budget);

    /// Some schema is `false`.
    bool impossible() const { return impossible_; }
    /// The next anyOf or oneOf that is still to be decided; null: none.
    const nlohmann::json* take_choice();

    bool has(std::string_view keyword) const { return find(keyword) != nullptr; }
    const nlohmann::json* find(std::string_view keyword) const;  ///< the first one's
    const std::vector<const nlohmann::json*>& schemas() const { return schemas_; }

    type_set types() const;
    std::optional<double> highest(std::string_view keyword) const;
    std::optional<double> lowest(std::string_view keyword) const;

 private:
    std::vector<const nlohmann::json*> schemas_;
    std::vector<const nlohmann::json*> choices_;
    std::size_t choices_taken_ = 0;
    bool impossible_ = false;
};

/// The member of an object by name; null where `value` is no object or has none.
const nlohmann::json* member(const nlohmann::json& value, std::string_view name);

/// Where a reference as `#/$defs/node` points to; null: nowhere in the document.
const nlohmann::json* resolve(const nlohmann::json& document, std::string_view reference);

}  // namespace sluice::upstream::mock
