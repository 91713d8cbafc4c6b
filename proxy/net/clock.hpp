// The time that sessions are told: since the epoch, so that people can read it, and monotonic, so
// that durations hold when somebody sets the system's clock.
#pragma once

#include "analyzer/detect/conversation_observer.hpp"

namespace pgfold::net {

[[nodiscard]] detect::timestamp now();

}  // namespace pgfold::net
