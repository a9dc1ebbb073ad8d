#pragma once

#include "upstream/generation.hpp"
#include "upstream/providers/settings.hpp"
#include "upstream/transfer.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/system/result.hpp>

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>

namespace sluice::upstream {

/// The IAM access tokens of one worker, exchanged for the keys of its providers when somebody asks.
///
/// For each key one exchange runs at a time, however many wait for it. A token is kept until
/// shortly before its end; who asks in the last part of its life gets it still, and has the next
/// one fetched behind his back. A failure is told to all who wait, and to who asks within a second.
///
/// Used only from the thread that runs the io_context. Destroyed before the engine and the context;
/// nothing is called afterwards. Withdrawals may outlive it.
class token_cache {
 public:
    using result = boost::system::result<std::string, failure>;
    using callback = std::function<void(const result&)>;

    /// A wait for a token, which ends with this.
    class wait {
     public:
        ~wait();
        wait(const wait&) = delete;
        wait& operator=(const wait&) = delete;

     private:
        friend class token_cache;
        struct state;
        explicit wait(std::shared_ptr<state> shared) : state_(std::move(shared)) {}

        std::shared_ptr<state> state_;
    };

    token_cache(boost::asio::io_context& context, transfer_engine& engine);
    ~token_cache();
    token_cache(const token_cache&) = delete;
    token_cache& operator=(const token_cache&) = delete;

    /// The token, if it is here and good.
    std::optional<std::string> known(const provider_settings& provider);

    /// Calls back once from the event loop, never from within, with the token or why there is none.
    /// Not at all once the wait was destroyed. `provider` need not outlive the call.
    [[nodiscard]] std::unique_ptr<wait> ask(const provider_settings& provider, callback told);

    /// The service said that the token is no good. Whoever asks next gets another.
    void forget(const provider_settings& provider, std::string_view token);

 private:
    class entry;
    /// Name, IAM's address, API key, proxy, authorities: all that an exchange depends on.
    using key = std::tuple<std::string, std::string, std::string, std::string, std::string>;

    entry& entry_of(const provider_settings& provider);

    boost::asio::io_context& context_;
    transfer_engine& engine_;
    std::map<key, std::unique_ptr<entry>> entries_;
    std::shared_ptr<const bool> alive_ = std::make_shared<const bool>(true);
};

}  // namespace sluice::upstream
