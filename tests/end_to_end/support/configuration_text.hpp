#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace sluice::end_to_end {

/// A configuration for one test, written as YAML: model `mock` (as fast as possible unless the test
/// says otherwise) and, where there is an upstream, model `up`, which that server knows as
/// `real-model`. One worker on a free port; the log is JSON.
class configuration_text {
 public:
    /// One more line of a section, such as `drain: 1s`.
    configuration_text& server(std::string line);
    configuration_text& streams(std::string line);
    configuration_text& log(std::string line);
    /// Of both models.
    configuration_text& policy(std::string line);
    configuration_text& mock(std::string line);
    /// The base URL of the provider behind model `up`, and one more setting of it.
    configuration_text& upstream(std::string base_url);
    configuration_text& upstream_setting(std::string line);
    /// A further name that leads to the mock.
    configuration_text& model(std::string name);
    /// `auth: keys` with one key of that plain text.
    configuration_text& key(std::string id, const std::string& plain);
    configuration_text& operator_key(std::string id, const std::string& plain);
    /// A line of its own at the top.
    configuration_text& top(std::string line);

    std::string yaml() const;

 private:
    using lines = std::vector<std::string>;
    static void section(std::string& out, const std::string& name, const lines& body);
    std::string route(const std::string& name, const std::string& target) const;

    lines top_;
    lines server_;
    lines streams_;
    lines log_;
    lines policy_;
    lines mock_;
    lines upstream_;
    lines models_;
    lines keys_;
    std::string base_url_;
};

/// Lower-case hexadecimal SHA-256.
std::string sha256_hex(const std::string& text);

}  // namespace sluice::end_to_end
