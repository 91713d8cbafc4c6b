#include "proxy/admin/admin_context.hpp"

namespace pgfold::admin {

std::string_view to_string(connection_state state) {
    switch (state) {
        case connection_state::starting:
            return "starting";
        case connection_state::connecting:
            return "connecting";
        case connection_state::authenticating:
            return "authenticating";
        case connection_state::active:
            return "active";
        case connection_state::idle:
            return "idle";
        case connection_state::idle_in_transaction:
            return "idle_in_transaction";
        case connection_state::replicating:
            return "replicating";
        case connection_state::blind:
            return "blind";
        case connection_state::closing:
            return "closing";
    }
    return "unknown";
}

}  // namespace pgfold::admin
