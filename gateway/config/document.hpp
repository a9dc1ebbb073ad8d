#pragma once

#include "gateway/config/problems.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::gateway {

/// One value of a YAML document as it was written: no type is guessed from its looks.
struct node {
    enum class type {
        empty,    ///< nothing was written, or a null
        scalar,   ///< `text`
        list,     ///< `children`
        map,      ///< `children`, each with its `key`
        refused,  ///< reported already (an alias): to be passed over in silence
    };

    type kind = type::empty;
    position at;
    std::string text;
    bool plain = false;  ///< a scalar without quotes
    std::string key;     ///< in a map; empty otherwise
    position key_at;
    std::vector<node> children;

    /// The value of a key of this map; null where there is none.
    const node* find(std::string_view name) const;
};

/// Reads a single YAML document into a tree. Refused, with positions: syntax errors, duplicate
/// keys, anchors, aliases, merge keys, tags, a second document, more than 1 MiB, deep nesting, and
/// bytes that are not UTF-8. Nothing where the document cannot be used at all.
std::optional<node> read_document(std::string_view yaml, problems& problems);

}  // namespace sluice::gateway
