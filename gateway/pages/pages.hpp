#pragma once

#include <span>
#include <string_view>

/// The pages of the gateway, built into the binary: documents, styles and scripts that ask nobody
/// but this server for anything. Views last as long as the program; safe from any thread.
namespace sluice::gateway {

/// One file, as it is served.
struct page {
    std::string_view name;  ///< flat: no folders
    std::string_view content_type;
    std::string_view etag;  ///< quoted; another content has another
    std::string_view bytes;
};

/// All there are, sorted by name.
std::span<const page> all_pages();

/// The file of that very name, or null.
const page* find_page(std::string_view name);

/// The Content-Security-Policy to send with every document: scripts and styles are files of this
/// server and never inline, and what a model wrote becomes markup only through DOMPurify's policy.
std::string_view pages_csp();

}  // namespace sluice::gateway
