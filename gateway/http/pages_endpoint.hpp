#pragma once

#include "gateway/http/request_scope.hpp"

#include <boost/asio/awaitable.hpp>

#include <string_view>

/// The pages and their files, from the binary to browsers, which ask again only for what changed.
namespace sluice::gateway {

/// Whether an If-None-Match names that entity tag. Pure.
bool names_etag(std::string_view if_none_match, std::string_view etag);

/// `GET /` and `GET /dashboard`: a document, which is there.
boost::asio::awaitable<bool> answer_document(request_scope& scope, std::string_view name);

/// `GET /pages/{name}`: a file that documents refer to.
boost::asio::awaitable<bool> answer_page_file(request_scope& scope, std::string_view name);

}  // namespace sluice::gateway
