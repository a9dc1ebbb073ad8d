#pragma once

#include <cstddef>
#include <string>
#include <unordered_map>

namespace sluice::gateway {

/// Which stream answered last in a conversation that its client names (a chat's id), so that who
/// comes back for it needs no other name. An entry stands as long as its stream. Pure; one thread.
class latest_streams {
 public:
    void set(const std::string& name, const std::string& stream_id) { entries_[name] = stream_id; }
    /// Empty: there is none.
    std::string find(const std::string& name) const {
        const auto found = entries_.find(name);
        return found == entries_.end() ? std::string{} : found->second;
    }
    /// Forgets the name, if it still stands for that stream.
    void forget(const std::string& name, const std::string& stream_id) {
        const auto found = entries_.find(name);
        if (found != entries_.end() && found->second == stream_id) entries_.erase(found);
    }

    std::size_t size() const { return entries_.size(); }

 private:
    std::unordered_map<std::string, std::string> entries_;
};

}  // namespace sluice::gateway
