// One question on a blocking connection, and its answer: for what is asked once, beside the load.
#pragma once

#include "bench/loadgen/frame.h"
#include "bench/loadgen/frame_reader.h"
#include "bench/loadgen/socket.h"

#include <string>
#include <string_view>

namespace gantry::bench {

// Throws std::system_error when the connection breaks.
void send_all(const Socket& socket, std::string_view bytes);

// The next answer; what the server asks or tells meanwhile is passed over. `buffer` keeps what has been
// received and holds what the answer views: hand in the same one again, the answer before is gone then.
// Throws std::runtime_error when the answer does not come within the socket's receive timeout, or is
// malformed.
ReceivedFrame next_answer(const Socket& socket, std::string& buffer);

// Sends one request, its header in JSON, and waits for its answer, which must be code 0: throws
// std::runtime_error with the answer's remark otherwise.
ReceivedFrame ask(const Socket& socket, const Command& request, std::string& buffer);

}  // namespace gantry::bench
