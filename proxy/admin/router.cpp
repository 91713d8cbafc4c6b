#include "proxy/admin/router.hpp"

#include <algorithm>
#include <exception>
#include <string>

namespace pgfold::admin {
namespace {

bool serves(const endpoint& candidate, const std::string& method) {
    return candidate.method == method || (candidate.method == "GET" && method == "HEAD");
}

bool is_at(const endpoint& candidate, std::string_view path) {
    if (candidate.path == path) return true;
    return candidate.path.size() > 1 && candidate.path.back() == '/' &&
           path.substr(0, candidate.path.size()) == candidate.path;
}

http_response method_not_allowed(const std::string& path) {
    http_response response = error_response(405, "method not allowed");
    for (const endpoint& candidate : endpoints()) {
        if (!is_at(candidate, path)) continue;
        if (!response.allow.empty()) response.allow += ", ";
        response.allow += candidate.method;
        if (candidate.method == "GET") response.allow += ", HEAD";
    }
    return response;
}

std::string unknown_parameter(const endpoint& handler, const request_target& target) {
    for (const auto& [name, value] : target.query) {
        const auto& known = handler.parameters;
        if (std::find(known.begin(), known.end(), name) != known.end()) continue;
        std::string message = "unknown parameter \"" + name + "\"";
        if (known.empty()) return message + ": there are none";
        message += "; known ones are ";
        for (std::size_t i = 0; i < known.size(); ++i) {
            if (i != 0) message += ", ";
            message += known[i];
        }
        return message;
    }
    return {};
}

}  // namespace

std::variant<matched_route, http_response> match_route(const http_request& request,
                                                       std::string_view token) {
    auto target = parse_request_target(request.target);
    if (!target) return error_response(400, "not a path that this server understands");
    const endpoint* handler = nullptr;
    bool path_known = false;
    for (const endpoint& candidate : endpoints()) {
        if (!is_at(candidate, target->path)) continue;
        path_known = true;
        if (serves(candidate, request.method)) handler = &candidate;
    }
    if (!path_known) return error_response(404, "no such path; /api lists what there is");
    if (handler == nullptr) return method_not_allowed(target->path);
    if (auto refused = refusal(request, handler->who, token)) return std::move(*refused);
    const std::string problem = unknown_parameter(*handler, *target);
    if (!problem.empty()) return error_response(400, problem);
    return matched_route{handler, std::move(*target)};
}

http_response call_endpoint(const endpoint& handler, const endpoint_call& call) {
    try {
        return handler.handle(call);
    } catch (const std::exception& error) {
        return error_response(500, std::string("internal error: ") + error.what());
    }
}

}  // namespace pgfold::admin
