#pragma once

#include "upstream/generation.hpp"

#include <cstddef>
#include <string>
#include <string_view>

namespace sluice::gateway {

/// Appends base64 to base64, so that the whole decodes to both.
void append_base64(std::string& to, std::string_view part);

/// Whether a part goes on with the medium that `data` holds of it. A picture that begins as the one
/// before does is the next one: providers tell each as a whole.
bool goes_on(std::string_view type, std::string_view data, const upstream::media_delta& part);

/// Joins the parts of a medium, each of them base64 by itself, into one text of base64: a client
/// that knows files only is told of it as a whole.
class joined_media {
 public:
    /// What is held at most. What goes beyond it begins a file of its own.
    static constexpr std::size_t bytes_max = std::size_t{64} * 1024 * 1024;

    /// Whether the part goes on with what is held.
    bool continued_by(const upstream::media_delta& part) const;
    void append(const upstream::media_delta& part);

    bool empty() const { return data_.empty(); }
    const std::string& type() const { return type_; }
    const std::string& data() const { return data_; }
    void clear() { data_.clear(); }

 private:
    std::string type_;
    std::string data_;
};

}  // namespace sluice::gateway
