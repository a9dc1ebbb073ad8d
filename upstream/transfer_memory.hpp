#pragma once

#include <curl/curl.h>

namespace sluice::upstream {

/// Starts libcurl, once per process, with memory of our own for its send buffers.
///
/// Each running transfer keeps a send buffer of 16 KiB for as long as its handle lives, and uses
/// the first kilobyte or two of it. From the heap that would be resident whole; from fresh pages
/// only what is written is. Everything else comes from the heap. Any thread.
CURLcode start_libcurl();

}  // namespace sluice::upstream
