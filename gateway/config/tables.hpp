#pragma once

#include "gateway/config/configuration.hpp"
#include "gateway/config/section.hpp"

#include <string_view>

/// All keys of the configuration file. Begin reading at `configuration_table`.
namespace sluice::gateway {

const section<configuration>& configuration_table();
const section<server_settings>& server_table();
const section<stream_settings>& stream_table();
const section<log_settings>& log_table();
const section<telemetry_settings>& telemetry_table();
const section<model_route>& model_table();
const section<route_policy>& policy_table();
const section<client_key>& key_table();
/// Of a key or a model.
const section<usage_limits>& usage_limits_table();

/// `prices`.
field<configuration> prices_field();

/// What a provider may have depends on its kind: one table for each.
field<configuration> providers_field();

/// `targets` of a route.
field<model_route> targets_field();
/// A `*` in a target's model needs one in the route's name.
void check_stars(const node& map, model_route& route, problems& problems);

/// What a key may ask for has to be there.
void check_key_models(const node& root, problems& problems);
/// Bounds of cost need prices.
void check_cost_bounds(const node& root, problems& problems);

/// Rules that concern more than one section.
void check_references(const node& root, configuration& configuration, problems& problems);

}  // namespace sluice::gateway
