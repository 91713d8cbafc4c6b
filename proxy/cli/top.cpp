#include "proxy/cli/commands.hpp"
#include "tools/top/top_command.hpp"

namespace pgfold::cli {

int top(const top_arguments& arguments) {
    pgfold::top::top_options options;
    options.admin = arguments.admin;
    options.sort = arguments.sort;
    options.once = arguments.once;
    return pgfold::top::top_command(options);
}

}  // namespace pgfold::cli
