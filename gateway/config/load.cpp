#include "gateway/config/load.hpp"

#include "gateway/config/file_mode.hpp"
#include "gateway/config/tables.hpp"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>

namespace sluice::gateway {

namespace {

constexpr std::size_t file_bytes_read_max = (1U << 20) + 1;  // one more than is allowed

configuration_errors unreadable(const std::string& path) {
    return {{path + ": cannot be read: " + std::strerror(errno)}};
}

/// Where the file names no provider it still serves: the mock answers.
void add_mock(configuration& into) {
    const configuration defaults = default_configuration();
    if (!into.providers.empty()) return;
    into.providers = defaults.providers;
    if (into.models.empty()) into.models = defaults.models;
}

boost::system::result<configuration, configuration_errors> parse(
    std::string_view yaml, problems found
) {
    const auto document = read_document(yaml, found);
    configuration read;
    if (document && document->kind != node::type::empty) {
        read_section(*document, configuration_table(), read, found);
    }
    if (found.any()) return configuration_errors{found.messages()};
    add_mock(read);
    return read;
}

}  // namespace

boost::system::result<configuration, configuration_errors> parse_configuration(
    std::string_view yaml, const std::string& name
) {
    return parse(yaml, problems(name));
}

boost::system::result<configuration, configuration_errors> load_configuration(
    const std::string& path
) {
    const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(
        std::fopen(path.c_str(), "rbe"), &std::fclose
    );
    if (!file) return unreadable(path);
    std::string yaml(file_bytes_read_max, '\0');
    yaml.resize(std::fread(yaml.data(), 1, yaml.size(), file.get()));
    if (std::ferror(file.get()) != 0) return unreadable(path);
    return parse(yaml, problems(path, everybody_can_read(::fileno(file.get()))));
}

nlohmann::json configuration_schema() {
    json schema = {
        {"$schema", "https://json-schema.org/draft/2020-12/schema"},
        {"title", "Configuration of Sluice"}};
    schema.update(schema_of(configuration_table()));
    return schema;
}

}  // namespace sluice::gateway
