// Any bytes are a configuration or errors that say where; what is accepted can be shown, and what
// is shown is UTF-8.

#include "gateway/config/load.hpp"
#include "tests/fuzz/check.hpp"
#include "upstream/utf8.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace sluice::gateway;
    using sluice::upstream::is_utf8;
    const std::string_view yaml(reinterpret_cast<const char*>(data), size);
    const auto read = parse_configuration(yaml, "f");
    if (read) {
        FUZZ_CHECK(!read->providers.empty() && !read->models.empty());
        FUZZ_CHECK(is_utf8(describe(*read)));
        return 0;
    }
    FUZZ_CHECK(!read.error().messages.empty());
    for (const std::string& message : read.error().messages) {
        FUZZ_CHECK(message.starts_with("f:") && is_utf8(message));
    }
    return 0;
}
