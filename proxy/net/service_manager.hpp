// What a service manager such as systemd hands over and wants to hear: sockets that listen already
// (LISTEN_FDS), and how far the process has come (NOTIFY_SOCKET). Without one, nothing happens.
//
// Sockets that come from outside stay open in the one who made them. So a new process can be
// started on the same sockets before the old one drains, and no client finds the door closed.
#pragma once

#include <string>
#include <vector>

namespace pgfold::net {

struct inherited_sockets {
    std::vector<int> clients;
    int admin = -1;     // the one whose FileDescriptorName is "admin"; -1: none
    std::string error;  // of a socket that cannot serve; empty: all is well
};

// Once, at the start.
[[nodiscard]] inherited_sockets take_inherited_sockets();

void tell_ready(const std::string& status);
void tell_stopping();

}  // namespace pgfold::net
