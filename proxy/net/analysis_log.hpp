// What analysis has to say, as log lines. Called on data threads; writing is the log's own thread.
#pragma once

#include "analyzer/detect/finding.hpp"
#include "proxy/session/connection_analysis.hpp"

namespace pgfold::net {

void log_finding(const detect::finding& found);
void log_slow_query(const session::slow_query& query);

}  // namespace pgfold::net
