#pragma once

#include "gateway/load/wire/descriptor.hpp"
#include "gateway/load/wire/target.hpp"

#include <boost/system/result.hpp>

#include <string>

namespace sluice::bench {

/// A non-blocking listener on HOST:PORT; port 0 picks a free one. An error is a sentence.
boost::system::result<gateway::load::descriptor, std::string> listen_on(const std::string& where);

/// The address of HOST:PORT. An error is a sentence that names it.
boost::system::result<gateway::load::endpoint, std::string> address_of(const std::string& where);

/// Says `listening on http://ADDRESS:PORT` on standard output.
void announce(int listener);

/// The next connection, non-blocking and without delay of small segments; none where nobody waits.
gateway::load::descriptor accept_from(int listener);

}  // namespace sluice::bench
