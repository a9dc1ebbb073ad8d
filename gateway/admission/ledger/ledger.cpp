#include "gateway/admission/ledger/ledger.hpp"

#include "gateway/admission/ledger/ledger_file.hpp"
#include "gateway/admission/ledger/ledger_writer.hpp"

#include <utility>

namespace sluice::gateway {

boost::system::result<std::unique_ptr<ledger>, std::string> ledger::open(
    const std::string& path, std::function<void(const std::string&)> tell
) {
    auto file = open_ledger_to_write(path);
    if (!file) return file.error();
    return std::unique_ptr<ledger>(
        std::make_unique<ledger_writer>(std::move(*file), path, std::move(tell))
    );
}

}  // namespace sluice::gateway
