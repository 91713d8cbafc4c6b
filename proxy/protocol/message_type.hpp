// Message type bytes, named as in the PostgreSQL manual, "Message Formats". A byte means different
// things in the two directions ('D' is Describe or DataRow), so there are two enums.
#pragma once

#include <cstdint>

namespace pgfold::protocol {

enum class frontend_message : std::uint8_t {
    bind = 'B',
    close = 'C',
    copy_data = 'd',
    copy_done = 'c',
    copy_fail = 'f',
    describe = 'D',
    execute = 'E',
    flush = 'H',
    function_call = 'F',
    parse = 'P',
    password = 'p',  // PasswordMessage, GSSResponse, SASLInitialResponse, SASLResponse
    query = 'Q',
    sync = 'S',
    terminate = 'X',
};

enum class backend_message : std::uint8_t {
    authentication = 'R',
    backend_key_data = 'K',
    bind_complete = '2',
    close_complete = '3',
    command_complete = 'C',
    copy_both_response = 'W',
    copy_data = 'd',
    copy_done = 'c',
    copy_in_response = 'G',
    copy_out_response = 'H',
    data_row = 'D',
    empty_query_response = 'I',
    error_response = 'E',
    function_call_response = 'V',
    negotiate_protocol_version = 'v',
    no_data = 'n',
    notice_response = 'N',
    notification_response = 'A',
    parameter_description = 't',
    parameter_status = 'S',
    parse_complete = '1',
    portal_suspended = 's',
    ready_for_query = 'Z',
    row_description = 'T',
};

// Also Describe's and Close's first byte.
enum class describe_target : std::uint8_t { statement = 'S', portal = 'P' };

// PQ_LARGE_MESSAGE_LIMIT: what a server accepts at most.
inline constexpr std::uint32_t message_bytes_max = 0x3fff'ffff;

}  // namespace pgfold::protocol
