#include "tests/faults/gzip.hpp"

#include "tests/end_to_end/support/socket.hpp"

#include <zlib.h>

namespace sluice::faults {

std::string gzip(const std::string& bytes) {
    constexpr int with_gzip_head = 15 + 16;  // zlib's way to say so
    constexpr int memory_level = 8;
    z_stream packer{};
    if (deflateInit2(
            &packer,
            Z_BEST_COMPRESSION,
            Z_DEFLATED,
            with_gzip_head,
            memory_level,
            Z_DEFAULT_STRATEGY
        ) != Z_OK) {
        throw end_to_end::harness_error("zlib does not start");
    }
    std::string in = bytes;  // zlib takes no const
    std::string out(deflateBound(&packer, static_cast<uLong>(in.size())), '\0');
    packer.next_in = reinterpret_cast<Bytef*>(in.data());
    packer.avail_in = static_cast<uInt>(in.size());
    packer.next_out = reinterpret_cast<Bytef*>(out.data());
    packer.avail_out = static_cast<uInt>(out.size());
    const int result = deflate(&packer, Z_FINISH);
    out.resize(packer.total_out);
    deflateEnd(&packer);
    if (result != Z_STREAM_END) throw end_to_end::harness_error("zlib did not come to the end");
    return out;
}

}  // namespace sluice::faults
