#include "proxy/admin/request_handler.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <memory>

#include "proxy/admin/router.hpp"

namespace pgfold::admin {
namespace asio = boost::asio;
namespace {

// An orchestrator asks every few seconds; more often than this PostgreSQL is not bothered.
constexpr std::chrono::seconds upstream_fresh_for{2};

}  // namespace

request_handler::request_handler(const admin_context& context, live_view& live,
                                 std::chrono::milliseconds probe_timeout)
    : context_(context),
      live_(live),
      probe_timeout_(probe_timeout),
      metrics_(context),
      probe_(upstream_fresh_for, probe_timeout) {}

asio::awaitable<http_response> request_handler::handle(http_request request) {
    const std::string token = context_.settings ? context_.settings()->admin.token : std::string();
    auto matched = match_route(request, token);
    if (auto* response = std::get_if<http_response>(&matched)) co_return std::move(*response);
    const matched_route& route = std::get<matched_route>(matched);
    std::optional<upstream_state> upstream;
    if (route.handler->needs_upstream_state) {
        co_await wait_for_upstream();
        upstream = probe_.latest();
    }
    co_return call_endpoint(*route.handler,
                            {context_, route.target, metrics_, live_, std::move(upstream)});
}

asio::awaitable<void> request_handler::wait_for_upstream() {
    // The probe answers on its own thread; the timer is woken on ours.
    const auto executor = co_await asio::this_coro::executor;
    const auto timer = std::make_shared<asio::steady_timer>(executor, probe_timeout_);
    const auto wake = [timer] { timer->cancel(); };
    probe_.check(context_.upstream_conninfo ? context_.upstream_conninfo() : std::string(),
                 [executor, wake] { asio::post(executor, wake); });
    boost::system::error_code ignored;
    co_await timer->async_wait(asio::redirect_error(asio::use_awaitable, ignored));
}

}  // namespace pgfold::admin
