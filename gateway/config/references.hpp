#pragma once

#include <string>
#include <string_view>

namespace sluice::gateway {

/// What became of a value's `${NAME}`, `${NAME:-default}` and `${file:/path}`.
struct expansion {
    std::string text;
    std::string complaint;  ///< empty: all is well. Names the variable or file, never a value.
};

bool has_references(std::string_view text);

/// Something stands in the text besides references. Their defaults are a part of them.
bool has_literals(std::string_view text);

/// Resolves all references; `$${` stands for a literal `${`. What a reference brings is not
/// searched for further ones. A file that everybody can read is no place for a secret: a
/// complaint.
expansion expand_references(std::string_view text);

}  // namespace sluice::gateway
