#include <algorithm>
#include <array>
#include <string>

#include "proxy/admin/dashboard_files.hpp"
#include "proxy/admin/endpoints/endpoints.hpp"

namespace pgfold::admin {
namespace {

struct media_type {
    std::string_view extension, type;
};
constexpr std::array<media_type, 5> media_types = {{
    {".html", "text/html; charset=utf-8"},
    {".css", "text/css; charset=utf-8"},
    {".js", "text/javascript; charset=utf-8"},
    {".svg", "image/svg+xml"},
    {".txt", "text/plain; charset=utf-8"},
}};

// Nothing from elsewhere and nothing inline: SQL that looks like a script is only text.
constexpr const char* dashboard_policy =
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    "img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

http_response file_response(std::string_view name) {
    const auto files = dashboard_files();
    const auto file = std::find_if(files.begin(), files.end(),
                                   [&](const dashboard_file& one) { return one.name == name; });
    if (file == files.end()) return error_response(404, "no such file of the dashboard");
    http_response response;
    response.content_type = "application/octet-stream";
    for (const media_type& known : media_types)
        if (name.ends_with(known.extension)) response.content_type = known.type;
    response.content_policy = dashboard_policy;
    response.body = file->content;
    return response;
}

}  // namespace

http_response get_dashboard(const endpoint_call&) {
    return file_response("index.html");
}

http_response get_dashboard_file(const endpoint_call& call) {
    const std::string_view path = call.target.path;
    return file_response(path.substr(path.rfind('/') + 1));
}

}  // namespace pgfold::admin
