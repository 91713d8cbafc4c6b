#include "proxy/admin/json_body.hpp"

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "analyzer/report/utf8.hpp"

namespace pgfold::admin {

http_response json_response(const boost::json::object& body, unsigned status) {
    http_response response;
    response.status = status;
    response.body = report::to_valid_utf8(boost::json::serialize(body));
    response.body += '\n';
    return response;
}

http_response error_response(unsigned status, const std::string& message) {
    boost::json::object body;
    body["error"] = message;
    return json_response(body, status);
}

}  // namespace pgfold::admin
