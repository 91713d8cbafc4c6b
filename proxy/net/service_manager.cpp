#include "proxy/net/service_manager.hpp"

#include <fcntl.h>
#include <sys/socket.h>
#include <systemd/sd-daemon.h>

#include <cstdlib>
#include <cstring>
#include <string_view>

namespace pgfold::net {
namespace {

// Names of the sockets, as systemd allots them; the caller frees.
struct name_list {
    ~name_list() {
        for (char** name = first; name != nullptr && *name != nullptr; ++name)
            std::free(*name);
        std::free(static_cast<void*>(first));
    }
    char** first = nullptr;
};

std::string problem_of(int descriptor, std::string_view name) {
    const std::string which = "socket " + std::to_string(descriptor) + " (" + std::string(name) +
                              ") of the service manager";
    if (sd_is_socket(descriptor, AF_UNSPEC, SOCK_STREAM, 1) <= 0)
        return which + " does not listen for streams (ListenStream=, Accept=no)";
    // Others may hold the same socket: what accepts must not wait when they were faster.
    const int flags = ::fcntl(descriptor, F_GETFL);
    if (flags < 0 || ::fcntl(descriptor, F_SETFL, flags | O_NONBLOCK) != 0)
        return which + ": " + std::strerror(errno);
    return {};
}

}  // namespace

inherited_sockets take_inherited_sockets() {
    inherited_sockets result;
    name_list names;
    const int count = sd_listen_fds_with_names(1, &names.first);
    if (count < 0) result.error = std::string("LISTEN_FDS: ") + std::strerror(-count);
    for (int i = 0; i < count && result.error.empty(); ++i) {
        const int descriptor = SD_LISTEN_FDS_START + i;
        const std::string_view name = names.first[i];
        result.error = problem_of(descriptor, name);
        if (name != "admin") {
            result.clients.push_back(descriptor);
        } else if (result.admin < 0) {
            result.admin = descriptor;
        } else {
            result.error = "the service manager has handed over two sockets named admin";
        }
    }
    return result;
}

void tell_ready(const std::string& status) {
    sd_notify(0, ("READY=1\nSTATUS=" + status).c_str());
}

void tell_stopping() {
    sd_notify(0, "STOPPING=1\nSTATUS=draining");
}

}  // namespace pgfold::net
