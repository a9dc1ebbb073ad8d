#pragma once

namespace sluice::gateway {

/// The mode of an open file lets everybody on the machine read it. False for what is no regular
/// file: nobody but its two ends reads a pipe.
bool everybody_can_read(int descriptor);

}  // namespace sluice::gateway
