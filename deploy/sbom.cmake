# Writes what a built Sluice consists of, as CycloneDX 1.5: itself, each library that it links
# directly, those of which it has only headers, and those of the pages in it. The same input gives the
# same bytes; a timestamp is in it only where SOURCE_DATE_EPOCH says which.
#
#   cmake -D BINARY=build/release/sluice -D VERSION=0.1.0 -D OUT=build/release/sluice.cdx.json
#         [-D INCLUDES=dir\;dir] -P deploy/sbom.cmake
cmake_minimum_required(VERSION 3.25)
foreach(needed BINARY VERSION OUT)
  if(NOT DEFINED ${needed})
    message(FATAL_ERROR "sbom.cmake: -D ${needed}=... is missing")
  endif()
endforeach()

find_program(DPKG_QUERY dpkg-query)
find_program(READELF readelf REQUIRED)

# pattern of the shared library's name | what it is called | licence (SPDX expression)
set(libraries
    "^libcrypto[.]|OpenSSL|Apache-2.0"
    "^libssl[.]|OpenSSL (libssl)|Apache-2.0"
    "^libcurl[.-]|libcurl|curl"
    "^libsqlite3[.]|SQLite|blessing"
    "^libspdlog[.]|spdlog|MIT"
    "^libfmt[.]|fmt|MIT"
    "^libprometheus-cpp-core[.]|prometheus-cpp|MIT"
    "^libyaml-cpp[.]|yaml-cpp|MIT"
    "^libz[.]|zlib|Zlib"
    "^libboost_|Boost|BSL-1.0"
    "^libstdc[+][+][.]|libstdc++|GPL-3.0-or-later WITH GCC-exception-3.1"
    "^libgcc_s[.]|libgcc|GPL-3.0-or-later WITH GCC-exception-3.1"
    "^(libc|libm|ld-linux.*)[.]|glibc|LGPL-2.1-or-later"
)
# A header of a library that leaves no trace in the binary's list | name | licence | what in which
# header tells its version
set(header_only
    "boost/version.hpp|Boost|BSL-1.0|boost/version.hpp|BOOST_LIB_VERSION \"([0-9_]+)\""
    "nlohmann/json.hpp|nlohmann_json|MIT|nlohmann/detail/abi_macros.hpp|NLOHMANN_JSON_VERSION_(MAJOR|MINOR|PATCH) +([0-9]+)"
    "CLI/CLI.hpp|CLI11|BSD-3-Clause|CLI/Version.hpp|CLI11_VERSION \"([0-9.]+)\""
    "fmt/core.h|fmt|MIT|fmt/core.h|FMT_VERSION ([0-9]+)"
)

function(quoted text out)
  string(REPLACE "\\" "\\\\" text "${text}")
  string(REPLACE "\"" "\\\"" text "${text}")
  set(${out} "\"${text}\"" PARENT_SCOPE)
endfunction()

# The Debian package that a file came with: "name version architecture", or nothing.
function(package_of path out)
  set(${out} "" PARENT_SCOPE)
  if(NOT DPKG_QUERY)
    return()
  endif()
  # A merged /usr: dpkg knows some files by their old folder.
  string(REGEX REPLACE "^/usr/lib" "/lib" old "${path}")
  foreach(candidate IN ITEMS "${path}" "${old}")
    execute_process(COMMAND ${DPKG_QUERY} -S "${candidate}" OUTPUT_VARIABLE owner ERROR_QUIET
                    RESULT_VARIABLE failed)
    if(failed EQUAL 0 AND owner MATCHES "^([^, \n]+): /")
      execute_process(
        COMMAND ${DPKG_QUERY} -W -f "\${Package} \${Version} \${Architecture}" ${CMAKE_MATCH_1}
        OUTPUT_VARIABLE package)
      set(${out} "${package}" PARENT_SCOPE)
      return()
    endif()
  endforeach()
endfunction()

# Debian's version without epoch and revision: 1:3.0.19-1~deb12u2 is 3.0.19.
function(upstream_version version out)
  string(REGEX REPLACE "^[0-9]+:" "" version "${version}")
  string(REGEX REPLACE "-[^-]*$" "" version "${version}")
  string(REGEX REPLACE "[+.](dfsg|ds|really).*$" "" version "${version}")
  set(${out} "${version}" PARENT_SCOPE)
endfunction()

