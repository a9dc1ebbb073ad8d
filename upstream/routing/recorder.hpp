#pragma once

#include "upstream/alarm.hpp"
#include "upstream/generation.hpp"
#include "upstream/mock/recording.hpp"
#include "upstream/mock/redacted.hpp"
#include "upstream/providers/settings.hpp"
#include "upstream/routing/recording_folder.hpp"
#include "upstream/transfer.hpp"

#include <boost/asio/io_context.hpp>

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::upstream {

/// One exchange with a provider on its way into a file. Destroyed before the exchange has ended, it
/// notes that it was given up.
class exchange_record {
 public:
    /// `hidden` are not written down, though the answer may repeat them.
    exchange_record(
        std::unique_ptr<recording_file> file, const recorded_request& request, secrets hidden
    );
    ~exchange_record();
    exchange_record(const exchange_record&) = delete;
    exchange_record& operator=(const exchange_record&) = delete;

    /// Writes down what is new of a transfer: its head, the bytes of its body that were not seen
    /// before, its end.
    void look_at(const transfer& transfer);
    /// What the transfer's body holds has been seen, and is about to be consumed.
    void consumed() { seen_ = 0; }

 private:
    using clock = std::chrono::steady_clock;

    double now() const;
    header_list shown(const header_list& headers) const;
    void write(double at, std::string_view bytes);
    void end(std::string_view word, std::string message);

    std::unique_ptr<recording_file> file_;
    secrets hidden_;
    std::string held_;  ///< of the body: it may be the beginning of a secret
    clock::time_point sent_ = clock::now();
    std::size_t seen_ = 0;  ///< of the transfer's body
    bool headed_ = false;
    bool ended_ = false;
};

/// Writes one worker's exchanges with providers into files of a folder. `context` and the engine of
/// the transfers outlive it.
class recorder final : private transfer_listener {
 public:
    recorder(boost::asio::io_context& context, std::shared_ptr<recording_folder> folder);

    /// Before the request is sent. Null where no file can be made, which the folder tells.
    std::unique_ptr<exchange_record> begin(
        const provider_settings& provider,
        const call& call,
        std::string_view model,
        const transfer_request& request
    );

    /// Takes over a transfer whose answer is understood already, as the engine's `let_finish` does,
    /// to write down what may still come.
    void let_finish(std::unique_ptr<transfer> transfer, std::unique_ptr<exchange_record> record);

 private:
    struct rest {
        std::unique_ptr<upstream::transfer> transfer;
        std::unique_ptr<exchange_record> record;
        std::size_t bytes = 0;
        std::chrono::steady_clock::time_point since;
    };

    void on_transfer() override;
    void arm();
    void expire();

    std::shared_ptr<recording_folder> folder_;
    alarm alarm_;
    std::vector<rest> rests_;
};

}  // namespace sluice::upstream
