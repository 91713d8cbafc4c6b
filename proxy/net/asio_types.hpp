// Asio's types with the concrete executor: an any_io_executor would cost an indirect call and an
// allocation in places that run for every query.
#pragma once

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <chrono>

namespace pgfold::net {

namespace asio = boost::asio;
using boost::system::error_code;

using executor = asio::io_context::executor_type;
using stream_socket = asio::basic_stream_socket<asio::generic::stream_protocol, executor>;
using steady_timer =
    asio::basic_waitable_timer<std::chrono::steady_clock,
                               asio::wait_traits<std::chrono::steady_clock>, executor>;
template <typename T>
using awaitable = asio::awaitable<T, executor>;

// co_await with this yields a tuple that starts with the error_code: expected errors do not throw.
inline constexpr asio::as_tuple_t<asio::use_awaitable_t<executor>> as_tuple_awaitable{};

}  // namespace pgfold::net