function(distribution out)
  set(${out} "debian" PARENT_SCOPE)
  if(EXISTS /etc/os-release)
    file(STRINGS /etc/os-release lines REGEX "^ID=")
    string(REGEX REPLACE "^ID=\"?([a-z0-9._-]+)\"?.*" "\\1" id "${lines}")
    set(${out} "${id}" PARENT_SCOPE)
  endif()
endfunction()

# Appends to `components` and `refs`, once for each name and file.
function(add_component name licence path file version package)
  quoted("${name}" q_name)
  quoted("${licence}" q_licence)
  set(purl "")
  if(package MATCHES "^([^ ]+) ([^ ]+) ([^ ]+)$")
    set(version_full "${CMAKE_MATCH_2}")
    set(parts "${CMAKE_MATCH_1};${CMAKE_MATCH_2};${CMAKE_MATCH_3}")
    list(GET parts 0 package_name)
    list(GET parts 2 architecture)
    upstream_version("${version_full}" version)
    string(REPLACE "+" "%2B" package_name "${package_name}")
    string(REPLACE ":" "%3A" version_full "${version_full}")
    string(REPLACE "+" "%2B" version_full "${version_full}")
    distribution(id)
    set(purl "pkg:deb/${id}/${package_name}@${version_full}?arch=${architecture}")
  elseif(package MATCHES "^pkg:")
    set(purl "${package}")
  endif()
  if(version STREQUAL "")
    set(version "unknown")
  endif()
  quoted("${version}" q_version)
  string(MAKE_C_IDENTIFIER "${name}" ref)
  if(file)
    string(APPEND ref ":${file}")
  endif()
  quoted("${ref}" q_ref)
  if(licence MATCHES " ")
    set(licences "[{\"expression\": ${q_licence}}]")
  else()
    set(licences "[{\"license\": {\"id\": ${q_licence}}}]")
  endif()
  set(text "    {\n      \"type\": \"library\",\n      \"bom-ref\": ${q_ref},\n      \"name\": ${q_name},\n")
  string(APPEND text "      \"version\": ${q_version},\n      \"licenses\": ${licences}")
  if(purl)
    quoted("${purl}" q_purl)
    string(APPEND text ",\n      \"purl\": ${q_purl}")
  endif()
  if(file)
    quoted("${file}" q_file)
    string(APPEND text ",\n      \"properties\": [{\"name\": \"sluice:soname\", \"value\": ${q_file}}]")
  endif()
  if(path)
    file(SHA256 "${path}" sum)
    string(APPEND text ",\n      \"hashes\": [{\"alg\": \"SHA-256\", \"content\": \"${sum}\"}]")
  endif()
  string(APPEND text "\n    }")
  list(APPEND components "${text}")
  list(APPEND refs "${q_ref}")
  set(components "${components}" PARENT_SCOPE)
  set(refs "${refs}" PARENT_SCOPE)
endfunction()

set(components "")
set(refs "")
set(seen "")

# What the loader will look for, and where it finds it on this machine.
execute_process(COMMAND ${READELF} -d "${BINARY}" OUTPUT_VARIABLE dynamic RESULT_VARIABLE failed)
if(NOT failed EQUAL 0)
  message(FATAL_ERROR "sbom.cmake: readelf cannot read ${BINARY}")
endif()
# A bracket without its other half would keep a list together.
string(REPLACE "[" "<" dynamic "${dynamic}")
string(REPLACE "]" ">" dynamic "${dynamic}")
string(REGEX MATCHALL "NEEDED[^\n]*<[^>\n]+" lines "${dynamic}")
set(sonames "")
foreach(line IN LISTS lines)
  string(REGEX REPLACE ".*<" "" soname "${line}")
  list(APPEND sonames "${soname}")
endforeach()
list(SORT sonames)
file(GET_RUNTIME_DEPENDENCIES EXECUTABLES "${BINARY}" RESOLVED_DEPENDENCIES_VAR found
     UNRESOLVED_DEPENDENCIES_VAR missing CONFLICTING_DEPENDENCIES_PREFIX conflicting)
foreach(soname IN LISTS sonames)
  set(path "")
  foreach(candidate IN LISTS found)
    cmake_path(GET candidate FILENAME candidate_name)
    if(candidate_name STREQUAL soname)
      file(REAL_PATH "${candidate}" path)
    endif()
  endforeach()
  set(name "${soname}")
  set(licence "NOASSERTION")
  foreach(row IN LISTS libraries)
    string(REGEX MATCH "^(.*)[|]([^|]*)[|]([^|]*)$" _ "${row}")
    set(row_name "${CMAKE_MATCH_2}")
    set(row_licence "${CMAKE_MATCH_3}")
    if("${soname}" MATCHES "${CMAKE_MATCH_1}")
      set(name "${row_name}")
      set(licence "${row_licence}")
      break()
    endif()
  endforeach()
  set(package "")
  set(version "")
  if(path)
    package_of("${path}" package)
    string(REGEX MATCH "[.]so[.]([0-9.]+)$" _ "${path}")
    set(version "${CMAKE_MATCH_1}")
  endif()
  list(APPEND seen "${name}")
  add_component("${name}" "${licence}" "${path}" "${soname}" "${version}" "${package}")
