#pragma once

#include "upstream/wire_fault.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sluice::upstream::mock {

/// The trouble that `X-Mock-Error`, a script or chance asks for.
struct fault {
    enum class kind {
        none,
        status,          ///< `429`: refused with that HTTP status, 400 to 599
        reset_after,     ///< `reset-after=N`: the upstream connection breaks after N tokens
        stall_after,     ///< `stall-after=N`: nothing comes after N tokens
        truncate_after,  ///< `truncate-after=N`: the upstream ends after N tokens without an ending
        error_after,     ///< `error-after=N`: the provider reports an overload in its stream
        on_the_wire,     ///< `wire` says: it is the client's connection that suffers
    };
    kind what = kind::none;
    std::int64_t value = 0;  ///< the status or the number of tokens
    wire_fault wire;

    explicit operator bool() const { return what != kind::none; }
    bool operator==(const fault&) const = default;
};

/// Reads the value of `X-Mock-Error`; nothing: it cannot be read. An empty one asks for nothing.
std::optional<fault> parse_fault(std::string_view value);

/// As `parse_fault` reads it.
std::string fault_text(const fault& fault);

/// What `parse_fault` takes, as a sentence without a subject: "must be ...".
std::string_view fault_syntax();

}  // namespace sluice::upstream::mock
