#pragma once

#include "gateway/load/wire/target.hpp"
#include "upstream/providers/codec.hpp"
#include "upstream/providers/settings.hpp"

#include <boost/system/result.hpp>

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::gateway::load {

/// What a client speaks with the server: one of the dialects, or plain events.
struct speech {
    std::string_view name;
    std::string_view path;  ///< where it is spoken when the URL has no path
    bool events = true;     ///< streams are Server-Sent Events, which may bear ids
    bool converses;         ///< requests hold messages, and answers may hold thoughts
    upstream::provider_settings::protocol protocol;  ///< of the codec
    upstream::api api;  ///< which of OpenAI's, where the protocol is that
    std::unique_ptr<upstream::codec> (*make)(const speech&);
};

std::span<const speech> speeches();

/// Null: there is none of that name.
const speech* find_speech(std::string_view name);

/// The one that a server speaks at this path, as the paths of the APIs are known; null: not known.
const speech* speech_at(std::string_view path);

/// The server as the codecs see it: where it is, and the key.
upstream::provider_settings server_of(
    const speech& speech, const target& to, const std::string& api_key
);

/// What goes to the server for one stream, and what reads its answer.
struct exchange {
    std::unique_ptr<upstream::codec> codec;
    std::string path;                  ///< with the query
    std::vector<std::string> headers;  ///< "name: value"
    std::string body;
};

/// An error is a sentence: what the dialect cannot carry.
boost::system::result<exchange, std::string> begin_exchange(
    const speech& speech,
    const upstream::provider_settings& server,
    const target& to,
    const upstream::request& request
);

}  // namespace sluice::gateway::load
