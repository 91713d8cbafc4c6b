#include <string>

#include "proxy/admin/endpoints/endpoints.hpp"

namespace pgfold::admin {
namespace {

// Everything on the page is from the table of endpoints: nothing needs escaping.
void add_row(const endpoint& entry, std::string& body) {
    const std::string path(entry.path);
    body += "<tr><td>" + std::string(entry.method) + "<td>";
    body += entry.method == "GET" ? "<a href=\"" + path + "\">" + path + "</a>" : path;
    body += "<td>" + std::string(entry.description);
    if (!entry.parameters.empty()) {
        body += "<br><small>?";
        for (std::size_t i = 0; i < entry.parameters.size(); ++i) {
            body += (i == 0 ? "" : " &amp; ") + std::string(entry.parameters[i]) + "=";
        }
        body += "</small>";
    }
    body += "\n";
}

}  // namespace

http_response get_index(const endpoint_call& call) {
    http_response response;
    response.content_type = "text/html; charset=utf-8";
    response.content_policy =
        "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'";
    std::string& body = response.body;
    body =
        "<!doctype html>\n<html lang=\"en\"><meta charset=\"utf-8\"><title>pgfold</title>\n"
        "<meta name=\"viewport\" content=\"width=device-width\">\n"
        "<style>body{font:16px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:60rem;"
        "padding:0 1rem;color-scheme:light dark}td{padding:.3rem 1rem .3rem 0;"
        "vertical-align:top}small{opacity:.7}</style>\n<h1>pgfold ";
    body += call.context.version + "</h1>\n<table>\n";
    for (const endpoint& entry : endpoints())
        add_row(entry, body);
    body += "</table>\n</html>\n";
    return response;
}

}  // namespace pgfold::admin
