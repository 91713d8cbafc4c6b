#include "proxy/sockets/shared_port.hpp"

#include <linux/filter.h>
#include <sys/socket.h>

#include <array>

namespace pgfold::sockets {

bool share_port(int socket) {
    const int yes = 1;
    return ::setsockopt(socket, SOL_SOCKET, SO_REUSEPORT, &yes, sizeof yes) == 0;
}

bool turn_away(int listening) {
    constexpr std::uint32_t flags_at = 13, syn = 0x02, ack = 0x10;  // in the TCP header
    // A filter of a TCP socket sees each segment from its TCP header on.
    std::array<sock_filter, 5> program = {{
        BPF_STMT(BPF_LD | BPF_B | BPF_ABS, flags_at),
        BPF_STMT(BPF_ALU | BPF_AND | BPF_K, syn | ack),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, syn, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, 0),            // the first of a handshake: dropped
        BPF_STMT(BPF_RET | BPF_K, 0xffff'ffff),  // all of it is let in
    }};
    const sock_fprog filter{static_cast<unsigned short>(program.size()), program.data()};
    return ::setsockopt(listening, SOL_SOCKET, SO_ATTACH_FILTER, &filter, sizeof filter) == 0;
}

}  // namespace pgfold::sockets
