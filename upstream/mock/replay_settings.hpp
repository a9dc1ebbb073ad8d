#pragma once

#include <memory>
#include <string>

namespace sluice::upstream {

class recordings;

/// A provider that plays recordings, as configured.
struct replay_settings {
    std::string path;  ///< a recording, or a folder of them
    double speed = 1;  ///< 2 is twice as fast as it was; 0: as fast as possible
    std::shared_ptr<const recordings> recorded = {};  ///< what `path` held when it was read
};

}  // namespace sluice::upstream
