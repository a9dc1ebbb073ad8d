#pragma once

#include <string_view>

/// The pages of the gateway, built into the binary. Each is one self-contained HTML document that
/// asks nobody but this server for anything. Views last as long as the program; safe from any
/// thread.
namespace sluice::gateway {

/// The playground, served at `GET /`.
std::string_view playground();

/// The Content-Security-Policy to send with the playground: it allows the page's own inline style
/// and script by their hashes, data: images, requests to this server, and nothing else.
std::string_view playground_csp();

}  // namespace sluice::gateway
