#include "tests/consistency/driver/setup.hpp"

#include <fmt/format.h>

#include <stdexcept>

#include "tests/consistency/driver/connection.hpp"

namespace pgfold::consistency {

void set_up(const std::string& url, const population& size, std::string_view more, history& first) {
    connection setup(url);
    setup.open();
    // What a run that was killed has left holds locks for ever.
    const answer left = setup.run(
        "SELECT gid FROM pg_prepared_xacts WHERE database ="
        " current_database() AND gid LIKE '" +
        prepared_name_prefix + "%'");
    for (int i = 0; i < left.rows(); ++i) {
        setup.run(fmt::format("ROLLBACK PREPARED '{}'", left.text(i, 0)));
    }
    const answer made = setup.run(setup_script(size) + std::string(more));
    if (!made.ok()) throw std::runtime_error("setup: " + made.message());
    record_setup(size, first);
}

}  // namespace pgfold::consistency
