#include "gateway/config/load.hpp"
#include "gateway/config/tables.hpp"

#include <yaml-cpp/emitter.h>

namespace sluice::gateway {

namespace {

/// As deep as the tables are.
void emit(YAML::Emitter& out, const json& value) {
    if (value.is_object()) {
        out << YAML::BeginMap;
        for (const auto& [key, item] : value.items()) {
            out << YAML::Key << key << YAML::Value;
            emit(out, item);
        }
        out << YAML::EndMap;
    } else if (value.is_array()) {
        out << YAML::BeginSeq;
        for (const json& item : value)
            emit(out, item);
        out << YAML::EndSeq;
    } else if (value.is_string()) {
        out << value.get<std::string>();
    } else {
        out << value.dump();
    }
}

}  // namespace

std::string describe(const configuration& configuration) {
    YAML::Emitter out;
    emit(out, write_section(configuration_table(), configuration));
    return std::string(out.c_str()) + "\n";
}

}  // namespace sluice::gateway
