#include "proxy/admin/endpoints/endpoints.hpp"
#include "proxy/admin/metrics/metrics_exporter.hpp"

namespace pgfold::admin {

http_response get_metrics(const endpoint_call& call) {
    http_response response;
    response.content_type = metrics_exporter::content_type;
    response.body = call.metrics.render();
    return response;
}

}  // namespace pgfold::admin
