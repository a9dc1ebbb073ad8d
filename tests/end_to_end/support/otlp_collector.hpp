#pragma once

#include "tests/end_to_end/support/fake_upstream.hpp"
#include "tests/end_to_end/support/gateway_process.hpp"

#include <nlohmann/json.hpp>

#include <cstddef>
#include <string>
#include <vector>

namespace sluice::end_to_end {

/// The spans of one export. A harness_error tells what in it is not as OTLP has it: a field that
/// its messages don't have, an id or a number in another form.
std::vector<nlohmann::json> read_export(const nlohmann::json& body);

/// The value of a span's attribute, whatever its kind; null: it has none. Of a whole number, the
/// digits.
nlohmann::json attribute(const nlohmann::json& span, const std::string& name);

/// A collector of OTLP over HTTP on a free port, which takes all that it is sent.
class otlp_collector {
 public:
    std::uint16_t port() const { return server_.port(); }
    /// A line at the top of a configuration, with more settings of `traces`.
    std::string configuration(const std::string& more = {}) const;

    /// The next spans that come, so many of them, in the order of their beginning.
    std::vector<nlohmann::json> expect_spans(std::size_t count);
    /// Ends the gateway in order, and fetches the spans that it sent.
    std::vector<nlohmann::json> spans_of(gateway_process& gateway);
    /// The next export.
    upstream_request expect_request() { return server_.expect_request(); }
    std::size_t exports() const { return server_.calls(); }

 private:
    fake_upstream server_{[](upstream_exchange& exchange) {
        exchange.read_request();
        exchange.answer(200, "{}");
    }};
    std::size_t fetched_ = 0;
};

}  // namespace sluice::end_to_end
