# cmake -DFILES=a|b|... -DTABLE=page_table.cpp -P embed.cmake
#
# Writes the files into one source file, in a table sorted by name. The names are flat, whatever
# folder a file is in; the entity tag is the beginning of the content's SHA-256.
cmake_minimum_required(VERSION 3.25)

set(types_html "text/html; charset=utf-8")
set(types_css "text/css; charset=utf-8")
set(types_js "text/javascript; charset=utf-8")
set(types_text "text/plain; charset=utf-8")

string(REPLACE "|" ";" files "${FILES}")
set(names "")
foreach(file IN LISTS files)
  cmake_path(GET file FILENAME name)
  if(name IN_LIST names)
    message(FATAL_ERROR "two files of the pages are named ${name}")
  endif()
  list(APPEND names ${name})
  set(path_of_${name} ${file})
endforeach()
list(SORT names)

set(text "// Made by embed.cmake from the files of gateway/pages.\n#include \"gateway/pages/pages.hpp\"\n\n")
string(APPEND text "namespace sluice::gateway {\n\nnamespace {\n\nconstexpr page table[] = {\n")
foreach(name IN LISTS names)
  file(READ ${path_of_${name}} content)
  file(SHA256 ${path_of_${name}} hash)
  string(SUBSTRING ${hash} 0 16 tag)
  string(REGEX MATCH "[a-z]+$" extension "${name}")
  if(name MATCHES "^LICENSE")
    set(extension text)
  endif()
  if(NOT DEFINED types_${extension})
    message(FATAL_ERROR "no content type is known for ${name}")
  endif()
  string(APPEND text "    {\"${name}\", \"${types_${extension}}\", \"\\\"${tag}\\\"\",\n"
                     "     R\"sluice-page(${content})sluice-page\"},\n")
endforeach()
string(APPEND text "};\n\n}  // namespace\n\nstd::span<const page> all_pages() {\n    return table;\n}\n\n"
                   "}  // namespace sluice::gateway\n")
file(WRITE ${TABLE} "${text}")
