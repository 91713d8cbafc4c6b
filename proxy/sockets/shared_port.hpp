// A port that several processes listen on (SO_REUSEPORT), so that a new version can begin before
// the old one leaves.
//
// The kernel spreads new connections over their sockets, and closing one resets what it has been
// given and nobody has accepted. So who leaves does it in three steps:
//
//     turn_away(socket);                         // no new handshake begins on it
//     … accept for `handshake_time` more …       // those that have begun come to their end
//     … accept what is left, close …
//
// A client that comes in between is not answered; its TCP asks again, after the second that Linux
// waits, and gets the other process.
#pragma once

#include <chrono>

namespace pgfold::sockets {

// Less than the second after which a client asks again.
inline constexpr std::chrono::milliseconds handshake_time{500};

// Before bind(). False: errno says why.
[[nodiscard]] bool share_port(int socket);

// Of a listening TCP socket. False: errno says why.
[[nodiscard]] bool turn_away(int listening);

}  // namespace pgfold::sockets
