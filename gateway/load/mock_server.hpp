#pragma once

#include "gateway/load/wire/descriptor.hpp"

#include <boost/system/result.hpp>

#include <memory>
#include <mutex>
#include <string>
#include <sys/types.h>
#include <thread>

namespace sluice::gateway::load {

/// A `sluice serve` of one's own on a free port of loopback: the same program in another process,
/// so that what it costs can be told from what the client costs. Ends with its owner, whatever
/// happens to that one.
class mock_server {
 public:
    /// `config`: a configuration file; empty: the mock model as it is without one. Blocks until it
    /// accepts connections. An error is a sentence.
    static boost::system::result<std::unique_ptr<mock_server>, std::string> start(
        const std::string& config
    );
    ~mock_server();
    mock_server(const mock_server&) = delete;
    mock_server& operator=(const mock_server&) = delete;

    const std::string& url() const { return url_; }
    pid_t process() const { return process_; }
    bool is_running() const;
    /// The end of its log.
    std::string last_words();

 private:
    mock_server() = default;

    bool launch(const std::string& config);
    bool await_address();
    std::string complaint();

    pid_t process_ = -1;
    descriptor output_;
    descriptor log_;
    std::string url_;
    std::thread listening_;  // takes the log, or the server would wait for somebody to read it
    std::mutex mutex_;
    std::string log_end_;
};

}  // namespace sluice::gateway::load