endforeach()

foreach(row IN LISTS header_only)
  string(REGEX MATCH "^([^|]*)[|]([^|]*)[|]([^|]*)[|]([^|]*)[|](.*)$" _ "${row}")
  set(header "${CMAKE_MATCH_1}")
  set(name "${CMAKE_MATCH_2}")
  set(licence "${CMAKE_MATCH_3}")
  set(version_header "${CMAKE_MATCH_4}")
  set(version_pattern "${CMAKE_MATCH_5}")
  if(name IN_LIST seen)
    continue()
  endif()
  set(place "place-${name}")
  find_path("${place}" "${header}" HINTS ${INCLUDES} PATHS /usr/include /usr/local/include)
  if(NOT ${place})
    message(WARNING "sbom.cmake: ${header} of ${name} was not found")
    continue()
  endif()
  file(REAL_PATH "${${place}}/${header}" path)
  package_of("${path}" package)
  set(version "")
  if(EXISTS "${${place}}/${version_header}")
    file(STRINGS "${${place}}/${version_header}" told REGEX "define.*${version_pattern}")
    foreach(line IN LISTS told)
      string(REGEX MATCH "([0-9][0-9._]*)\"? *$" _ "${line}")
      list(APPEND version "${CMAKE_MATCH_1}")
    endforeach()
    string(REPLACE ";" "." version "${version}")
    string(REPLACE "_" "." version "${version}")
  endif()
  add_component("${name}" "${licence}" "" "" "${version}" "${package}")
endforeach()

# The pages' own, as the table beside them has them: file | package | version | its file | licence.
file(STRINGS "${CMAKE_CURRENT_LIST_DIR}/../gateway/pages/vendor/README.md" rows REGEX "^[|] `")
foreach(row IN LISTS rows)
  string(REGEX MATCH "^[|] [^|]* [|] ([^|]*) [|] ([^|]*) [|] [^|]* [|] ([^|(]*[^|( ])" _ "${row}")
  set(name "${CMAKE_MATCH_1}")
  set(version "${CMAKE_MATCH_2}")
  set(licence "${CMAKE_MATCH_3}")
  if(NOT name IN_LIST seen)
    list(APPEND seen "${name}")
    add_component("${name}" "${licence}" "" "" "${version}" "pkg:npm/${name}@${version}")
  endif()
endforeach()

string(REPLACE ";" ",\n" joined_components "${components}")
string(REPLACE ";" ", " joined_refs "${refs}")
file(SHA256 "${BINARY}" binary_sum)
# Named by its content, so that the same build has the same number.
string(UUID serial NAMESPACE 6ba7b811-9dad-11d1-80b4-00c04fd430c8
       NAME "sluice ${VERSION} ${binary_sum} ${joined_components}" TYPE SHA1)
set(timestamp "")
if(DEFINED ENV{SOURCE_DATE_EPOCH})
  string(TIMESTAMP now "%Y-%m-%dT%H:%M:%SZ" UTC)
  set(timestamp "\"timestamp\": \"${now}\",\n    ")
endif()
quoted("${VERSION}" q_version)
set(document "{
  \"bomFormat\": \"CycloneDX\",
  \"specVersion\": \"1.5\",
  \"serialNumber\": \"urn:uuid:${serial}\",
  \"version\": 1,
  \"metadata\": {
    ${timestamp}\"component\": {
      \"type\": \"application\",
      \"bom-ref\": \"sluice\",
      \"name\": \"sluice\",
      \"version\": ${q_version},
      \"licenses\": [{\"license\": {\"id\": \"Apache-2.0\"}}],
      \"hashes\": [{\"alg\": \"SHA-256\", \"content\": \"${binary_sum}\"}]
    }
  },
  \"components\": [
${joined_components}
  ],
  \"dependencies\": [
    {\"ref\": \"sluice\", \"dependsOn\": [${joined_refs}]}
  ]
}
")
file(WRITE "${OUT}" "${document}")
