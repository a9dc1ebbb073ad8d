#pragma once

#include "gateway/admission/keys.hpp"
#include "gateway/admission/page_session.hpp"
#include "gateway/admission/signed_url.hpp"
#include "gateway/config/configuration.hpp"
#include "gateway/http/catalog.hpp"
#include "gateway/http/tls.hpp"

#include <boost/system/result.hpp>

#include <memory>
#include <string>

namespace sluice::gateway {

/// A configuration and all that is made from it, so that a reload swaps both at once. Immutable,
/// but for what requests find out about targets. Shared by workers, and by whatever began under it.
struct snapshot {
    /// `before` is what this one takes the place of: what was learned of its targets is kept, and
    /// so is the secret that signs, where none is configured. An error is a sentence that names a
    /// file.
    static boost::system::result<std::shared_ptr<const snapshot>, std::string> make(
        std::shared_ptr<const configuration> settings, const snapshot* before
    );

    std::shared_ptr<const configuration> settings;
    gateway::catalog catalog;
    key_ring keys;
    std::string own_secret;  ///< made up once for the process
    url_signer urls;
    page_sessions sessions;
    tls_context tls;  ///< null: plain connections

    snapshot(std::shared_ptr<const configuration> configured, const snapshot* before);
};

}  // namespace sluice::gateway
