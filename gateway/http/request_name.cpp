#include "gateway/http/request_name.hpp"

#include "gateway/http/refusal.hpp"

#include <openssl/sha.h>

#include <algorithm>

namespace sluice::gateway {

namespace {

constexpr std::size_t name_bytes_max = 255;

bool is_name(std::string_view text) {
    return !text.empty() && text.size() <= name_bytes_max &&
           std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c <= '~'; });
}

}  // namespace

boost::system::result<std::optional<std::string>, upstream::failure> request_name(
    const http_request& request
) {
    std::optional<std::string> name;
    std::string_view where = "Idempotency-Key";
    if (const auto header = request.header("idempotency-key")) {
        name = std::string{*header};
    } else if (request.method == "GET") {
        name = request.parameter("request");
        where = "request";
    }
    if (!name || is_name(*name)) return name;
    auto reason = refusal(
        400,
        "invalid_request_error",
        "'" + std::string{where} + "' must be 1 to 255 printable ASCII characters"
    );
    reason.param = where;
    return reason;
}

idempotency_table::digest request_digest(
    const upstream::call& call, const dialect& dialect, bool ids
) {
    // Model and form may stand in the address, and not in the body.
    auto text = std::string(dialect.name()) + (dialect.has_events() ? "e" : "-");
    text.append(call.stream ? "s" : "d").append(ids ? "i" : "-");
    text.append(call.request.model).append("\n").append(call.body);
    idempotency_table::digest digest{};
    SHA256(reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest.data());
    return digest;
}

}  // namespace sluice::gateway
