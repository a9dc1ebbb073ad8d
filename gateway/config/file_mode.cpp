#include "gateway/config/file_mode.hpp"

#include <sys/stat.h>

namespace sluice::gateway {

bool everybody_can_read(int descriptor) {
    struct stat status {};
    if (::fstat(descriptor, &status) != 0) return false;
    return S_ISREG(status.st_mode) && (status.st_mode & S_IROTH) != 0;
}

}  // namespace sluice::gateway
