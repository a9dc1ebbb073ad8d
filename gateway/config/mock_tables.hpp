#pragma once

#include "gateway/config/configuration.hpp"
#include "gateway/config/section.hpp"
#include "upstream/mock/settings.hpp"

/// The keys of the maps within a mock provider.
namespace sluice::gateway {

const section<upstream::mock::queue_settings>& queue_table();
const section<upstream::mock::limit_settings>& limit_table();
const section<upstream::mock::cache_settings>& cache_table();
const section<upstream::mock::chance_of_fault>& fault_table();
const section<upstream::mock::change>& change_table();

}  // namespace sluice::gateway
